"""Invoices."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field

from hub.api.call import Call
from hub.api.operation import Resource
from hub.api.records import one_of, page_of
from hub.api.shapes import Amount, Currency, Number, Page, Record, RecordsAsked, Shape, Text, positions
from hub.records.database import Row
from hub.records.invoices import OVERDUE, shown
from hub.records.paging import Wanted
from hub.records.scopes import READ_RECORDS
from hub.support.money import Money

resource = Resource("invoices", "Bills of the company, with their positions. What was paid are `payments`.")

Status = Literal["draft", "open", "paid", "cancelled"]


class InvoiceLine(Shape):
    """A position of an invoice."""

    name: str
    quantity: Number
    unit_price: Number
    tax_rate: Number = Field(description="In percent.")
    amount: Amount


class Invoice(Record):
    """A bill."""

    number: str | None = Field(description="Null for a draft.")
    status: Status
    overdue: bool = Field(description="Whether it is open and its day has passed.")
    email: str | None
    recipient: str | None
    address: str | None
    note: str | None
    customer_id: UUID | None
    order_id: UUID | None
    prices: Literal["gross", "net"] | None = Field(description="Whether prices of the lines are with tax.")
    lines: list[InvoiceLine]
    net: Amount | None
    tax: Amount | None
    total: Amount
    paid: Amount
    left: Amount = Field(description="What is still to be paid.")
    currency: Currency
    delivered_on: date | None
    issued_on: date | None
    due_on: date | None
    paid_at: datetime | None
    cancelled_at: datetime | None


class InvoicesAsked(RecordsAsked):
    """Which invoices."""

    status: Status | None = None
    number: Text | None = Field(None, max_length=255)
    email: Text | None = Field(None, max_length=320, description="With this address, in any case.")
    customer_id: UUID | None = Field(None, description="In the file of this customer.")


@resource.get("/invoices", scope=READ_RECORDS)
def list_invoices(call: Call, asked: InvoicesAsked) -> Page[Invoice]:
    """List invoices, newest first."""
    wanted = Wanted(
        since=asked.since,
        until=asked.until,
        email=asked.email,
        within=("customer", asked.customer_id) if asked.customer_id else None,
        equal={"status": asked.status, "number": asked.number},
    )
    return page_of(call, "invoices", Invoice, asked, wanted, told(call))


@resource.get("/invoices/<uuid:invoice_id>", scope=READ_RECORDS)
def get_invoice(call: Call, invoice_id: UUID) -> Invoice:
    """Get one invoice."""
    return one_of(call, "invoices", Invoice, invoice_id, told(call))


def told(call: Call) -> Callable[[Row], dict[str, Any]]:
    """Invoices as they stand today, where the company is."""
    today = call.now.astimezone(ZoneInfo(call.tenant.timezone)).date()

    def as_of_today(row: Row) -> dict[str, Any]:
        values = shown(row, today)
        left = Money(values["left_minor"], row["currency"]).amount
        overdue = values["standing"] == OVERDUE
        return {**values, "lines": positions(row), "left": left, "overdue": overdue}

    return as_of_today
