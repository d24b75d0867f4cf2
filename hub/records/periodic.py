"""Periodic jobs: one row for each says when it is due, who makes its round, and how far that came."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit, insert_into
from hub.records.tables import PeriodicJob
from hub.records.tenants import CONNECTIONS, table

JOBS = table(PeriodicJob)

HEARTBEAT = "hub.worker"
"""The row in which workers say that they are there: no job."""

UNCLAIMED: Mapping[str, Any] = {"claimed_until": None, "claimed_by": None}

_TIMES = sa.select(JOBS.c.name, JOBS.c.next_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round that one worker may make until the lease runs out; ``by`` is unlike that of any other
    claim. ``served`` is the tenant it has come to, ``failed`` for how many it failed so far."""

    job: str
    by: str
    started_at: datetime
    served: UUID | None
    failed: int
    failed_rounds: int


def next_times(unit: Unit) -> dict[str, datetime]:
    """When each job is due that has a row."""
    return {row["name"]: row["next_at"] for row in unit.rows(_TIMES)}


def keep_only(unit: Unit, every: Mapping[str, timedelta], now: datetime) -> None:
    """Remove jobs that nobody declares any more. Those that are now to be done more often than they
    were do not wait as long as they did."""
    unit.execute(sa.delete(JOBS).where(JOBS.c.name.not_in([*every, HEARTBEAT])))
    for name, pause in every.items():
        late = (JOBS.c.name == name, JOBS.c.next_at > now + pause, JOBS.c.claimed_by.is_(None))
        unit.execute(sa.update(JOBS).where(*late).values(next_at=now + pause))


def add(unit: Unit, names: Collection[str], now: datetime) -> None:
    """Make rows for jobs that have none: due at once."""
    statement = insert_into(JOBS, unit.dialect).on_conflict_do_nothing()
    unit.execute(statement, [_new(name, now) for name in names])


def claim(unit: Unit, names: Collection[str], *, by: str, now: datetime, until: datetime) -> Round | None:
    """Take the job that is due longest: a new round, or the rest of one whose worker is gone. ``None``
    if none is due, or another worker is just taking it."""
    query = (
        sa.select(JOBS)
        .where(JOBS.c.name.in_(list(names)), JOBS.c.next_at <= now)
        .order_by(JOBS.c.next_at, JOBS.c.name)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = unit.one(query)
    if row is None:
        return None
    resumed = row["served"] is not None
    started_at, failed = (row["last_started_at"], row["failed"]) if resumed else (now, 0)
    lease = {"claimed_by": by, "claimed_until": until, "next_at": until}
    its = sa.update(JOBS).where(JOBS.c.name == row["name"])
    unit.execute(its.values(last_started_at=started_at, failed=failed, **lease))
    return Round(
        job=row["name"],
        by=by,
        started_at=started_at,
        served=row["served"],
        failed=failed,
        failed_rounds=row["failed_rounds"],
    )


def next_tenant(unit: Unit, plugin: str, after: UUID | None) -> UUID | None:
    """The first tenant behind that one who has the plugin switched on."""
    query = sa.select(CONNECTIONS.c.tenant_id).where(CONNECTIONS.c.plugin == plugin, CONNECTIONS.c.enabled)
    if after is not None:
        query = query.where(CONNECTIONS.c.tenant_id > after)
    found: UUID | None = unit.scalar(query.order_by(CONNECTIONS.c.tenant_id).limit(1))
    return found


def advance(unit: Unit, current: Round, tenant_id: UUID, until: datetime) -> bool:
    """Note that the tenant is served by this transaction, and hold the job on. ``False`` if another
    worker has taken it: then nothing may be done. Until the end of the transaction nobody can."""
    return _change(unit, current, served=tenant_id, claimed_until=until, next_at=until)


def advance_failed(unit: Unit, current: Round, tenant_id: UUID, until: datetime, error: str) -> bool:
    """The same of a tenant for whom the job failed."""
    failure = {"failed": JOBS.c.failed + 1, "last_error": error}
    return _change(unit, current, served=tenant_id, claimed_until=until, next_at=until, **failure)


def finish(unit: Unit, current: Round, *, now: datetime, next_at: datetime) -> bool:
    """End a round. ``False`` if another worker has taken it."""
    outcome: dict[str, Any] = {"failed_rounds": JOBS.c.failed_rounds + 1}
    if not current.failed:
        outcome = {"failed_rounds": 0, "last_error": None}
    return _change(unit, current, served=None, last_finished_at=now, next_at=next_at, **UNCLAIMED, **outcome)


def make_due(unit: Unit, name: str, now: datetime) -> bool:
    """Let a worker make a job's round now. ``False`` if one is at it at this moment."""
    statement = insert_into(JOBS, unit.dialect)
    statement = statement.on_conflict_do_update(
        index_elements=["name"],
        set_={"next_at": statement.excluded.next_at},
        where=sa.or_(JOBS.c.claimed_until.is_(None), JOBS.c.claimed_until <= now),
    )
    return unit.scalar(statement.returning(JOBS.c.name), _new(name, now)) is not None


def beat(unit: Unit, now: datetime) -> None:
    """Note that a worker is there."""
    statement = insert_into(JOBS, unit.dialect).values(**_new(HEARTBEAT, now), last_finished_at=now)
    unit.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"last_finished_at": statement.excluded.last_finished_at}
        )
    )


def rows(unit: Unit) -> Sequence[Row]:
    """All jobs that have a row."""
    return unit.rows(sa.select(JOBS))


def _change(unit: Unit, current: Round, **values: Any) -> bool:
    """Change the row if the lease is still the round's own."""
    its = sa.update(JOBS).where(JOBS.c.name == current.job, JOBS.c.claimed_by == current.by)
    return unit.execute(its.values(**values)).rowcount > 0


def _new(name: str, now: datetime) -> dict[str, Any]:
    return {"name": name, "next_at": now, "failed": 0, "failed_rounds": 0}
