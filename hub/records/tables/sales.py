"""The records: customers, orders, tickets, invoices with payments, transactions with reversals."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field

from hub.records.tables.base import Owned, Record, Table


class Customer(Record, table=True):
    """A person or company, one for each e-mail address (in any case) of a tenant. With ``merged_into`` the
    row only says that its address leads to that customer, who is merged into nobody."""

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("tenant_id", "email_key"),
        Index("ix_customers_tenant", "tenant_id", "id"),
        Index("ix_customers_merged", "merged_into"),
    )

    email: str
    email_key: str
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    company: str | None = None
    phone: str | None = None
    merged_into: UUID | None = Field(default=None, foreign_key="customers.id")


class Order(Record, table=True):
    """A web order in the inbox. ``key`` is the provider's id, or stands for the event."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("connection_id", "key"),
        Index("ix_orders_tenant", "tenant_id", "id"),
        Index("ix_orders_status", "tenant_id", "status", "id"),
        Index("ix_orders_created", "tenant_id", "created_at"),
        Index("ix_orders_customer", "customer_id", "id"),
    )

    key: str
    external_id: str | None = None
    number: str | None = None
    status: str
    payment_status: str | None = None
    subject: str | None = None
    email: str | None = None
    contact: dict[str, Any] = Field(sa_type=JSON)
    customer_id: UUID | None = Field(default=None, foreign_key="customers.id")
    total_minor: int | None = Field(default=None, sa_type=BigInteger)
    tax_minor: int | None = Field(default=None, sa_type=BigInteger)
    currency: str | None = None
    lines: list[dict[str, Any]] = Field(sa_type=JSON)
    placed_at: datetime | None = None
    changed_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    test: bool


class Ticket(Record, table=True):
    """An enquiry: open, in_progress or closed, and the member it is assigned to. Its messages are rows of
    their own."""

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("connection_id", "key"),
        Index("ix_tickets_tenant", "tenant_id", "id"),
        Index("ix_tickets_status", "tenant_id", "status", "id"),
        Index("ix_tickets_assigned", "tenant_id", "assigned_to", "id"),
        Index("ix_tickets_customer", "customer_id", "id"),
    )

    key: str
    external_id: str | None = None
    status: str
    subject: str
    email: str | None = None
    contact: dict[str, Any] = Field(sa_type=JSON)
    customer_id: UUID | None = Field(default=None, foreign_key="customers.id")
    assigned_to: UUID | None = Field(default=None, foreign_key="members.id")


class TicketMessage(Owned, table=True):
    """One message of a ticket; ``author`` is customer or member, and ``member_id`` who of them, where that
    is known. What is ``internal`` is for members alone."""

    __tablename__ = "ticket_messages"

    ticket_id: UUID = Field(foreign_key="tickets.id", index=True)
    author: str
    member_id: UUID | None = Field(default=None, foreign_key="members.id")
    internal: bool = False
    body: str


class Transaction(Record, table=True):
    """A sale. ``refunded_minor`` is what went back so far, lost disputes included. ``assigned_at``
    says that somebody gave it to a partner by hand: then it is not the adapter's to say whose it is."""

    __tablename__ = "transactions"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_transactions_tenant", "tenant_id", "id"),
        Index(
            "ix_transactions_unassigned",
            "tenant_id",
            "id",
            sqlite_where=text("unassigned_reason IS NOT NULL"),
            postgresql_where=text("unassigned_reason IS NOT NULL"),
        ),
        Index("ix_transactions_invoice", "tenant_id", "invoice_ref"),
        Index("ix_transactions_customer", "customer_id", "id"),
    )

    external_id: str
    status: str
    partner_code: str | None = None
    unassigned_reason: str | None = None
    assigned_at: datetime | None = None
    campaign: str | None = None
    product_id: str | None = None
    product_name: str | None = None
    gross_minor: int = Field(sa_type=BigInteger)
    net_minor: int | None = Field(default=None, sa_type=BigInteger)
    tax_minor: int | None = Field(default=None, sa_type=BigInteger)
    tax_rate: str | None = None
    currency: str
    other_gross_minor: int | None = Field(default=None, sa_type=BigInteger)
    other_currency: str | None = None
    refunded_minor: int = Field(default=0, sa_type=BigInteger)
    occurred_at: datetime
    recurring: bool
    recurring_number: int | None = None
    customer_id: UUID | None = Field(default=None, foreign_key="customers.id")
    contact: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    invoice_ref: str | None = None
    test: bool


class TransactionReference(Table, table=True):
    """An id by which a provider names a sale. Here a sale and what arrived before it meet: the
    early one leaves the row without a sale and ``awaited``."""

    __tablename__ = "transaction_references"

    connection_id: UUID = Field(primary_key=True, foreign_key="connections.id")
    key: str = Field(primary_key=True)
    transaction_id: UUID | None = Field(default=None, foreign_key="transactions.id")
    awaited: bool


class Reversal(Record, table=True):
    """Money that goes back: a refund (pending, succeeded, failed) or a dispute (open, won, lost).

    ``amount_minor`` is in the sale's currency. ``told_minor`` and ``told_currency`` are what the
    provider said where that was another currency. With ``cumulative`` the amount is the running
    total of all refunds; with ``whole`` it is all of the sale, whatever that comes to. What
    ``told_event_id`` said of it counts.
    """

    __tablename__ = "reversals"
    __table_args__ = (UniqueConstraint("connection_id", "kind", "external_id"),)

    transaction_id: UUID = Field(foreign_key="transactions.id", index=True)
    kind: str
    external_id: str
    status: str
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    told_minor: int | None = Field(default=None, sa_type=BigInteger)
    told_currency: str | None = None
    whole: bool
    cumulative: bool
    told_event_id: UUID | None = None
    occurred_at: datetime
    reason: str | None = None


class Invoice(Record, table=True):
    """A bill of the tenant: draft, open, paid or cancelled; overdue is an open one after ``due_on``. A
    draft has no number yet. Prices of the ``lines`` are ``gross`` or ``net``. ``issuer`` is what was known
    of the tenant on the day of issue, ``language`` that of the paper. Whoever has the ``token`` may look at
    it."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        UniqueConstraint("token"),
        Index("ix_invoices_tenant", "tenant_id", "id"),
        Index("ix_invoices_status", "tenant_id", "status", "id", "due_on"),
        Index("ix_invoices_order", "order_id"),
        Index("ix_invoices_customer", "customer_id", "id"),
    )

    number: str | None = None
    status: str
    email: str | None = None
    recipient: str | None = None
    address: str | None = None
    note: str | None = None
    language: str | None = None
    issuer: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    customer_id: UUID | None = Field(default=None, foreign_key="customers.id")
    order_id: UUID | None = Field(default=None, foreign_key="orders.id")
    prices: str | None = None
    lines: list[dict[str, Any]] = Field(sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    net_minor: int | None = Field(default=None, sa_type=BigInteger)
    tax_minor: int | None = Field(default=None, sa_type=BigInteger)
    total_minor: int = Field(sa_type=BigInteger)
    paid_minor: int = Field(default=0, sa_type=BigInteger)
    currency: str
    delivered_on: date | None = None
    due_days: int | None = None
    issued_on: date | None = None
    due_on: date | None = None
    paid_at: datetime | None = None
    cancelled_at: datetime | None = None
    token: str | None = None


class InvoiceSeries(Table, table=True):
    """The last number given out in a series of a tenant. Its row is held until the invoice that took
    the next one is committed, so that none is left out."""

    __tablename__ = "invoice_series"

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenants.id")
    series: str = Field(primary_key=True)
    last: int


class Checkout(Owned, table=True):
    """A payment page that a provider was asked for. ``reference`` is the provider's name for it; until
    that is known the row's id is what makes a second question the same one."""

    __tablename__ = "checkouts"

    invoice_id: UUID = Field(foreign_key="invoices.id", index=True)
    connection_id: UUID = Field(foreign_key="connections.id")
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    reference: str | None = None
    ended_at: datetime | None = None


class Payment(Record, table=True):
    """A payment of an invoice: pending, succeeded or failed. Without ``invoice_id`` no invoice
    has the number that was paid for."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("connection_id", "external_id"),
        Index("ix_payments_tenant", "tenant_id", "id"),
    )

    external_id: str
    status: str
    invoice_id: UUID | None = Field(default=None, foreign_key="invoices.id", index=True)
    invoice_ref: str
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str
    method: str | None = None
    reason: str | None = None
    occurred_at: datetime


class PrivacyRequest(Record, table=True):
    """A demand to show or erase personal data, to be done by ``due_at``: open or done."""

    __tablename__ = "privacy_requests"
    __table_args__ = (UniqueConstraint("connection_id", "external_id"),)

    external_id: str
    kind: str
    status: str
    due_at: datetime
    contact: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    orders: list[str] = Field(sa_type=JSON)
