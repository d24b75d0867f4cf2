"""Running stored bytes through the present adapter: after a fix, after a secret was corrected, or
just to see what would change."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from hub.contract.hookspecs import EarlyError
from hub.contract.inbound import Headers, Inbound
from hub.contract.outcome import ACCEPTED, OutcomeKind, Persisted
from hub.contract.proofs import SIGNATURE
from hub.pipeline.judging import Judgement, fault_of, judge, kind_of, parked
from hub.pipeline.logging import MASK, inbound_of
from hub.pipeline.pipeline import Pipeline
from hub.records import events, listing, tenants
from hub.records.database import Database, DatabaseUnavailable, Row, Unit
from hub.records.emptying import is_emptied
from hub.registry.registry import Registry, Target


class ReplayRefusedError(Exception):
    """The event cannot be replayed; the message says why. Codes: ``not_verified``, ``verified``,
    ``own_secret``, ``unknown``, ``off``."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Change:
    """One record that a replay makes or changes; ``fields`` holds (before, after) by column."""

    kind: str
    id: UUID
    action: str
    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Replay:
    """What a replay did, or would do."""

    event_id: UUID
    before: str
    after: str
    reason: str | None = None
    message: str | None = None
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class _Settled:
    """What a replayed event becomes."""

    judgement: Judgement
    changes: tuple[Change, ...] = ()

    def replay(self, row: Row) -> Replay:
        return Replay(
            event_id=row["id"],
            before=row["outcome"],
            after=self.judgement.kind.value,
            reason=self.judgement.reason,
            message=self.judgement.message,
            changes=self.changes,
        )


class _DryRunError(Exception):
    """Undoes a dry run."""

    def __init__(self, replay: Replay) -> None:
        super().__init__()
        self.replay = replay


class Replayer:
    """Replays events one by one."""

    def __init__(self, database: Database, registry: Registry, pipeline: Pipeline) -> None:
        self._database = database
        self._registry = registry
        self._pipeline = pipeline

    def replay(self, event_id: UUID, *, dry_run: bool = False) -> Replay:
        """Process the event's bytes again with the present adapter. Records that it made are
        brought up to date; effects that happened do not happen twice.

        Raises ReplayRefusedError for an event that never proved its sender (``reverify`` it), and
        when its connection is off.
        """
        row, target = self._load(event_id)
        if not row["verified"]:
            raise ReplayRefusedError(
                "the event was not verified when it came; use reverify", code="not_verified"
            )
        return self._run(row, target, judge(inbound_of(row), target, authenticate=False), dry_run)

    def reverify(self, event_id: UUID) -> Replay:
        """Verify a rejected event again with the present secrets, against the instant it was
        received, and process it if it is authentic. Raises ReplayRefusedError."""
        row, target = self._load(event_id)
        if row["verified"]:
            raise ReplayRefusedError("the event was verified when it came; use replay", code="verified")
        scheme = target.manifest.scheme
        if getattr(scheme, "credential_headers", ()) or getattr(scheme, "credential_query", ()):
            raise ReplayRefusedError(
                "this source sends its secret itself, which is never stored", code="own_secret"
            )
        return self._run(row, target, judge(_without_masked(inbound_of(row)), target), dry_run=False)

    def _load(self, event_id: UUID) -> tuple[Row, Target]:
        with self._database.for_all_tenants().read() as unit:
            row = events.get(unit, event_id)
            slug = tenants.slug_by_id(unit, row["tenant_id"]) if row else None
        if row is None:
            raise ReplayRefusedError("there is no such event", code="unknown")
        if is_emptied(row):
            raise ReplayRefusedError("what was sent is not kept any more", code="emptied")
        self._registry.forget()
        entry = self._registry.entry(slug) if slug else None
        known = row["connection_id"] or (
            entry and _default_connection(entry.targets, row["plugin"], row["path_values"])
        )
        target = self._registry.by_connection(slug, known) if slug and known else None
        if target is None:
            raise ReplayRefusedError(f"the plugin {row['plugin']} is off for this event's tenant", code="off")
        return row, target

    def _run(self, row: Row, target: Target, judgement: Judgement, dry_run: bool) -> Replay:
        try:
            with self._database.for_tenant(target.tenant_id).write() as unit:
                settled = self._settle(unit, row, target, judgement)
                kind = settled.judgement.kind
                if row["outcome"] != OutcomeKind.PROCESSED or kind is OutcomeKind.PROCESSED:
                    _write(unit, row, target, settled.judgement)
                replay = settled.replay(row)
                if dry_run:
                    raise _DryRunError(replay)
                return replay
        except _DryRunError as undone:
            return undone.replay

    def _settle(self, unit: Unit, row: Row, target: Target, judgement: Judgement) -> _Settled:
        """What the judgement makes of the event, within one transaction."""
        first = events.claimant(unit, target.connection_id, judgement.key) if judgement.key else None
        if judgement.kind in ACCEPTED and first is not None and first["id"] != row["id"]:
            message = f"Known since event {first['id']}."
            return _Settled(
                replace(judgement, kind=OutcomeKind.SKIPPED, reason="repeated_key", message=message)
            )
        if judgement.kind is not OutcomeKind.PROCESSED:
            return _Settled(judgement)
        try:
            with unit.savepoint():
                records, awaited = self._pipeline.apply(
                    unit,
                    target,
                    row["id"],
                    inbound_of(row),
                    judgement.facts,
                    replay=row["outcome"] == OutcomeKind.PROCESSED,
                )
        except EarlyError as early:
            if not events.await_sale(unit, row["id"], target.connection_id, early.references):
                return self._settle(unit, row, target, judgement)  # the sale came at this very moment
            return _Settled(parked(early, judgement))
        except DatabaseUnavailable:
            raise
        except Exception as error:
            return _Settled(fault_of(error, judgement))
        records += self._pipeline.release(unit, target, awaited)
        if row["outcome"] != OutcomeKind.PROCESSED and kind_of(records) is OutcomeKind.SKIPPED:
            judgement = replace(judgement, kind=OutcomeKind.SKIPPED, reason="known_already")
        return _Settled(judgement, self._changes(unit, target, records))

    def _changes(self, unit: Unit, target: Target, records: Sequence[Persisted]) -> tuple[Change, ...]:
        """Each touched record, as it was outside this transaction and as it is inside."""
        with self._database.for_tenant(target.tenant_id).read() as outside:
            changes = [
                _compare(
                    record.kind,
                    record.id,
                    listing.record(outside, record.kind, record.id),
                    listing.record(unit, record.kind, record.id),
                )
                for record in {record.id: record for record in records}.values()
            ]
        return tuple(change for change in changes if change.action != "unchanged")


def _without_masked(inbound: Inbound) -> Inbound:
    """The request without the secrets that it carried itself: the mask in their place is none."""
    headers = Headers((name, value) for name, value in inbound.headers.items() if value != MASK)
    query = {name: value for name, value in inbound.query.items() if value != MASK}
    return replace(inbound, headers=headers, query=query)


def _write(unit: Unit, row: Row, target: Target, judgement: Judgement) -> None:
    """Let the event's row say what became of it."""
    columns = judgement.columns() | {
        "connection_id": target.connection_id,
        "adapter": target.installed.adapter,
        "verified": judgement.verified or row["verified"],
        "proof": row["proof"] if row["verified"] or not judgement.verified else SIGNATURE,
    }
    events.conclude(unit, row["id"], **columns)
    if judgement.kind is not OutcomeKind.PARKED:
        events.unpark(unit, row["id"])


def _compare(
    kind: str, record_id: UUID, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> Change:
    old, new = before or {}, after or {}
    fields = {
        name: (old.get(name), value)
        for name, value in new.items()
        if old.get(name) != value and not (before is None and value in (None, "", {}, []))
    }
    action = "created" if before is None else "changed" if fields else "unchanged"
    return Change(kind=kind, id=record_id, action=action, fields=fields)


def _default_connection(targets: Any, plugin: str, path_values: dict[str, str]) -> UUID | None:
    """The connection that an event was for which came while it was off."""
    target = targets.get((plugin, path_values.get("connection", "default")))
    return target.connection_id if target else None
