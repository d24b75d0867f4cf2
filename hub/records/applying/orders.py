"""Orders: placed once, changed by newer versions only, cancelled by either side."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.contract.facts import Line, OrderCancelled, OrderChanged, OrderPlaced
from hub.contract.outcome import Persisted
from hub.contract.signals import Signal, order_cancelled, order_changed, order_placed
from hub.records.applying import customers
from hub.records.applying.source import Source, contact
from hub.records.database import Row, Unit, insert_into
from hub.records.tables import Order
from hub.records.tenants import table

ORDERS = table(Order)

NEW, CANCELLED = "new", "cancelled"

OrderFact = OrderPlaced | OrderChanged | OrderCancelled


def place(unit: Unit, source: Source, fact: OrderPlaced, number: int) -> Persisted:
    """A new order; a known one is left alone, unless the event is replayed."""
    made = _insert(unit, source, fact, number)
    if made is not None:
        return Persisted(kind="order", id=made, action="created", signal=order_placed.name)
    return _refresh(unit, source, fact, number, order_changed, forced=source.replay)


def change(unit: Unit, source: Source, fact: OrderChanged, number: int) -> Persisted:
    """The order as it is now; an older version than the known one changes nothing."""
    made = _insert(unit, source, fact, number)
    if made is not None:
        return Persisted(kind="order", id=made, action="created", signal=order_placed.name)
    return _refresh(unit, source, fact, number, order_changed, forced=True)


def cancel(unit: Unit, source: Source, fact: OrderCancelled, number: int) -> Persisted:
    """The order is called off; an unknown one is made, cancelled already."""
    made = _insert(unit, source, fact, number)
    if made is not None:
        return Persisted(kind="order", id=made, action="created", signal=order_cancelled.name)
    return _refresh(unit, source, fact, number, order_cancelled, forced=True)


def _insert(unit: Unit, source: Source, fact: OrderFact, number: int) -> UUID | None:
    values = source.columns() | {
        "key": _key(source, fact, number),
        "status": NEW,
        "customer_id": customers.find(unit, source, fact.customer),
        **_mapped(fact),
        **_cancellation(source, fact),
    }
    statement = insert_into(ORDERS, unit.dialect).on_conflict_do_nothing(
        index_elements=["connection_id", "key"]
    )
    made: UUID | None = unit.scalar(statement.returning(ORDERS.c.id), values)
    return made


def _refresh(
    unit: Unit, source: Source, fact: OrderFact, number: int, signal: Signal, *, forced: bool
) -> Persisted:
    query = sa.select(ORDERS).where(
        ORDERS.c.connection_id == source.connection_id, ORDERS.c.key == _key(source, fact, number)
    )
    known = unit.execute(query.with_for_update()).mappings().one()
    newer = known["changed_at"] is None or (fact.changed_at or source.received_at) >= known["changed_at"]
    values = _mapped(fact) if forced and newer else {}
    if values and fact.changed_at is None:
        del values["changed_at"]  # a version that names no time must not let older ones win later
    cancellation = _cancellation(source, fact)
    if cancellation and not _cancelled_since(known, cancellation["cancelled_at"]):
        values |= cancellation
    if all(known[name] == value for name, value in values.items()):
        return Persisted(kind="order", id=known["id"], action="unchanged")
    unit.execute(sa.update(ORDERS).where(ORDERS.c.id == known["id"]).values(**values))
    news = order_changed if known["status"] == CANCELLED else signal  # nobody is told of it twice
    return Persisted(kind="order", id=known["id"], action="changed", signal=news.name)


def _cancelled_since(known: Row, at: datetime) -> bool:
    """Whether a later word than this has cancelled the order."""
    return known["cancelled_at"] is not None and bool(known["cancelled_at"] > at)


def _key(source: Source, fact: OrderFact, number: int) -> str:
    return fact.external_id or f"{source.event_id}:{number}"


def _mapped(fact: OrderFact) -> dict[str, Any]:
    money = fact.total or fact.tax
    return {
        "external_id": fact.external_id,
        "number": fact.number,
        "payment_status": fact.payment_status,
        "subject": fact.subject,
        "email": fact.customer.email,
        "contact": contact(fact.customer),
        "total_minor": fact.total.minor if fact.total else None,
        "tax_minor": fact.tax.minor if fact.tax else None,
        "currency": money.currency if money else None,
        "lines": [_line(line) for line in fact.lines],
        "placed_at": fact.placed_at,
        "changed_at": fact.changed_at,
        "test": fact.test,
        "extra": dict(fact.extra),
    }


def _cancellation(source: Source, fact: OrderFact) -> dict[str, Any]:
    if not isinstance(fact, OrderCancelled):
        return {}
    return {
        "status": CANCELLED,
        "cancelled_at": fact.changed_at or source.received_at,
        "cancel_reason": fact.reason,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "quantity": line.quantity,
        "sku": line.sku,
        "product_id": line.product_id,
        "unit_price_minor": line.unit_price.minor if line.unit_price else None,
        "total_minor": line.total.minor if line.total else None,
    }
