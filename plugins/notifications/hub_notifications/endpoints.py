"""A tenant's endpoints: made, changed, and switched off when nobody is there any more."""

import base64
import secrets as random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import hub
from hub.records.database import Row, Unit
from hub.records.notifications import Audience
from hub.records.vault import Vault
from hub.support import jsontext
from hub.support.ids import new_id
from hub.support.transport import check_url
from hub_notifications import queries
from hub_notifications.spreading import Notice, spread
from hub_notifications.texts import Texts
from hub_notifications.webhooks import EVENTS, matches

PATIENCE = timedelta(days=5)
"""How long an endpoint may only fail …"""

MIN_FAILURES = 12
"""… and how often at least, before it is switched off."""

MOMENT_SECONDS = 1.0
"""How long an endpoint is remembered while deliveries are sent."""

MOST_KNOWN = 1000

BY_HAND = "switched off by hand"
GONE = "answered 410 Gone"
FAILING = "only failed for 5 days"


class EndpointError(Exception):
    """The endpoint cannot be made or changed so; the message says what to do."""


def new_secret() -> str:
    """A signing secret as Standard Webhooks wants it: 32 random bytes, base64 after ``whsec_``."""
    return "whsec_" + base64.b64encode(random.token_bytes(32)).decode()


def create(
    unit: Unit,
    vault: Vault,
    *,
    tenant_id: UUID,
    url: str,
    events: Sequence[str],
    now: datetime,
    description: str = "",
) -> tuple[UUID, str]:
    """Add an endpoint. Gives its id and its secret, which is not shown again. Raises EndpointError."""
    try:
        check_url(url)
    except ValueError as error:
        raise EndpointError(str(error)) from None
    check_events(events)
    endpoint_id, secret = new_id(), new_secret()
    queries.insert_endpoint(
        unit,
        {
            "id": endpoint_id,
            "tenant_id": tenant_id,
            "created_at": now,
            "updated_at": now,
            "url": url,
            "description": description,
            "events": list(events),
            "enabled": True,
            "secrets": _sealed(vault, [{"value": secret, "expires_at": None}]),
            "failures": 0,
        },
    )
    return endpoint_id, secret


def check_events(patterns: Sequence[str]) -> None:
    """Raises EndpointError for a pattern that means no event."""
    for pattern in patterns:
        if not any(matches([pattern], event) for event in EVENTS):
            raise EndpointError(f"no event is called {pattern!r}; there are: {', '.join(EVENTS)}")


def require(unit: Unit, tenant_id: UUID, endpoint_id: UUID, *, lock: bool = False) -> Row:
    """The tenant's endpoint. Raises EndpointError if it has no such."""
    row = queries.endpoint(unit, tenant_id, endpoint_id, lock=lock)
    if row is None:
        raise EndpointError(f"there is no endpoint {endpoint_id}")
    return row


def switch(unit: Unit, tenant_id: UUID, endpoint_id: UUID, *, on: bool, now: datetime) -> None:
    """Switch an endpoint on, with its failures forgotten, or off. Raises EndpointError."""
    require(unit, tenant_id, endpoint_id)
    queries.change_endpoint(
        unit,
        endpoint_id,
        enabled=on,
        failures=0,
        failing_since=None,
        disabled_reason=None if on else BY_HAND,
        updated_at=now,
    )


def rotate(
    unit: Unit, vault: Vault, *, tenant_id: UUID, endpoint_id: UUID, overlap: timedelta, now: datetime
) -> str:
    """A new secret; requests are signed with the former ones too for ``overlap`` longer. Raises
    EndpointError."""
    row = require(unit, tenant_id, endpoint_id, lock=True)
    fresh = new_secret()
    kept = [
        {"value": value, "expires_at": min(expires_at or now + overlap, now + overlap)}
        for value, expires_at in _opened(vault, row["secrets"])
        if expires_at is None or expires_at > now
    ]
    sealed = _sealed(vault, [{"value": fresh, "expires_at": None}, *(kept if overlap else ())])
    queries.change_endpoint(unit, endpoint_id, secrets=sealed, updated_at=now)
    return fresh


def expiring(vault: Vault, row: Row, now: datetime) -> datetime | None:
    """Until when requests are signed with a former secret too; ``None`` if with the present one alone."""
    ends = [end for _value, end in _opened(vault, row["secrets"]) if end is not None and now < end]
    return max(ends, default=None)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """What sending needs to know. ``off`` says why nothing is sent, ``failing`` whether the last
    attempt failed; the secrets are open here."""

    id: UUID
    url: str
    off: str | None
    failing: bool
    secrets: tuple[tuple[str, datetime | None], ...] = field(repr=False)

    def secrets_at(self, now: datetime) -> list[str]:
        """The secrets that a request is signed with at that instant, newest first."""
        return [value for value, expires_at in self.secrets if expires_at is None or now < expires_at]


class Directory:
    """Endpoints for sending, each remembered for a moment: to read one and open its secrets takes
    half as long as a request. What another process changes is seen after that moment."""

    def __init__(self) -> None:
        self._known: dict[tuple[UUID, UUID], tuple[float, Endpoint]] = {}

    def find(self, host: hub.Host, tenant_id: UUID, endpoint_id: UUID) -> Endpoint | None:
        """The tenant's endpoint, if it has such."""
        now = time.monotonic()
        at, endpoint = self._known.get((tenant_id, endpoint_id), (0.0, None))
        if endpoint is not None and now - at < MOMENT_SECONDS:
            return endpoint
        endpoint = _read(host, tenant_id, endpoint_id)
        if endpoint is not None:
            if len(self._known) >= MOST_KNOWN:
                self._known = {}
            self._known[tenant_id, endpoint_id] = (now, endpoint)
        return endpoint

    def forget(self, tenant_id: UUID, endpoint_id: UUID) -> None:
        """Something about it changed."""
        self._known.pop((tenant_id, endpoint_id), None)


_directories: WeakKeyDictionary[Any, Directory] = WeakKeyDictionary()


def directory(database: Any) -> Directory:
    """The directory of a database, the same one whichever tenant's part of it is asked."""
    return _directories.setdefault(database.engine, Directory())


def _read(host: hub.Host, tenant_id: UUID, endpoint_id: UUID) -> Endpoint | None:
    with host.database.read() as unit:
        row = queries.endpoint(unit, tenant_id, endpoint_id)
    if row is None:
        return None
    return Endpoint(
        id=row["id"],
        url=row["url"],
        off=None if row["enabled"] else str(row["disabled_reason"]),
        failing=row["failures"] > 0,
        secrets=tuple(_opened(host.vault, row["secrets"])),
    )


def note_success(unit: Unit, endpoint_id: UUID) -> None:
    """It answered: earlier failures are forgotten."""
    queries.change_endpoint(unit, endpoint_id, failures=0, failing_since=None)


def note_failure(unit: Unit, tenant_id: UUID, endpoint_id: UUID, *, gone: bool, now: datetime) -> bool:
    """It did not answer as it should. Switches it off, and tells the tenant's owners, if it is gone
    or has failed long enough. Gives whether it is off now."""
    row = queries.endpoint(unit, tenant_id, endpoint_id, lock=True)
    if row is None or not row["enabled"]:
        return True
    since: datetime = row["failing_since"] or now
    changes: dict[str, Any] = {"failures": row["failures"] + 1, "failing_since": since}
    given_up = changes["failures"] >= MIN_FAILURES and now - since >= PATIENCE
    if gone or given_up:
        changes |= {"enabled": False, "disabled_reason": GONE if gone else FAILING, "updated_at": now}
        _tell_owners(unit, row, "gone" if gone else "failing", since, now)
    queries.change_endpoint(unit, endpoint_id, **changes)
    return gone or given_up


def _tell_owners(unit: Unit, row: Row, why: str, since: datetime, now: datetime) -> None:
    tenant = queries.tenant(unit, row["tenant_id"])
    if tenant is None:
        return

    def wording(texts: Texts) -> tuple[str, str]:
        said = texts.say(f"endpoint_disabled.{why}", url=row["url"], since=texts.moment(since))
        return texts.say("endpoint_disabled.title"), said

    notice = Notice(
        tenant=tenant,
        tenant_id=row["tenant_id"],
        kind="endpoint_disabled",
        wording=wording,
        at=now,
        record_kind="webhook_endpoint",
        record_id=row["id"],
    )
    spread(unit, notice, Audience(tenant_id=row["tenant_id"], role="owner"))


def _sealed(vault: Vault, secrets: Sequence[Mapping[str, Any]]) -> str:
    return vault.seal(jsontext.encode_text(list(secrets)))


def _opened(vault: Vault, sealed: str) -> Iterator[tuple[str, datetime | None]]:
    for secret in jsontext.decode_stored(vault.open(sealed)):
        expires_at = secret["expires_at"]
        yield secret["value"], datetime.fromisoformat(expires_at) if expires_at else None
