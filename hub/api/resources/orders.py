"""Orders."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from hub.api.call import Call
from hub.api.operation import Resource
from hub.api.records import one_of, page_of
from hub.api.shapes import Amount, Currency, Number, Page, Record, RecordsAsked, Shape, Text, positions
from hub.records.database import Row
from hub.records.listing import readable
from hub.records.paging import Wanted
from hub.records.scopes import READ_RECORDS

resource = Resource("orders", "What was ordered in shops and by forms.")

Status = Literal["new", "in_progress", "processed", "cancelled"]


class OrderLine(Shape):
    """A position of an order."""

    name: str
    quantity: Number
    sku: str | None
    product_id: str | None
    unit_price: Amount | None
    total: Amount | None


class Order(Record):
    """An order."""

    external_id: str | None = Field(description="The sender's id.")
    number: str | None
    status: Status
    payment_status: str | None
    subject: str | None
    email: str | None
    contact: dict[str, Any]
    customer_id: UUID | None
    total: Amount | None
    tax: Amount | None
    currency: Currency | None
    lines: list[OrderLine]
    placed_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str | None
    test: bool = Field(description="Whether the sender called it a test.")


class OrdersAsked(RecordsAsked):
    """Which orders."""

    status: Status | None = None
    email: Text | None = Field(None, max_length=320, description="With this address, in any case.")
    external_id: Text | None = Field(None, max_length=255, description="With this id of the sender.")
    number: Text | None = Field(None, max_length=255)
    customer_id: UUID | None = Field(None, description="In the file of this customer.")


@resource.get("/orders", scope=READ_RECORDS)
def list_orders(call: Call, asked: OrdersAsked) -> Page[Order]:
    """List orders, newest first."""
    wanted = Wanted(
        since=asked.since,
        until=asked.until,
        email=asked.email,
        within=("customer", asked.customer_id) if asked.customer_id else None,
        equal={"status": asked.status, "external_id": asked.external_id, "number": asked.number},
    )
    return page_of(call, "orders", Order, asked, wanted, told)


@resource.get("/orders/<uuid:order_id>", scope=READ_RECORDS)
def get_order(call: Call, order_id: UUID) -> Order:
    """Get one order."""
    return one_of(call, "orders", Order, order_id, told)


def told(row: Row) -> dict[str, Any]:
    """The order with its positions."""
    return {**readable(row), "lines": positions(row)}
