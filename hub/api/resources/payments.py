"""Payments of invoices."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from hub.api.call import Call
from hub.api.operation import Resource
from hub.api.records import one_of, page_of
from hub.api.shapes import Amount, Currency, Page, Record, RecordsAsked, Text
from hub.records.paging import Wanted
from hub.records.scopes import READ_RECORDS

resource = Resource("payments", "What was paid for invoices, by hand and through providers.")

Status = Literal["pending", "succeeded", "failed"]


class Payment(Record):
    """A payment of an invoice."""

    external_id: str = Field(description="The provider's id.")
    status: Status
    invoice_id: UUID | None = Field(description="Null if no invoice has the number that was paid for.")
    invoice_ref: str = Field(description="The invoice as the payment names it.")
    amount: Amount
    currency: Currency
    method: str | None
    reason: str | None
    occurred_at: datetime


class PaymentsAsked(RecordsAsked):
    """Which payments."""

    status: Status | None = None
    external_id: Text | None = Field(None, max_length=255, description="With this id of the provider.")
    invoice_id: UUID | None = Field(None, description="For this invoice.")


@resource.get("/payments", scope=READ_RECORDS)
def list_payments(call: Call, asked: PaymentsAsked) -> Page[Payment]:
    """List payments, newest first."""
    wanted = Wanted(
        since=asked.since,
        until=asked.until,
        within=("invoice", asked.invoice_id) if asked.invoice_id else None,
        equal={"status": asked.status, "external_id": asked.external_id},
    )
    return page_of(call, "payments", Payment, asked, wanted)


@resource.get("/payments/<uuid:payment_id>", scope=READ_RECORDS)
def get_payment(call: Call, payment_id: UUID) -> Payment:
    """Get one payment."""
    return one_of(call, "payments", Payment, payment_id)
