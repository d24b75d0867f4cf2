"""Payment pages that were asked for, so that a second click leads to the same one."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit
from hub.records.tables import Checkout, Payment
from hub.records.tenants import table
from hub.support.ids import new_id

CHECKOUTS, PAYMENTS = table(Checkout), table(Payment)


def begin(unit: Unit, invoice: Row, *, minor: int, connection_id: UUID, now: datetime) -> Row:
    """The page that was asked for last, if it is for this amount at this connection and its payment has not
    failed; else a new one. The invoice is to be locked."""
    failed = sa.exists().where(
        PAYMENTS.c.connection_id == connection_id,
        PAYMENTS.c.external_id == CHECKOUTS.c.reference,
        PAYMENTS.c.status == "failed",
    )
    query = sa.select(CHECKOUTS).where(
        CHECKOUTS.c.tenant_id == invoice["tenant_id"],
        CHECKOUTS.c.invoice_id == invoice["id"],
        CHECKOUTS.c.connection_id == connection_id,
        CHECKOUTS.c.amount_minor == minor,
        CHECKOUTS.c.currency == invoice["currency"],
        CHECKOUTS.c.ended_at.is_(None),
        sa.not_(failed),
    )
    known = unit.one(query.order_by(CHECKOUTS.c.id.desc()).limit(1))
    if known is not None:
        return known
    row = {
        "id": new_id(),
        "tenant_id": invoice["tenant_id"],
        "created_at": now,
        "invoice_id": invoice["id"],
        "connection_id": connection_id,
        "amount_minor": minor,
        "currency": invoice["currency"],
        "reference": None,
        "ended_at": None,
    }
    unit.insert(CHECKOUTS, row)
    return row


def opened(unit: Unit, checkout: Row, reference: str) -> None:
    """The provider made the page, and calls it so."""
    unit.execute(_only(checkout).values(reference=reference))


def end(unit: Unit, checkout: Row, now: datetime) -> None:
    """The page cannot be used any more."""
    unit.execute(_only(checkout).where(CHECKOUTS.c.ended_at.is_(None)).values(ended_at=now))


def _only(checkout: Row) -> sa.Update:
    return sa.update(CHECKOUTS).where(
        CHECKOUTS.c.id == checkout["id"], CHECKOUTS.c.tenant_id == checkout["tenant_id"]
    )
