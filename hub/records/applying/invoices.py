"""Payments of the tenant's own invoices."""

from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.contract.facts import PaymentFailed, PaymentPending, PaymentSucceeded
from hub.contract.outcome import Action, Persisted
from hub.contract.signals import payment_failed, payment_pending, payment_succeeded
from hub.records.applying.source import Source
from hub.records.database import Row, Unit, insert_into
from hub.records.tables import Invoice, Payment
from hub.records.tenants import table

INVOICES, PAYMENTS = table(Invoice), table(Payment)

PaymentFact = PaymentPending | PaymentSucceeded | PaymentFailed

STATUS = {PaymentPending: "pending", PaymentSucceeded: "succeeded", PaymentFailed: "failed"}
SIGNAL = {PaymentPending: payment_pending, PaymentSucceeded: payment_succeeded, PaymentFailed: payment_failed}


def pay(unit: Unit, source: Source, fact: PaymentFact) -> Persisted:
    """A payment as it stands now. Money that arrived stays; an invoice becomes paid once its
    payments cover it. A payment for an unknown invoice is kept without one."""
    invoice = _locked_invoice(unit, source, fact.invoice)
    row = _row(source, fact, invoice)
    payment_id: UUID | None = unit.scalar(_statement(unit), row)
    if payment_id is None:
        query = sa.select(PAYMENTS.c.id).where(
            PAYMENTS.c.connection_id == source.connection_id, PAYMENTS.c.external_id == fact.external_id
        )
        return Persisted(kind="payment", id=unit.scalar(query), action="unchanged")
    if invoice is not None:
        settle(unit, invoice, fact.occurred_at)
    action: Action = "created" if payment_id == row["id"] else "changed"
    return Persisted(kind="payment", id=payment_id, action=action, signal=SIGNAL[type(fact)].name)


def _statement(unit: Unit) -> Any:
    """Insert, move on from pending, or find the invoice that was unknown before; the same state
    again, and anything after success, is a repetition and returns nothing."""
    statement = insert_into(PAYMENTS, unit.dialect)
    told = ("status", "invoice_id", "amount_minor", "currency", "method", "reason", "occurred_at")
    return statement.on_conflict_do_update(
        index_elements=["connection_id", "external_id"],
        set_={name: statement.excluded[name] for name in told},
        where=sa.or_(
            sa.and_(
                PAYMENTS.c.status != "succeeded",
                PAYMENTS.c.status != statement.excluded.status,
                statement.excluded.status != "pending",
            ),
            sa.and_(
                PAYMENTS.c.status == statement.excluded.status,
                PAYMENTS.c.invoice_id.is_(None),
                statement.excluded.invoice_id.is_not(None),
            ),
        ),
    ).returning(PAYMENTS.c.id)


def _row(source: Source, fact: PaymentFact, invoice: Row | None) -> dict[str, Any]:
    return source.columns() | {
        "external_id": fact.external_id,
        "status": STATUS[type(fact)],
        "invoice_id": invoice["id"] if invoice else None,
        "invoice_ref": fact.invoice,
        "amount_minor": fact.amount.minor,
        "currency": fact.amount.currency,
        "method": fact.method,
        "reason": fact.reason if isinstance(fact, PaymentFailed) else None,
        "occurred_at": fact.occurred_at,
        "extra": dict(fact.extra),
    }


def _locked_invoice(unit: Unit, source: Source, reference: str) -> Row | None:
    """The tenant's invoice with that number or id, held until the commit."""
    names = [INVOICES.c.number == reference]
    with suppress(ValueError):
        names.append(INVOICES.c.id == UUID(reference))
    query = sa.select(INVOICES).where(INVOICES.c.tenant_id == source.tenant_id, sa.or_(*names))
    return unit.execute(query.with_for_update()).mappings().first()


def settle(unit: Unit, invoice: Row, at: datetime) -> None:
    """Reckon what was paid of an invoice that is locked. Money in another currency is kept and not
    counted."""
    query = sa.select(sa.func.coalesce(sa.func.sum(PAYMENTS.c.amount_minor), 0)).where(
        PAYMENTS.c.invoice_id == invoice["id"],
        PAYMENTS.c.status == "succeeded",
        PAYMENTS.c.currency == invoice["currency"],
    )
    paid = int(unit.scalar(query))
    changes: dict[str, Any] = {"paid_minor": paid}
    if paid >= invoice["total_minor"] and invoice["status"] == "open":
        changes |= {"status": "paid", "paid_at": at}
    unit.execute(sa.update(INVOICES).where(INVOICES.c.id == invoice["id"]).values(**changes))
