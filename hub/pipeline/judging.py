"""What a request is, decided without the database: is it authentic, what does it say."""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from hub.contract.browsers import check_origin
from hub.contract.errors import (
    AuthenticationError,
    ContentTypeError,
    NotConnectedError,
    PayloadError,
    RequestError,
)
from hub.contract.facts import Fact
from hub.contract.hookspecs import EarlyError, UnwantedError
from hub.contract.inbound import Inbound
from hub.contract.manifest import Manifest
from hub.contract.outcome import Outcome, OutcomeKind, Persisted
from hub.registry.registry import Target

BY_PLUGIN, FETCHED = "plugin", "fetched"
"""The proof where a plugin accepted a request and did not say by what, and where the hub itself asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is to become of an event. ``verified`` says that the sender proved who it is."""

    kind: OutcomeKind
    status: int = 200
    reason: str | None = None
    message: str | None = None
    event_type: str | None = None
    key: str | None = None
    verified: bool = False
    facts: Sequence[Fact] = ()
    traceback: str | None = None

    def columns(self) -> dict[str, Any]:
        """The event's columns that say it."""
        names = ("status", "reason", "message", "event_type", "key", "verified", "traceback")
        return {"outcome": self.kind.value, **{name: getattr(self, name) for name in names}}


def judge(inbound: Inbound, target: Target, *, authenticate: bool = True) -> Judgement:
    """Run the plugin's hooks up to the facts. ``authenticate=False`` is for an event that was
    verified when it came."""
    proof = proved(inbound, target) if authenticate else None
    return proof if isinstance(proof, Judgement) else read(inbound, target)


def proved(inbound: Inbound, target: Target) -> str | Judgement:
    """By what the sender proved who it is, or the judgement for one that did not. What the hub fetched
    itself needs no proof."""
    if inbound.fetched:
        return FETCHED
    try:
        proof = target.hooks.authenticate(inbound=inbound, connection=target.connection)
    except RequestError as error:
        return refused(error)
    except Exception as error:
        return failed(error)
    if proof is True:
        return BY_PLUGIN
    return proof or refused(AuthenticationError("The plugin does not trust this request."))


def refused(error: RequestError, *, event_type: str | None = None, verified: bool = False) -> Judgement:
    """The judgement for a request whose fault is the sender's."""
    return Judgement(
        kind=OutcomeKind.REJECTED,
        status=error.status,
        reason=error.code,
        message=error.message,
        event_type=event_type,
        verified=verified,
    )


def failed(
    error: Exception, *, event_type: str | None = None, key: str | None = None, verified: bool = False
) -> Judgement:
    """The judgement for a fault of the hub or of the plugin."""
    return Judgement(
        kind=OutcomeKind.FAILED,
        status=500,
        reason="internal_error",
        message="The hub could not process the event; it is kept. Send it again later.",
        event_type=event_type,
        key=key,
        verified=verified,
        traceback="".join(traceback.format_exception(error)),
    )


def parked(early: EarlyError, judgement: Judgement) -> Judgement:
    """The judgement for an event whose counterpart is missing."""
    return replace(
        judgement,
        kind=OutcomeKind.PARKED,
        status=202,
        reason="awaits_sale",
        message=f"Kept until the sale arrives that is known by {' or '.join(early.references)}.",
    )


def fault_of(error: Exception, judgement: Judgement) -> Judgement:
    """What an event becomes whose facts could not be applied: refused, or failed."""
    if isinstance(error, RequestError):
        return refused(error, event_type=judgement.event_type, verified=True)
    return failed(error, event_type=judgement.event_type, key=judgement.key, verified=True)


def kind_of(records: Sequence[Persisted]) -> OutcomeKind:
    """Processed if anything was made or changed, else skipped: all of it was known."""
    changed = any(record.action != "unchanged" for record in records)
    return OutcomeKind.PROCESSED if changed else OutcomeKind.SKIPPED


def outcome_of(judgement: Judgement, event_id: UUID) -> Outcome:
    """What the sender is told."""
    return Outcome(
        kind=judgement.kind,
        status=judgement.status,
        event_id=event_id,
        event_type=judgement.event_type,
        reason=judgement.reason,
        message=judgement.message,
    )


def not_connected() -> NotConnectedError:
    """The refusal for an address where nothing is switched on, whoever asks."""
    return NotConnectedError(
        "Nothing is connected at this address. Check the address, and that the connection is switched on."
    )


def read(inbound: Inbound, target: Target) -> Judgement:
    """What an authentic request says."""
    event_type = key = None
    manifest = target.manifest
    try:
        check_origin(inbound, target.connection.settings)
        inbound = target.hooks.translate(inbound=inbound, connection=target.connection) or inbound
        _require_content_type(inbound, manifest)
        event_type = manifest.event_type(inbound) if manifest.event_type else None
        key = manifest.event_key(inbound) if manifest.event_key else None
        if event_type not in manifest.events:
            return _unhandled(manifest, event_type, key)
        facts = target.hooks.parse(inbound=inbound, connection=target.connection) or ()
    except UnwantedError as error:
        return _ignored(error.code, error.message, event_type, key)
    except RequestError as error:
        return refused(error, event_type=event_type, verified=True)
    except Exception as error:
        return failed(error, event_type=event_type, key=key, verified=True)
    if not facts:
        return _ignored("nothing_to_record", "The event says nothing that is recorded.", event_type, key)
    return Judgement(kind=OutcomeKind.PROCESSED, event_type=event_type, key=key, verified=True, facts=facts)


def _unhandled(manifest: Manifest, event_type: str | None, key: str | None) -> Judgement:
    if reason := manifest.ignored.get(event_type or ""):
        return _ignored("ignored_event_type", reason, event_type, key)
    known = ", ".join(manifest.events)
    if manifest.unknown_events == "refuse":
        message = f"Unknown type {str(event_type)[:40]!r}; known are: {known}."
        return refused(PayloadError(message, code="unknown_type"), event_type=event_type, verified=True)
    return _ignored(
        "unknown_event_type", f"Events of this type are not recorded; known are: {known}.", event_type, key
    )


def _ignored(reason: str, message: str, event_type: str | None, key: str | None) -> Judgement:
    return Judgement(
        kind=OutcomeKind.IGNORED,
        reason=reason,
        message=message,
        event_type=event_type,
        key=key,
        verified=True,
    )


def _require_content_type(inbound: Inbound, manifest: Manifest) -> None:
    given = inbound.content_type
    json_like = given.endswith("+json") and "application/json" in manifest.content_types
    if given not in manifest.content_types and not json_like:
        allowed = " or ".join(manifest.content_types)
        raise ContentTypeError(f"Send the body with Content-Type: {allowed}; it came with {given or 'none'}.")

    encoding = inbound.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise ContentTypeError("Send the body without Content-Encoding.", code="unsupported_encoding")
