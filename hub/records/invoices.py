"""Invoices that a person makes: drafts, what becomes of them once they are issued, and how they are found."""

import secrets as random
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records import counting, listing, scanning
from hub.records.database import Row, Unit
from hub.records.tables import Checkout, Invoice, Payment, Tenant
from hub.records.tenants import Conflict, table
from hub.support.bills import Position, reckon
from hub.support.ids import new_id
from hub.support.money import Money

INVOICES, TENANTS = table(Invoice), table(Tenant)
PAYMENTS, CHECKOUTS = table(Payment), table(Checkout)

DRAFT, OPEN, PAID, OVERDUE, CANCELLED = "draft", "open", "paid", "overdue", "cancelled"
STATUSES = (DRAFT, OPEN, OVERDUE, PAID, CANCELLED)
"""As people see them. Overdue is derived: an open one whose day has passed."""

GROSS, NET = "gross", "net"
"""Whether prices are with tax or without."""

DUE_DAYS = 14
"""Days for payment, unless the draft says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What stands in a draft."""

    positions: tuple[Position, ...]
    currency: str
    prices: str = GROSS
    recipient: str | None = None
    address: str | None = None
    email: str | None = None
    note: str | None = None
    language: str | None = None
    delivered_on: date | None = None
    due_days: int = DUE_DAYS
    customer_id: UUID | None = None
    order_id: UUID | None = None


def create(
    unit: Unit, *, tenant_id: UUID, number: str, total: Money, email: str | None, now: datetime
) -> UUID:
    """An open invoice that was written elsewhere. Raises Conflict if the tenant has one with this number."""
    if is_taken(unit, tenant_id, number):
        raise Conflict(f"there is an invoice {number} already")
    row = _row(tenant_id, now) | {
        "number": number,
        "status": OPEN,
        "email": email,
        "prices": GROSS,
        "total_minor": total.minor,
        "currency": total.currency,
        "token": new_token(),
    }
    unit.insert(INVOICES, row)
    return UUID(str(row["id"]))


def draft(unit: Unit, *, tenant_id: UUID, content: Content, now: datetime) -> UUID:
    """A draft, without a number. Raises MoneyError for impossible sums."""
    row = _row(tenant_id, now) | {"status": DRAFT} | _columns(content)
    row |= {"customer_id": content.customer_id, "order_id": content.order_id}
    unit.insert(INVOICES, row)
    return UUID(str(row["id"]))


def rewrite(unit: Unit, *, tenant_id: UUID, invoice_id: UUID, content: Content) -> None:
    """Other contents for a draft. Raises Conflict for what is no draft of the tenant, MoneyError for
    impossible sums."""
    query = sa.update(INVOICES).where(_mine(tenant_id, invoice_id), INVOICES.c.status == DRAFT)
    if not unit.execute(query.values(**_columns(content))).rowcount:
        raise Conflict("only drafts can be changed")


def discard(unit: Unit, *, tenant_id: UUID, invoice_id: UUID) -> None:
    """Throw a draft away; no number is lost with it. Raises Conflict for what is no draft of the tenant."""
    query = sa.delete(INVOICES).where(_mine(tenant_id, invoice_id), INVOICES.c.status == DRAFT)
    if not unit.execute(query).rowcount:
        raise Conflict("only drafts can be thrown away")


def cancel(unit: Unit, *, tenant_id: UUID, invoice_id: UUID, now: datetime) -> None:
    """Call an open invoice off; it keeps its number. Raises Conflict for any other, and where money has
    arrived or is on its way."""
    row = locked(unit, tenant_id, invoice_id)
    if row["status"] != OPEN:
        raise Conflict("only open invoices can be cancelled")
    if row["paid_minor"] or has_pending(unit, tenant_id, invoice_id):
        raise Conflict("money has arrived or is on its way")
    _change(unit, tenant_id, invoice_id, {"status": CANCELLED, "cancelled_at": now})
    end_checkouts(unit, tenant_id, invoice_id, now)


def rotate(unit: Unit, *, tenant_id: UUID, invoice_id: UUID, now: datetime) -> None:
    """Another link for the customer; the one before leads nowhere. Raises Conflict for a draft."""
    row = locked(unit, tenant_id, invoice_id)
    if row["status"] == DRAFT:
        raise Conflict("a draft has no link")
    _change(unit, tenant_id, invoice_id, {"token": new_token()})
    end_checkouts(unit, tenant_id, invoice_id, now)


def new_token() -> str:
    """What makes an invoice's link unguessable: 192 random bits."""
    return random.token_urlsafe(24)


def search(
    unit: Unit,
    tenant_id: UUID,
    *,
    today: date,
    status: str | None = None,
    text: str = "",
    before: UUID | None = None,
    down_to: UUID | None = None,
    limit: int = 25,
) -> list[dict[str, Any]]:
    """A tenant's invoices, newest first. ``text`` is looked for in number, recipient and address; ``before``
    is the id of the last one seen, ``down_to`` that of the last one to look at."""
    query = sa.select(INVOICES).where(*_scope(tenant_id, today, status, before))
    if down_to is not None:
        query = query.where(INVOICES.c.id >= down_to)
    if text:
        searched = (INVOICES.c.number, INVOICES.c.recipient, INVOICES.c.email)
        query = query.where(scanning.holds(unit, text, *searched))
    rows = unit.rows(query.order_by(INVOICES.c.id.desc()).limit(limit))
    return [shown(row, today) for row in rows]


def searched_to(
    unit: Unit, tenant_id: UUID, *, today: date, status: str | None, before: UUID | None
) -> UUID | None:
    """The last invoice that one search looks at; ``None`` if that is all of them."""
    return scanning.edge(unit, INVOICES.c.id, *_scope(tenant_id, today, status, before))


def counts(unit: Unit, tenant_id: UUID, today: date) -> dict[str, int]:
    """How many invoices a tenant has of each status, as far as ``counting`` counts."""
    scopes = {status: _scope(tenant_id, today, status, None) for status in STATUSES}
    return counting.parts(unit, INVOICES.c.id, scopes)


def get(unit: Unit, tenant_id: UUID, invoice_id: UUID, today: date) -> dict[str, Any] | None:
    """One invoice of the tenant."""
    row = unit.one(sa.select(INVOICES).where(_mine(tenant_id, invoice_id)))
    return shown(row, today) if row else None


def of_order(unit: Unit, tenant_id: UUID, order_id: UUID) -> UUID | None:
    """The invoice that was made of an order, unless it is cancelled."""
    query = sa.select(INVOICES.c.id).where(
        INVOICES.c.tenant_id == tenant_id, INVOICES.c.order_id == order_id, INVOICES.c.status != CANCELLED
    )
    found: UUID | None = unit.scalar(query.order_by(INVOICES.c.id.desc()).limit(1))
    return found


def behind(unit: Unit, token: str) -> Row | None:
    """The issued invoice that a link leads to, with the slug of its tenant: nobody else has the token."""
    query = sa.select(INVOICES, TENANTS.c.slug.label("tenant")).join(
        TENANTS, TENANTS.c.id == INVOICES.c.tenant_id
    )
    return unit.one(query.where(INVOICES.c.token == token, INVOICES.c.status != DRAFT))


def shown(row: Row, today: date) -> dict[str, Any]:
    """An invoice for people: its standing today, what is left to pay, and what was paid too much."""
    values = listing.readable(row)
    late = row["status"] == OPEN and row["due_on"] is not None and row["due_on"] < today
    owed = 0 if row["status"] == CANCELLED else row["total_minor"]
    return values | {
        "standing": OVERDUE if late else row["status"],
        "left_minor": max(owed - row["paid_minor"], 0) if row["status"] == OPEN else 0,
        "too_much_minor": max(row["paid_minor"] - owed, 0),
    }


def has_pending(unit: Unit, tenant_id: UUID, invoice_id: UUID) -> bool:
    """Whether money is on its way by a slow method."""
    query = sa.select(PAYMENTS.c.id).where(
        PAYMENTS.c.tenant_id == tenant_id, PAYMENTS.c.invoice_id == invoice_id, PAYMENTS.c.status == "pending"
    )
    return unit.scalar(query.limit(1)) is not None


def end_checkouts(unit: Unit, tenant_id: UUID, invoice_id: UUID, now: datetime) -> None:
    """The payment pages asked for so far are not offered again."""
    query = sa.update(CHECKOUTS).where(
        CHECKOUTS.c.tenant_id == tenant_id,
        CHECKOUTS.c.invoice_id == invoice_id,
        CHECKOUTS.c.ended_at.is_(None),
    )
    unit.execute(query.values(ended_at=now))


def locked(unit: Unit, tenant_id: UUID, invoice_id: UUID) -> Row:
    """The tenant's invoice, held until the commit. Raises Conflict if there is none."""
    row = unit.one(sa.select(INVOICES).where(_mine(tenant_id, invoice_id)).with_for_update())
    if row is None:
        raise Conflict(f"there is no invoice {invoice_id}")
    return row


def _change(unit: Unit, tenant_id: UUID, invoice_id: UUID, values: dict[str, Any]) -> None:
    unit.execute(sa.update(INVOICES).where(_mine(tenant_id, invoice_id)).values(**values))


def _mine(tenant_id: UUID, invoice_id: UUID) -> sa.ColumnElement[bool]:
    return sa.and_(INVOICES.c.tenant_id == tenant_id, INVOICES.c.id == invoice_id)


def _scope(
    tenant_id: UUID, today: date, status: str | None, before: UUID | None
) -> list[sa.ColumnElement[bool]]:
    scope = [INVOICES.c.tenant_id == tenant_id]
    if status is not None:
        scope += _with_status(status, today)
    if before is not None:
        scope.append(INVOICES.c.id < before)
    return scope


def _with_status(status: str, today: date) -> tuple[sa.ColumnElement[bool], ...]:
    if status == OVERDUE:
        return INVOICES.c.status == OPEN, INVOICES.c.due_on < today
    if status == OPEN:
        in_time = sa.or_(INVOICES.c.due_on.is_(None), INVOICES.c.due_on >= today)
        return INVOICES.c.status == OPEN, in_time
    return (INVOICES.c.status == status,)


def is_taken(unit: Unit, tenant_id: UUID, number: str) -> bool:
    """Whether the tenant has an invoice with that number."""
    query = sa.select(INVOICES.c.id).where(INVOICES.c.tenant_id == tenant_id, INVOICES.c.number == number)
    return unit.scalar(query) is not None


def _row(tenant_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "tenant_id": tenant_id,
        "created_at": now,
        "paid_minor": 0,
        "extra": {},
        "lines": [],
    }


def _columns(content: Content) -> dict[str, Any]:
    """The columns of a draft; its sums are reckoned here."""
    bill = reckon(content.positions, content.currency, with_tax=content.prices == GROSS)
    lines = [
        {
            "name": line.name,
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "tax_rate": line.tax_rate,
            "amount_minor": amount,
        }
        for line, amount in zip(content.positions, bill.amounts, strict=True)
    ]
    return {
        "lines": lines,
        "prices": content.prices,
        "currency": content.currency,
        "net_minor": bill.net,
        "tax_minor": bill.tax,
        "total_minor": bill.gross,
        "recipient": content.recipient,
        "address": content.address,
        "email": content.email,
        "note": content.note,
        "language": content.language,
        "delivered_on": content.delivered_on,
        "due_days": content.due_days,
    }
