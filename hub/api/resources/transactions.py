"""Transactions: sales, and the money that went back."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from hub.api.call import Call
from hub.api.operation import Resource
from hub.api.records import one_of, page_of
from hub.api.shapes import Amount, Currency, Number, Page, PageAsked, Record, RecordsAsked, Text
from hub.records.paging import Wanted
from hub.records.scopes import READ_RECORDS

resource = Resource("transactions", "Sales as providers told them, and the money that went back.")


class Transaction(Record):
    """A sale."""

    external_id: str = Field(description="The provider's id.")
    status: str = Field(examples=["completed", "refunded", "unassigned"])
    partner_code: str | None
    unassigned_reason: str | None
    campaign: str | None
    product_id: str | None
    product_name: str | None
    gross: Amount
    net: Amount | None
    tax: Amount | None
    tax_rate: Number | None = Field(description="In percent.")
    refunded: Amount = Field(description="What went back so far, lost disputes included.")
    currency: Currency
    occurred_at: datetime
    recurring: bool
    recurring_number: int | None
    customer_id: UUID | None
    contact: dict[str, Any] | None
    invoice_ref: str | None
    test: bool = Field(description="Whether the sender called it a test.")


class Reversal(Record):
    """Money that goes back: a refund or a dispute."""

    transaction_id: UUID
    kind: Literal["refund", "dispute"]
    external_id: str
    status: str = Field(examples=["pending", "succeeded", "failed", "open", "won", "lost"])
    amount: Amount
    currency: Currency
    cumulative: bool = Field(description="Whether the amount is the running total of all refunds.")
    occurred_at: datetime
    reason: str | None


class TransactionsAsked(RecordsAsked):
    """Which transactions."""

    status: Text | None = Field(None, max_length=50)
    external_id: Text | None = Field(None, max_length=255, description="With this id of the provider.")
    partner_code: Text | None = Field(None, max_length=255)
    customer_id: UUID | None = Field(None, description="In the file of this customer.")


@resource.get("/transactions", scope=READ_RECORDS)
def list_transactions(call: Call, asked: TransactionsAsked) -> Page[Transaction]:
    """List transactions, newest first."""
    wanted = Wanted(
        since=asked.since,
        until=asked.until,
        within=("customer", asked.customer_id) if asked.customer_id else None,
        equal={name: getattr(asked, name) for name in ("status", "external_id", "partner_code")},
    )
    return page_of(call, "transactions", Transaction, asked, wanted)


@resource.get("/transactions/<uuid:transaction_id>", scope=READ_RECORDS)
def get_transaction(call: Call, transaction_id: UUID) -> Transaction:
    """Get one transaction."""
    return one_of(call, "transactions", Transaction, transaction_id)


@resource.get("/transactions/<uuid:transaction_id>/reversals", scope=READ_RECORDS)
def list_reversals(call: Call, transaction_id: UUID, asked: PageAsked) -> Page[Reversal]:
    """List the refunds and disputes of a transaction, newest first."""
    one_of(call, "transactions", Transaction, transaction_id)
    return page_of(call, "reversals", Reversal, asked, Wanted(within=("transaction", transaction_id)))
