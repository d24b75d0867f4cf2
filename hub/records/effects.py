"""What each receiver did about each announced record, or has still to do."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.contract.signals import BY_NAME, Announcement
from hub.records.database import Row, Unit, insert_into
from hub.records.due import Lane, take
from hub.records.tables import EffectRun
from hub.records.tenants import table
from hub.support.ids import new_id

RUNS = table(EffectRun)
LANE = Lane(RUNS, ("pending", "failed"))

STATES = ("pending", "done", "failed", "dead", "skipped")

KEY = ["event_id", "record_id", "signal", "receiver"]


def note(
    unit: Unit,
    announcement: Announcement,
    receiver: str,
    state: str,
    reason: str | None = None,
    *,
    called: bool = True,
    next_at: datetime | None = None,
) -> None:
    """Write down how it went, or that a worker is to see to it; the latest word counts."""
    statement = insert_into(RUNS, unit.dialect)
    latest = {name: statement.excluded[name] for name in ("state", "reason", "action", "next_at")}
    statement = statement.on_conflict_do_update(
        index_elements=KEY, set_=latest | {"attempts": RUNS.c.attempts + statement.excluded.attempts}
    )
    unit.execute(
        statement,
        {
            "id": new_id(),
            "tenant_id": announcement.tenant_id,
            "event_id": announcement.event_id,
            "record_id": announcement.record_id,
            "signal": announcement.signal.name,
            "receiver": receiver,
            "state": state,
            "reason": reason,
            "action": announcement.action,
            "attempts": int(called),
            "next_at": next_at,
            "created_at": announcement.received_at,
        },
    )
    if next_at is not None:
        unit.wake_workers()


def is_done(unit: Unit, announcement: Announcement, receiver: str) -> bool:
    """Whether the receiver has done its part already, so that a replay does not do it twice. If a
    worker is at it just now its answer is awaited."""
    query = sa.select(RUNS.c.state).where(
        RUNS.c.event_id == announcement.event_id,
        RUNS.c.record_id == announcement.record_id,
        RUNS.c.signal == announcement.signal.name,
        RUNS.c.receiver == receiver,
    )
    return bool(unit.scalar(query.with_for_update()) == "done")


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
