"""Deliveries on their way: claimed with a lease, settled by whoever still holds it, and tried again
by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit
from hub.records.due import Lane, take
from hub.records.tables import Delivery, DeliveryAttempt
from hub.records.tenants import table
from hub.support.ids import new_id

DELIVERIES, ATTEMPTS = table(Delivery), table(DeliveryAttempt)
LANE = Lane(DELIVERIES, ("pending",))

STATES = ("pending", "done", "dead", "cancelled")
SUMMARY = [column for column in DELIVERIES.c if column.name != "content"]
"""The columns that a list shows."""

UNCLAIMED: Mapping[str, Any] = {"claimed_until": None, "claimed_by": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A delivery that one worker may send until the lease runs out; ``by`` is unlike that of any
    other claim."""

    id: UUID
    tenant_id: UUID
    channel: str
    target: str
    content: Mapping[str, Any]
    attempts: int
    schedule_from: int
    created_at: datetime
    by: str
    until: datetime
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a claimed delivery. ``attempted`` is false if nothing was sent, because the
    channel is off: that is no attempt."""

    claim: Claim
    state: Literal["done", "dead", "pending"]
    at: datetime
    next_at: datetime | None = None
    milliseconds: int = 0
    status: int | None = None
    answer: str = ""
    error: str | None = None
    attempted: bool = True


def claim(
    unit: Unit, shares: Sequence[tuple[UUID, int]], *, by: str, now: datetime, until: datetime
) -> list[Claim]:
    """Take so many due deliveries of each of these tenants. Commit before anything is sent."""
    rows = [row for tenant_id, share in shares for row in take(unit, LANE, tenant_id, now, share)]
    if rows:
        unit.execute(
            sa.update(DELIVERIES)
            .where(DELIVERIES.c.id.in_(_padded([row["id"] for row in rows])))
            .values(claimed_until=until, claimed_by=by, next_at=until)
        )
    return [_claim(row, by, until) for row in rows]


def take_over(unit: Unit, delivery_id: UUID, *, holder: str, by: str, until: datetime) -> Claim | None:
    """Take this delivery from whoever claimed it to hand it on; ``None`` if that claim is no more."""
    query = sa.select(DELIVERIES).where(
        DELIVERIES.c.id == delivery_id, LANE.is_open(), DELIVERIES.c.claimed_by == holder
    )
    row = unit.one(query.with_for_update(skip_locked=True))
    if row is None:
        return None
    unit.execute(
        sa.update(DELIVERIES)
        .where(DELIVERIES.c.id == delivery_id)
        .values(claimed_until=until, claimed_by=by, next_at=until)
    )
    return _claim(row, by, until)


def release(unit: Unit, claims: Sequence[Claim], now: datetime) -> None:
    """Give claims back that were not sent: due again at once, for anybody."""
    held = [claim.id for claim in _held(unit, claims)]
    if held:
        unit.execute(sa.update(DELIVERIES).where(DELIVERIES.c.id.in_(held)).values(next_at=now, **UNCLAIMED))
        unit.wake_workers()


def settle(unit: Unit, results: Sequence[Result]) -> list[Result]:
    """Write down what became of them, each with its attempt. Gives those that counted: who lost
    the lease meanwhile has no say, because another has sent it or will."""
    held = {claim.id for claim in _held(unit, [result.claim for result in results])}
    counted = [result for result in results if result.claim.id in held]
    if attempts := [_attempt(result) for result in counted if result.attempted]:
        unit.execute(sa.insert(ATTEMPTS), attempts)
    if arrived := [result for result in counted if result.state == "done"]:
        last = max(result.at for result in arrived)
        statement = sa.update(DELIVERIES).where(
            DELIVERIES.c.id.in_(_padded([one.claim.id for one in arrived]))
        )
        changes = {"state": "done", "next_at": last, "finished_at": last, "last_error": None, **UNCLAIMED}
        unit.execute(statement.values(attempts=DELIVERIES.c.attempts + 1, **changes))
    if others := [_change(result) for result in counted if result.state != "done"]:
        statement = sa.update(DELIVERIES).where(DELIVERIES.c.id == sa.bindparam("its_id"))
        unit.execute(
            statement.values({name: sa.bindparam(name) for name in others[0] if name != "its_id"}), others
        )
    return counted


def get(unit: Unit, delivery_id: UUID) -> Row | None:
    """The whole delivery."""
    return unit.one(sa.select(DELIVERIES).where(DELIVERIES.c.id == delivery_id))


def attempts_of(unit: Unit, delivery_id: UUID) -> Sequence[Row]:
    """What was tried, the first first."""
    query = sa.select(ATTEMPTS).where(ATTEMPTS.c.delivery_id == delivery_id)
    return unit.rows(query.order_by(ATTEMPTS.c.number, ATTEMPTS.c.id))


def search(unit: Unit, *, tenant_id: UUID, state: str | None = None, limit: int = 100) -> Sequence[Row]:
    """A tenant's deliveries, newest first, without their content."""
    query = sa.select(*SUMMARY).where(DELIVERIES.c.tenant_id == tenant_id)
    if state is not None:
        query = query.where(DELIVERIES.c.state == sa.literal_column(f"'{STATES[STATES.index(state)]}'"))
    return unit.rows(query.order_by(DELIVERIES.c.id.desc()).limit(limit))


def targets(unit: Unit, tenant_id: UUID, record_id: UUID) -> list[str]:
    """Where those deliveries go that are about a record which was made in this transaction."""
    query = sa.select(DELIVERIES.c.target).where(
        DELIVERIES.c.tenant_id == tenant_id,
        DELIVERIES.c.id > record_id,  # ids follow time: those before it need not be looked through
        DELIVERIES.c.record_id == record_id,
    )
    return unit.column(query)


def dead_ids(unit: Unit, tenant_id: UUID, *, after: UUID | None, limit: int) -> list[UUID]:
    """Some of a tenant's dead deliveries, the oldest first."""
    query = sa.select(DELIVERIES.c.id).where(
        DELIVERIES.c.tenant_id == tenant_id, DELIVERIES.c.state == sa.literal_column("'dead'")
    )
    if after is not None:
        query = query.where(DELIVERIES.c.id > after)
    return unit.column(query.order_by(DELIVERIES.c.tenant_id, DELIVERIES.c.id).limit(limit))


def retry(unit: Unit, delivery_ids: Sequence[UUID], now: datetime) -> list[UUID]:
    """Make dead and waiting deliveries due now, their schedule begun anew. Gives those that it is
    true of: not the ones that arrived, nor those that a worker has at this moment."""
    query = sa.update(DELIVERIES).where(
        DELIVERIES.c.id.in_(delivery_ids),
        DELIVERIES.c.state.in_(["dead", "pending"]),
        sa.or_(DELIVERIES.c.claimed_until.is_(None), DELIVERIES.c.claimed_until <= now),
    )
    changes = {"state": "pending", "next_at": now, "finished_at": None, **UNCLAIMED}
    unit.wake_workers()
    return unit.column(
        query.values(schedule_from=DELIVERIES.c.attempts, **changes).returning(DELIVERIES.c.id)
    )


def _claim(row: Row, by: str, until: datetime) -> Claim:
    return Claim(
        id=row["id"],
        tenant_id=row["tenant_id"],
        channel=row["channel"],
        target=row["target"],
        content=row["content"],
        attempts=row["attempts"],
        schedule_from=row["schedule_from"],
        created_at=row["created_at"],
        by=by,
        until=until,
        event_id=row["event_id"],
    )


def _padded(ids: list[UUID]) -> list[UUID]:
    """The ids, the last of them repeated until they are 1, 2, 4, 8 … in number. Each number makes a
    statement of its own, and drivers keep hundreds of statements for each connection."""
    return ids + ids[-1:] * ((1 << (len(ids) - 1).bit_length()) - len(ids))


def _held(unit: Unit, claims: Sequence[Claim]) -> list[Claim]:
    """Those whose lease is still with whoever took it, locked."""
    query = sa.select(DELIVERIES.c.id, DELIVERIES.c.claimed_by).where(
        DELIVERIES.c.id.in_(_padded([claim.id for claim in claims]))
    )
    holders = {
        row["id"]: row["claimed_by"] for row in unit.rows(query.order_by(DELIVERIES.c.id).with_for_update())
    }
    return [claim for claim in claims if holders.get(claim.id) == claim.by]


def _attempt(result: Result) -> dict[str, Any]:
    return {
        "id": new_id(),
        "delivery_id": result.claim.id,
        "number": result.claim.attempts + 1,
        "at": result.at,
        "milliseconds": result.milliseconds,
        "status": result.status,
        "answer": result.answer,
        "error": result.error,
        "next_at": result.next_at,
    }


def _change(result: Result) -> dict[str, Any]:
    return {
        "its_id": result.claim.id,
        "state": result.state,
        "attempts": result.claim.attempts + result.attempted,
        "next_at": result.next_at or result.at,
        "last_error": result.error,
        "finished_at": None if result.state == "pending" else result.at,
        **UNCLAIMED,
    }
