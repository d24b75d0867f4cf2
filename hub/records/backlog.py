"""What is open of the deliveries and of the receivers' calls: of all tenants at once, for those who run the
installation. What is done is not looked at; there may be millions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit
from hub.records.deliveries import LANE as DELIVERIES
from hub.records.deliveries import SUMMARY
from hub.records.due import Lane
from hub.records.effects import LANE as EFFECTS
from hub.records.effects import RUNS
from hub.records.tenants import TENANTS

_DEAD = "'dead'"


@dataclass(frozen=True, kw_only=True)
class Lot:
    """What is open of one tenant and one channel or receiver: what waits, what a worker has in its hands,
    what was given up, and when the first that waits is due."""

    tenant_id: UUID
    what: str
    waiting: int = 0
    claimed: int = 0
    dead: int = 0
    first_at: datetime | None = None


def deliveries(unit: Unit) -> list[Lot]:
    """By tenant and channel."""
    return _lots(unit, DELIVERIES, DELIVERIES.table.c.channel, DELIVERIES.table.c.claimed_by.is_not(None))


def effects(unit: Unit) -> list[Lot]:
    """By tenant and receiver."""
    return _lots(unit, EFFECTS, EFFECTS.table.c.receiver, sa.false())


def dead_deliveries(
    unit: Unit, *, tenant_id: UUID | None = None, before: UUID | None = None, limit: int
) -> Sequence[Row]:
    """Deliveries that were given up, newest first, each with its ``tenant`` (a slug); ``before`` is the id of
    the last one seen."""
    return _dead(unit, DELIVERIES.table, SUMMARY, tenant_id, before, limit)


def dead_effects(
    unit: Unit, *, tenant_id: UUID | None = None, before: UUID | None = None, limit: int
) -> Sequence[Row]:
    """Receivers' calls that were given up, like ``dead_deliveries``."""
    return _dead(unit, RUNS, list(RUNS.c), tenant_id, before, limit)


def owners(unit: Unit, table: sa.Table, ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Whose each of these rows is: the tenants' ids."""
    query = sa.select(table.c.id, table.c.tenant_id).where(table.c.id.in_(ids))
    return {row["id"]: row["tenant_id"] for row in unit.rows(query)}


def _lots(unit: Unit, lane: Lane, what: sa.Column[str], is_claimed: sa.ColumnElement[bool]) -> list[Lot]:
    rows = lane.table
    key = (rows.c.tenant_id, what.label("what"))
    claimed = sa.func.coalesce(sa.func.sum(sa.case((is_claimed, 1), else_=0)), 0)
    waiting = sa.select(
        *key,
        sa.func.count().label("number"),
        claimed.label("claimed"),
        sa.func.min(rows.c.next_at).label("first_at"),
    )
    given_up = sa.select(*key, sa.func.count().label("number")).where(
        rows.c.state == sa.literal_column(_DEAD)
    )
    dead = {
        (row["tenant_id"], row["what"]): row["number"]
        for row in unit.rows(given_up.group_by(rows.c.tenant_id, what))
    }
    lots = []
    for row in unit.rows(waiting.where(lane.is_open()).group_by(rows.c.tenant_id, what)):
        lots.append(
            Lot(
                tenant_id=row["tenant_id"],
                what=row["what"],
                waiting=row["number"] - row["claimed"],
                claimed=row["claimed"],
                dead=dead.pop((row["tenant_id"], row["what"]), 0),
                first_at=row["first_at"],
            )
        )
    lots += [Lot(tenant_id=tenant_id, what=name, dead=number) for (tenant_id, name), number in dead.items()]
    return sorted(lots, key=lambda lot: (lot.tenant_id, lot.what))


def _dead(
    unit: Unit,
    table: sa.Table,
    columns: Sequence[sa.Column[object]],
    tenant_id: UUID | None,
    before: UUID | None,
    limit: int,
) -> Sequence[Row]:
    dead = sa.select(table.c.id).where(table.c.state == sa.literal_column(_DEAD))
    if tenant_id is not None:
        dead = dead.where(table.c.tenant_id == tenant_id)
    # Materialized: to find the newest SQLite would otherwise walk through all that were ever sent.
    found = dead.cte("dead").prefix_with("MATERIALIZED")
    query = (
        sa.select(*columns, TENANTS.c.slug.label("tenant"))
        .join(found, found.c.id == table.c.id)
        .join(TENANTS, TENANTS.c.id == table.c.tenant_id)
    )
    if before is not None:
        query = query.where(found.c.id < before)
    return unit.rows(query.order_by(table.c.id.desc()).limit(limit))
