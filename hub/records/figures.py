"""Numbers for the dashboard: what came in today, what is open, and how the days before went."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from hub.records.applying.orders import CANCELLED, ORDERS
from hub.records.applying.tickets import TICKETS
from hub.records.database import Row, Unit
from hub.records.events import EVENTS, healed
from hub.records.tickets import CLOSED


def orders_since(unit: Unit, tenant_id: UUID, since: datetime) -> Sequence[Row]:
    """``number`` and ``total_minor`` of the orders since then, a row for each currency. Cancelled ones and
    tests are none."""
    query = (
        sa.select(
            ORDERS.c.currency,
            sa.func.count().label("number"),
            sa.func.coalesce(sa.func.sum(ORDERS.c.total_minor), 0).label("total_minor"),
        )
        .where(
            ORDERS.c.tenant_id == tenant_id,
            ORDERS.c.created_at >= since,
            ORDERS.c.status != CANCELLED,
            ORDERS.c.test.is_(False),
        )
        .group_by(ORDERS.c.currency)
        .order_by(sa.desc("number"))
    )
    return unit.rows(query)


def open_tickets(unit: Unit, tenant_id: UUID) -> int:
    """How many tickets are not closed."""
    query = sa.select(sa.func.count()).where(TICKETS.c.tenant_id == tenant_id, TICKETS.c.status != CLOSED)
    number: int = unit.scalar(query)
    return number


def failed_events(unit: Unit, tenant_id: UUID) -> int:
    """How many events failed and were not healed since by a later success."""
    query = sa.select(sa.func.count()).where(
        EVENTS.c.tenant_id == tenant_id, EVENTS.c.outcome == sa.literal_column("'failed'"), ~healed()
    )
    number: int = unit.scalar(query)
    return number


def outcomes_by_day(unit: Unit, tenant_id: UUID, days: Sequence[datetime]) -> list[dict[str, int]]:
    """How many events had which outcome on each day. ``days`` are the beginnings of the days, the first
    first, and the end of the last."""
    at = EVENTS.c.received_at
    number = sa.case(*((at < end, index) for index, end in enumerate(days[1:]))).label("day")
    query = (
        sa.select(number, EVENTS.c.outcome, sa.func.count().label("number"))
        .where(EVENTS.c.tenant_id == tenant_id, at >= days[0], at < days[-1])
        .group_by(number, EVENTS.c.outcome)
    )
    counted: list[dict[str, int]] = [{} for _ in days[1:]]
    for row in unit.rows(query):
        counted[row["day"]][row["outcome"]] = row["number"]
    return counted
