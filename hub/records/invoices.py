"""Invoices that a person makes."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Unit
from hub.records.tables import Invoice
from hub.records.tenants import Conflict, table
from hub.support.ids import new_id
from hub.support.money import Money

INVOICES = table(Invoice)


def create(
    unit: Unit, *, tenant_id: UUID, number: str, total: Money, email: str | None, now: datetime
) -> UUID:
    """An open invoice. Raises Conflict if the tenant has one with this number."""
    taken = sa.select(INVOICES.c.id).where(INVOICES.c.tenant_id == tenant_id, INVOICES.c.number == number)
    if unit.scalar(taken):
        raise Conflict(f"there is an invoice {number} already")
    invoice_id = new_id()
    unit.insert(
        INVOICES,
        {
            "id": invoice_id,
            "tenant_id": tenant_id,
            "created_at": now,
            "number": number,
            "status": "open",
            "email": email,
            "total_minor": total.minor,
            "paid_minor": 0,
            "currency": total.currency,
            "extra": {},
        },
    )
    return invoice_id
