"""Orders that a person deals with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.contract.facts import Person
from hub.contract.inbound import Tenant
from hub.contract.outcome import Persisted
from hub.contract.signals import Signal, order_cancelled, order_processed
from hub.records import counting, listing, scanning
from hub.records.applying import Source, customers
from hub.records.applying.orders import CANCELLED, NEW
from hub.records.database import Row, Unit
from hub.records.tables import Order
from hub.records.tenants import Conflict, table

ORDERS = table(Order)

IN_PROGRESS, PROCESSED = "in_progress", "processed"
STATUSES = (NEW, IN_PROGRESS, PROCESSED, CANCELLED)
UNDONE = (NEW, IN_PROGRESS)


def inbox(
    unit: Unit,
    tenant_id: UUID,
    *,
    status: str | None = None,
    text: str = "",
    before: UUID | None = None,
    down_to: UUID | None = None,
    limit: int = 25,
) -> list[dict[str, Any]]:
    """A tenant's orders, newest first. ``text`` is looked for in address, number and subject; ``before``
    is the id of the last one seen, ``down_to`` that of the last one to look at."""
    query = sa.select(ORDERS).where(*_scope(tenant_id, status, before))
    if down_to is not None:
        query = query.where(ORDERS.c.id >= down_to)
    if text:
        searched = (ORDERS.c.email, ORDERS.c.subject, ORDERS.c.number, ORDERS.c.external_id)
        query = query.where(scanning.holds(unit, text, *searched))
    return [listing.readable(row) for row in unit.rows(query.order_by(ORDERS.c.id.desc()).limit(limit))]


def searched_to(unit: Unit, tenant_id: UUID, *, status: str | None, before: UUID | None) -> UUID | None:
    """The last order that one search looks at; ``None`` if that is all of them."""
    return scanning.edge(unit, ORDERS.c.id, *_scope(tenant_id, status, before))


def counts(unit: Unit, tenant_id: UUID) -> dict[str, int]:
    """How many orders a tenant has of each status, as far as ``counting`` counts."""
    return counting.parts(unit, ORDERS.c.id, {status: _scope(tenant_id, status, None) for status in STATUSES})


def get(unit: Unit, tenant_id: UUID, order_id: UUID) -> dict[str, Any] | None:
    """One order of the tenant."""
    row = unit.one(sa.select(ORDERS).where(ORDERS.c.id == order_id, ORDERS.c.tenant_id == tenant_id))
    return listing.readable(row) if row else None


def take(unit: Unit, *, tenant_id: UUID, order_id: UUID) -> None:
    """Somebody works on a new order. Raises Conflict if the tenant has no such order or it is not new."""
    _move(unit, _known(unit, tenant_id, order_id), (NEW,), status=IN_PROGRESS)


def process(
    unit: Unit, *, tenant: Tenant, tenant_id: UUID, order_id: UUID, now: datetime
) -> tuple[Source, Persisted]:
    """Take an order out of the inbox. Gives what is to be announced, and of which event. Raises
    Conflict if the tenant has no such order or it is processed or cancelled."""
    row = _known(unit, tenant_id, order_id)
    _move(unit, row, UNDONE, status=PROCESSED)
    return Source.of_record(row, tenant, now), _changed(order_id, order_processed)


def cancel(
    unit: Unit, *, tenant: Tenant, tenant_id: UUID, order_id: UUID, now: datetime
) -> tuple[Source, Persisted]:
    """Call an order off. Gives what is to be announced, and of which event. Raises Conflict if the
    tenant has no such order or it is cancelled."""
    row = _known(unit, tenant_id, order_id)
    _move(unit, row, (*UNDONE, PROCESSED), status=CANCELLED, cancelled_at=now)
    return Source.of_record(row, tenant, now), _changed(order_id, order_cancelled)


def to_customer(unit: Unit, *, tenant: Tenant, tenant_id: UUID, order_id: UUID, now: datetime) -> UUID:
    """Make a customer of who ordered, or find the one with that address; the order is in their file from
    now on. Raises Conflict if the tenant has no such order or it names no address."""
    row = _known(unit, tenant_id, order_id)
    customer_id = customers.ensure(unit, Source.of_record(row, tenant, now), Person(**row["contact"]))
    if customer_id is None:
        raise Conflict("the order has no e-mail address, by which customers are known")
    unit.execute(sa.update(ORDERS).where(ORDERS.c.id == order_id).values(customer_id=customer_id))
    return customer_id


def _scope(tenant_id: UUID, status: str | None, before: UUID | None) -> list[sa.ColumnElement[bool]]:
    scope = [ORDERS.c.tenant_id == tenant_id]
    if status is not None:
        scope.append(ORDERS.c.status == status)
    if before is not None:
        scope.append(ORDERS.c.id < before)
    return scope


def _known(unit: Unit, tenant_id: UUID, order_id: UUID) -> Row:
    row = unit.one(sa.select(ORDERS).where(ORDERS.c.id == order_id, ORDERS.c.tenant_id == tenant_id))
    if row is None:
        raise Conflict(f"there is no order {order_id}")
    return row


def _move(unit: Unit, row: Row, allowed: Sequence[str], **values: Any) -> None:
    """Change the status, if it is still one of these."""
    query = sa.update(ORDERS).where(ORDERS.c.id == row["id"], ORDERS.c.status.in_(allowed))
    if not unit.execute(query.values(**values)).rowcount:
        raise Conflict(f"the order is {row['status']} and cannot become {values['status']}")


def _changed(order_id: UUID, signal: Signal) -> Persisted:
    return Persisted(kind="order", id=order_id, action="changed", signal=signal.name)
