"""What refunds and disputes come to in their sale's currency, and where the sale stands after them."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.contract.errors import PayloadError
from hub.records.applying.standing import Reverse, Standing, standing
from hub.records.database import Row, Unit
from hub.records.tables import Reversal, Transaction
from hub.records.tenants import table
from hub.support.money import Money

REVERSALS, TRANSACTIONS = table(Reversal), table(Transaction)

Sale = Row | Mapping[str, Any]
"""A transaction's row, or what is to become of it."""


def locked(unit: Unit, transaction_id: UUID) -> Row:
    """The sale, held until the commit: its standing is reckoned from all its reversals."""
    query = sa.select(TRANSACTIONS).where(TRANSACTIONS.c.id == transaction_id)
    return unit.execute(query.with_for_update()).mappings().one()


def counted(sale: Sale, amount: Money | None) -> dict[str, Any]:
    """The columns of an amount that goes back, or of the whole sale where it is ``None``. Raises
    PayloadError for a currency that cannot be counted against this sale."""
    told = amount or Money(sale["gross_minor"], sale["currency"])
    other = told.currency != sale["currency"]
    return {
        "amount_minor": _in_sale_currency(sale, told),
        "currency": sale["currency"],
        "told_minor": told.minor if other else None,
        "told_currency": told.currency if other else None,
        "whole": amount is None,
    }


def recount(unit: Unit, sale: Sale) -> None:
    """Reckon anew what the sale's reversals come to, after the sale itself changed: the whole of it
    stays the whole, and a share of it the same share. Raises PayloadError."""
    for row in unit.rows(sa.select(REVERSALS).where(REVERSALS.c.transaction_id == sale["id"])):
        now = counted(sale, None if row["whole"] else _told(row))
        if any(row[name] != value for name, value in now.items()):
            unit.execute(sa.update(REVERSALS).where(REVERSALS.c.id == row["id"]).values(**now))


def standing_of(unit: Unit, sale: Sale) -> Standing:
    """Where the sale stands after all its reversals."""
    columns = (REVERSALS.c.kind, REVERSALS.c.status, REVERSALS.c.amount_minor, REVERSALS.c.cumulative)
    rows = unit.rows(sa.select(*columns).where(REVERSALS.c.transaction_id == sale["id"]))
    reverses = [Reverse(row["kind"], row["status"], row["amount_minor"], row["cumulative"]) for row in rows]
    return standing(sale["gross_minor"], sale["unassigned_reason"] is None, reverses)


def _told(row: Row) -> Money:
    """The amount as the provider said it."""
    if row["told_currency"] is None:
        return Money(row["amount_minor"], row["currency"])
    return Money(row["told_minor"], row["told_currency"])


def _in_sale_currency(sale: Sale, amount: Money) -> int:
    """Minor units of the sale's currency. In the sale's second currency an amount is the same
    share of it, rounded half up."""
    if amount.currency == sale["currency"]:
        return amount.minor
    if amount.currency == sale["other_currency"] and sale["other_gross_minor"]:
        share = Decimal(amount.minor) / Decimal(sale["other_gross_minor"])
        return int((share * sale["gross_minor"]).to_integral_value(ROUND_HALF_UP))
    raise PayloadError(
        f"The refund is in {amount.currency}, the sale was in {sale['currency']}.",
        code="currency_mismatch",
    )
