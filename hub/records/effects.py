"""What each receiver did about each announced record, or has still to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.contract.signals import BY_NAME, Announcement
from hub.records.database import Row, Unit, insert_into
from hub.records.due import Lane, take
from hub.records.prepared import Prepared
from hub.records.tables import EffectRun
from hub.records.tenants import table
from hub.support.ids import new_id

RUNS = table(EffectRun)
LANE = Lane(RUNS, ("pending", "failed"))

STATES = ("pending", "done", "failed", "dead", "skipped")

KEY = ["event_id", "record_id", "signal", "receiver"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How one receiver's part went, or that a worker is to see to it from ``next_at`` on."""

    announcement: Announcement
    receiver: str
    state: str
    reason: str | None = None
    called: bool = True
    next_at: datetime | None = None


def note(unit: Unit, runs: Sequence[Run]) -> None:
    """Write down how these went; of each receiver's part the latest word counts."""
    _NOTE.insert(unit, [_row(run) for run in runs])
    if any(run.next_at is not None for run in runs):
        unit.wake_workers()


def done(unit: Unit, event_id: UUID) -> frozenset[tuple[UUID, str, str]]:
    """What receivers have done already about an event, so that a replay does not do it twice: ids of
    records, with signal and receiver. If a worker is at it just now its answer is awaited."""
    return frozenset(
        (row["record_id"], row["signal"], row["receiver"])
        for row in unit.rows(_RUNS_OF, {"event_id": event_id})
        if row["state"] == "done"
    )


def _row(run: Run) -> dict[str, Any]:
    announcement = run.announcement
    return {
        "id": new_id(),
        "tenant_id": announcement.tenant_id,
        "event_id": announcement.event_id,
        "record_id": announcement.record_id,
        "signal": announcement.signal.name,
        "receiver": run.receiver,
        "state": run.state,
        "reason": run.reason,
        "action": announcement.action,
        "attempts": int(run.called),
        "next_at": run.next_at,
        "created_at": announcement.received_at,
    }


def _note_statement(dialect: str) -> sa.Executable:
    statement = insert_into(RUNS, dialect)
    latest = {name: statement.excluded[name] for name in ("state", "reason", "action", "next_at")}
    return statement.on_conflict_do_update(
        index_elements=KEY, set_=latest | {"attempts": RUNS.c.attempts + statement.excluded.attempts}
    )


_NOTE = Prepared(_note_statement)

_EVENT = sa.bindparam("event_id", type_=RUNS.c.event_id.type)
_RUNS_OF = sa.select(RUNS).where(RUNS.c.event_id == _EVENT).order_by(RUNS.c.id).with_for_update()


def next_due(unit: Unit, tenant_id: UUID, now: datetime) -> Row | None:
    """The tenant's receiver call that is due longest, locked until the end of the transaction, in
    which it must be made and concluded."""
    rows = take(unit, LANE, tenant_id, now, 1)
    return rows[0] if rows else None


def conclude(unit: Unit, run_id: UUID, **changes: Any) -> None:
    """Say what became of a run: its state and what else belongs to it."""
    unit.execute(sa.update(RUNS).where(RUNS.c.id == run_id).values(**changes))


def search(
    unit: Unit, *, tenant_id: UUID | None = None, state: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Runs, newest first, each with the kind of its record."""
    query = sa.select(RUNS).order_by(RUNS.c.id.desc()).limit(limit)
    if tenant_id is not None:
        query = query.where(RUNS.c.tenant_id == tenant_id)
    if state is not None:
        query = query.where(RUNS.c.state == state)
    return [{**row, "record_kind": _record_kind(row["signal"])} for row in unit.rows(query)]


def dead_ids(unit: Unit, tenant_id: UUID, *, after: UUID | None, limit: int) -> list[UUID]:
    """Some of a tenant's dead runs, the oldest first."""
    query = sa.select(RUNS.c.id).where(
        RUNS.c.tenant_id == tenant_id, RUNS.c.state == sa.literal_column("'dead'")
    )
    if after is not None:
        query = query.where(RUNS.c.id > after)
    return unit.column(query.order_by(RUNS.c.tenant_id, RUNS.c.id).limit(limit))


def retry(unit: Unit, run_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """Let a worker call these receivers now, as often as if it were the first time. Gives those
    that it is true of: not what is done."""
    query = sa.update(RUNS).where(RUNS.c.id.in_(run_ids), RUNS.c.state != "done")
    unit.wake_workers()
    return unit.column(
        query.values(state="pending", attempts=0, next_at=now, reason=None).returning(RUNS.c.id)
    )


def _record_kind(signal: str) -> str | None:
    """A signal of a former version has no kind that anybody knows."""
    known = BY_NAME.get(signal)
    return known.record if known else None
