"""From pending to paid: maturing, gathering into a payout, marking as paid."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records import listing
from hub.records.database import Row, Unit
from hub.records.tables import Tenant, Transaction
from hub.records.tenants import table
from hub.support.ids import new_id
from hub.support.money import Money
from hub_commissions.errors import CommissionsError
from hub_commissions.records.tables import ITEMS, LINES, PARTNERS, PAYOUTS

SALES, TENANTS = table(Transaction), table(Tenant)
BATCH = 500
NOTHING = Decimal(0)

PENDING = LINES.c.status == sa.literal_column("'pending'")
"""With a literal, or SQLite would not take the partial index and look at the tenant's whole ledger."""


def mature(unit: Unit, now: datetime, tenant_id: UUID) -> int:
    """The tenant's pending lines whose holding period is over are matured, except those of a disputed
    sale. Gives how many. A line that somebody else is changing just now comes next time."""
    query = (
        sa.select(LINES.c.id)
        .join(SALES, SALES.c.id == LINES.c.transaction_id)
        .where(PENDING, LINES.c.tenant_id == tenant_id, LINES.c.matures_at <= now)
        .where(SALES.c.status != "disputed")
        .order_by(LINES.c.matures_at, LINES.c.id)
        .limit(BATCH)
        .with_for_update(of=LINES, skip_locked=True)
    )
    matured = 0
    while ids := unit.column(query):
        changed = (
            sa.update(LINES)
            .where(LINES.c.id.in_(ids))
            .values(status="matured", matured_at=now, updated_at=now)
        )
        matured += unit.execute(changed).rowcount
    return matured


def create(
    unit: Unit, tenant_id: UUID, now: datetime, minimum: Decimal = NOTHING, currency: str | None = None
) -> UUID | None:
    """Gather what is matured and in no payout: for each partner and currency (or the one that is given)
    the sum of all lines, negative ones included. Who would get nothing, or less than ``minimum``,
    keeps it for the next time. ``None`` if nobody gets anything."""
    # One payout of a tenant at a time: what one partner gets is not to be split between two.
    unit.execute(sa.select(TENANTS.c.id).where(TENANTS.c.id == tenant_id).with_for_update(key_share=True))
    mature(unit, now, tenant_id)
    payable = _payable(unit, tenant_id)
    due: dict[tuple[UUID, str], list[Row]] = {}
    for row in payable:
        if currency in (None, row["currency"]):
            due.setdefault((row["partner_id"], row["currency"]), []).append(row)
    paid = {key: rows for key, rows in due.items() if _reaches(rows, key[1], minimum)}
    if not paid:
        return None
    payout_id = _insert(unit, tenant_id, now)
    for (partner_id, currency), rows in paid.items():
        item = {"id": new_id(), "tenant_id": tenant_id, "created_at": now, "payout_id": payout_id}
        amount = sum(row["amount_minor"] for row in rows)
        item |= {"partner_id": partner_id, "currency": currency, "amount_minor": amount, "lines": len(rows)}
        unit.insert(ITEMS, item)
        ids = [row["id"] for row in rows]
        for start in range(0, len(ids), BATCH):
            some = LINES.c.id.in_(ids[start : start + BATCH])
            unit.execute(sa.update(LINES).where(some).values(payout_id=payout_id, updated_at=now))
    return payout_id


def pay(unit: Unit, payout_id: UUID, now: datetime) -> None:
    """The payout and its lines are paid. Raises CommissionsError if it is not open."""
    row = _open(unit, payout_id)
    unit.execute(sa.update(PAYOUTS).where(PAYOUTS.c.id == row["id"]).values(status="paid", paid_at=now))
    unit.execute(sa.update(LINES).where(LINES.c.payout_id == row["id"]).values(status="paid", updated_at=now))


def cancel(unit: Unit, payout_id: UUID, now: datetime) -> None:
    """Give an open payout's lines back. Raises CommissionsError if it is not open."""
    row = _open(unit, payout_id)
    unit.execute(sa.update(PAYOUTS).where(PAYOUTS.c.id == row["id"]).values(status="cancelled"))
    unit.execute(
        sa.update(LINES).where(LINES.c.payout_id == row["id"]).values(payout_id=None, updated_at=now)
    )


def find(unit: Unit, payout_id: UUID) -> Row:
    """A payout. Raises CommissionsError."""
    row = unit.one(sa.select(PAYOUTS).where(PAYOUTS.c.id == payout_id))
    if row is None:
        raise CommissionsError(f"there is no payout {payout_id}; `hub payout list` shows all")
    return row


def items(unit: Unit, payout_id: UUID) -> list[dict[str, Any]]:
    """What each partner gets, with the partner's account as it is now."""
    columns = ("code", "name", "email", "account_name", "iban", "bic")
    query = (
        sa.select(ITEMS, *(PARTNERS.c[name] for name in columns))
        .join(PARTNERS, PARTNERS.c.id == ITEMS.c.partner_id)
        .where(ITEMS.c.payout_id == payout_id)
        .order_by(PARTNERS.c.code, ITEMS.c.currency)
    )
    return [listing.readable(row) for row in unit.rows(query)]


def shown(unit: Unit, payout_id: UUID) -> dict[str, Any]:
    """A payout with its sums by currency and its items."""
    row, parts = find(unit, payout_id), items(unit, payout_id)
    return {**_plain(row), "totals": _totals(parts), "items": [_item(part) for part in parts]}


def listed(unit: Unit, tenant_id: UUID) -> list[dict[str, Any]]:
    """The tenant's payouts, newest first."""
    query = sa.select(PAYOUTS).where(PAYOUTS.c.tenant_id == tenant_id).order_by(PAYOUTS.c.number.desc())
    return [{**_plain(row), "totals": _totals(items(unit, row["id"]))} for row in unit.rows(query)]


def _reaches(rows: list[Row], currency: str, minimum: Decimal) -> bool:
    amount = sum(row["amount_minor"] for row in rows)
    return amount > 0 and Money(amount, currency).amount >= minimum


def _payable(unit: Unit, tenant_id: UUID) -> list[Row]:
    query = (
        sa.select(LINES)
        .join(SALES, SALES.c.id == LINES.c.transaction_id)
        .where(
            LINES.c.tenant_id == tenant_id,
            LINES.c.status == "matured",
            LINES.c.payout_id.is_(None),
            SALES.c.status != "disputed",
        )
        .order_by(LINES.c.id)
        .with_for_update(of=LINES)
    )
    return list(unit.rows(query))


def _insert(unit: Unit, tenant_id: UUID, now: datetime) -> UUID:
    number = sa.select(sa.func.coalesce(sa.func.max(PAYOUTS.c.number), 0) + 1).where(
        PAYOUTS.c.tenant_id == tenant_id
    )
    row = {"id": new_id(), "tenant_id": tenant_id, "created_at": now, "status": "open"}
    unit.insert(PAYOUTS, row | {"number": unit.scalar(number)})
    return row["id"]  # type: ignore[return-value]


def _open(unit: Unit, payout_id: UUID) -> Row:
    unit.execute(sa.select(PAYOUTS.c.id).where(PAYOUTS.c.id == payout_id).with_for_update())
    row = find(unit, payout_id)
    if row["status"] != "open":
        raise CommissionsError(f"the payout {row['number']} is {row['status']} already", code="payout_closed")
    return row


def _plain(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "tenant_id"}


def _item(part: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "code", "name", "amount", "amount_minor", "currency", "lines")
    return {("partner" if name == "code" else name): part[name] for name in names}


def _totals(parts: list[dict[str, Any]]) -> dict[str, Any]:
    totals: dict[str, Any] = {}
    for part in parts:
        totals[part["currency"]] = totals.get(part["currency"], 0) + part["amount"]
    return totals
