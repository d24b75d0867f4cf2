"""Invoices and reminders that go to the customer: what was sent when, and how it fares."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.contract.inbound import Tenant
from hub.contract.outcome import Persisted
from hub.contract.signals import invoice_reminded, invoice_sent
from hub.records import invoices
from hub.records.applying import Occasion
from hub.records.database import Unit
from hub.records.deliveries import DELIVERIES
from hub.records.invoices import OPEN
from hub.records.tables import InvoiceMessage
from hub.records.tenants import Conflict, table
from hub.support.ids import new_id

MESSAGES = table(InvoiceMessage)

INVOICE, REMINDER = "invoice", "reminder"
SIGNALS = {INVOICE: invoice_sent, REMINDER: invoice_reminded}

PAUSE = timedelta(minutes=1)
"""So long after one message no second one of its kind is made: somebody clicked twice."""


def send(
    unit: Unit,
    *,
    tenant: Tenant,
    tenant_id: UUID,
    invoice_id: UUID,
    kind: str,
    link: str,
    now: datetime,
    today: date,
    member_id: UUID | None = None,
) -> tuple[Occasion, Persisted]:
    """Have an open invoice sent to its customer, or a reminder of one that is overdue. Gives what is to be
    announced. Raises Conflict for another invoice, for one without an address, and for the second click."""
    row = invoices.locked(unit, tenant_id, invoice_id)
    if row["status"] != OPEN or not row["email"]:
        raise Conflict("only open invoices with an e-mail address can be sent")
    if kind == REMINDER and (row["due_on"] is None or row["due_on"] >= today):
        raise Conflict("it is not overdue")
    if _just_sent(unit, invoice_id, kind, now):
        raise Conflict("it was sent a moment ago")
    message_id = new_id()
    message = {
        "id": message_id,
        "tenant_id": tenant_id,
        "created_at": now,
        "invoice_id": invoice_id,
        "member_id": member_id,
        "kind": kind,
        "email": row["email"],
        "link": link,
    }
    unit.insert(MESSAGES, message)
    made = Persisted(kind="invoice_message", id=message_id, action="created", signal=SIGNALS[kind].name)
    return Occasion(tenant=tenant, tenant_id=tenant_id, received_at=now, new=True), made


def of_invoice(unit: Unit, tenant_id: UUID, invoice_id: UUID) -> list[dict[str, Any]]:
    """What was sent of an invoice, newest first, each with the ``state`` of its delivery."""
    query = (
        sa.select(MESSAGES, DELIVERIES.c.state)
        .join(DELIVERIES, DELIVERIES.c.record_id == MESSAGES.c.id, isouter=True)
        .where(
            MESSAGES.c.invoice_id == invoice_id,
            MESSAGES.c.tenant_id == tenant_id,
            sa.or_(DELIVERIES.c.id.is_(None), DELIVERIES.c.target == MESSAGES.c.email),
        )
        .order_by(MESSAGES.c.id.desc())
    )
    return [dict(row) for row in unit.rows(query)]


def _just_sent(unit: Unit, invoice_id: UUID, kind: str, now: datetime) -> bool:
    query = sa.select(MESSAGES.c.id).where(
        MESSAGES.c.invoice_id == invoice_id, MESSAGES.c.kind == kind, MESSAGES.c.created_at > now - PAUSE
    )
    return unit.scalar(query.limit(1)) is not None
