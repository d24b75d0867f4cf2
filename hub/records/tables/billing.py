"""What makes an invoice of a bill: who issues it, the paper, and the messages that take it out."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from hub.records.tables.base import Owned, Table


class InvoiceIssuer(Table, table=True):
    """What a tenant's invoices say of the tenant. An invoice that is issued keeps its own copy."""

    __tablename__ = "invoice_issuers"

    tenant_id: UUID = Field(primary_key=True, foreign_key="tenants.id")
    company: str
    address: str
    tax_number: str
    vat_id: str
    register_entry: str
    email: str
    phone: str
    iban: str
    due_days: int
    footer: str
    small_business: bool


class InvoicePaper(Table, table=True):
    """The PDF of an invoice, made once and never again."""

    __tablename__ = "invoice_papers"

    invoice_id: UUID = Field(primary_key=True, foreign_key="invoices.id")
    tenant_id: UUID = Field(foreign_key="tenants.id")
    content: bytes
    created_at: datetime


class InvoiceMessage(Owned, table=True):
    """An ``invoice`` or a ``reminder`` that a member had sent to the customer, and the ``link`` in it."""

    __tablename__ = "invoice_messages"

    invoice_id: UUID = Field(foreign_key="invoices.id", index=True)
    member_id: UUID | None = Field(default=None, foreign_key="members.id")
    kind: str
    email: str
    link: str
