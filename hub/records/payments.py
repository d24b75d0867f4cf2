"""What was paid for an invoice: by hand, and what the providers told of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.contract.inbound import Tenant
from hub.contract.outcome import Persisted
from hub.contract.signals import payment_succeeded
from hub.records import invoices, listing
from hub.records.applying import Occasion
from hub.records.applying.invoices import PAYMENTS, settle
from hub.records.database import Row, Unit
from hub.records.tables import Reversal, Transaction
from hub.records.tenants import Conflict, table
from hub.support.ids import new_id

TRANSACTIONS, REVERSALS = table(Transaction), table(Reversal)

METHODS = ("transfer", "cash", "card", "other")
"""How a payment that a person enters was made."""

MOST = 100
"""How many payments of one invoice are shown."""


def enter(
    unit: Unit,
    *,
    tenant: Tenant,
    tenant_id: UUID,
    invoice_id: UUID,
    minor: int,
    method: str,
    paid_at: datetime,
    now: datetime,
) -> tuple[Occasion, Persisted]:
    """Money that a person saw arrive. Gives what is to be announced. Raises Conflict unless the invoice is
    open."""
    invoice = invoices.locked(unit, tenant_id, invoice_id)
    if invoice["status"] != invoices.OPEN:
        raise Conflict("only open invoices are paid")
    payment_id = new_id()
    unit.insert(
        PAYMENTS,
        {
            "id": payment_id,
            "tenant_id": tenant_id,
            "created_at": now,
            "external_id": str(payment_id),
            "status": "succeeded",
            "invoice_id": invoice_id,
            "invoice_ref": invoice["number"],
            "amount_minor": minor,
            "currency": invoice["currency"],
            "method": method,
            "occurred_at": paid_at,
            "extra": {},
        },
    )
    settle(unit, invoice, paid_at)
    made = Persisted(kind="payment", id=payment_id, action="created", signal=payment_succeeded.name)
    return Occasion(tenant=tenant, tenant_id=tenant_id, received_at=now, new=True), made


def of_invoice(unit: Unit, tenant_id: UUID, invoice: Row | dict[str, Any]) -> list[dict[str, Any]]:
    """The payments of an invoice, newest first."""
    query = sa.select(PAYMENTS).where(
        PAYMENTS.c.tenant_id == tenant_id, PAYMENTS.c.invoice_id == invoice["id"]
    )
    rows = unit.rows(query.order_by(PAYMENTS.c.occurred_at.desc(), PAYMENTS.c.id.desc()).limit(MOST))
    return [listing.readable(row) for row in rows]


def reversals(unit: Unit, tenant_id: UUID, invoice: Row | dict[str, Any]) -> list[dict[str, Any]]:
    """Refunds and disputes of the sales by which an invoice was paid, newest first. A running total is left
    out where its refunds are told one by one."""
    names = [name for name in (invoice["number"], str(invoice["id"])) if name]
    query = (
        sa.select(REVERSALS)
        .join(TRANSACTIONS, TRANSACTIONS.c.id == REVERSALS.c.transaction_id)
        .where(TRANSACTIONS.c.tenant_id == tenant_id, TRANSACTIONS.c.invoice_ref.in_(names))
        .order_by(REVERSALS.c.occurred_at.desc(), REVERSALS.c.id.desc())
    )
    rows = unit.rows(query.limit(MOST))
    single = {row["transaction_id"] for row in rows if row["kind"] == "refund" and not row["cumulative"]}
    return [
        listing.readable(row) for row in rows if not (row["cumulative"] and row["transaction_id"] in single)
    ]


def gone_back(unit: Unit, tenant_id: UUID, invoice: Row | dict[str, Any]) -> int:
    """How much of what was paid went back by refunds and lost disputes, in minor units."""
    names = [name for name in (invoice["number"], str(invoice["id"])) if name]
    query = sa.select(sa.func.coalesce(sa.func.sum(TRANSACTIONS.c.refunded_minor), 0)).where(
        TRANSACTIONS.c.tenant_id == tenant_id,
        TRANSACTIONS.c.invoice_ref.in_(names),
        TRANSACTIONS.c.currency == invoice["currency"],
    )
    return int(unit.scalar(query))
