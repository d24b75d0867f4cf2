"""Refunds and disputes: each told once under its own id, and the sale's standing after them."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine.row import RowMapping

from hub.contract.errors import PayloadError
from hub.contract.facts import TransactionDisputed, TransactionRefunded
from hub.contract.outcome import Action, Persisted
from hub.contract.signals import Signal, transaction_disputed, transaction_refunded
from hub.records.applying import transactions
from hub.records.applying.source import Source
from hub.records.applying.standing import Reverse, Standing, standing
from hub.records.database import Unit, insert_into
from hub.records.tables import Reversal, Transaction
from hub.records.tenants import table
from hub.support.money import Money

REVERSALS, TRANSACTIONS = table(Reversal), table(Transaction)

FINAL = {"refund": {"failed"}, "dispute": {"won", "lost"}}
"""States that no later word changes."""


def refund(unit: Unit, source: Source, fact: TransactionRefunded) -> Persisted:
    """A refund, or the running total of all. Raises EarlyError before the sale."""
    sale = _locked_sale(unit, transactions.find(unit, source, fact.refers_to))
    whole = fact.amount is None
    row = _row(source, sale, fact.amount or Money(sale["gross_minor"], sale["currency"]))
    row |= {"kind": "refund", "status": fact.status, "cumulative": fact.cumulative or whole}
    return _record(unit, source, sale, row | _told(fact), transaction_refunded)


def dispute(unit: Unit, source: Source, fact: TransactionDisputed) -> Persisted:
    """A dispute as it stands now. Raises EarlyError before the sale."""
    sale = _locked_sale(unit, transactions.find(unit, source, fact.refers_to))
    row = _row(source, sale, fact.amount) | {"kind": "dispute", "status": fact.status, "cumulative": False}
    return _record(unit, source, sale, row | _told(fact), transaction_disputed)


def _locked_sale(unit: Unit, transaction_id: UUID) -> RowMapping:
    """The sale, held until the commit: its standing is reckoned from all its reversals."""
    query = sa.select(TRANSACTIONS).where(TRANSACTIONS.c.id == transaction_id)
    return unit.execute(query.with_for_update()).mappings().one()


def _row(source: Source, sale: RowMapping, amount: Money) -> dict[str, Any]:
    counted = _in_sale_currency(sale, amount)
    other = amount.currency != sale["currency"]
    return source.columns() | {
        "transaction_id": sale["id"],
        "amount_minor": counted,
        "currency": sale["currency"],
        "told_minor": amount.minor if other else None,
        "told_currency": amount.currency if other else None,
    }


def _told(fact: TransactionRefunded | TransactionDisputed) -> dict[str, Any]:
    return {
        "external_id": fact.external_id,
        "occurred_at": fact.occurred_at,
        "reason": fact.reason,
        "extra": dict(fact.extra),
    }


def _in_sale_currency(sale: RowMapping, amount: Money) -> int:
    """Minor units of the sale's currency. In the sale's second currency an amount is the same
    share of it, rounded half up; any other currency cannot be counted against this sale."""
    if amount.currency == sale["currency"]:
        return amount.minor
    if amount.currency == sale["other_currency"] and sale["other_gross_minor"]:
        share = Decimal(amount.minor) / Decimal(sale["other_gross_minor"])
        return int((share * sale["gross_minor"]).to_integral_value(ROUND_HALF_UP))
    raise PayloadError(
        f"The refund is in {amount.currency}, the sale was in {sale['currency']}.",
        code="currency_mismatch",
    )


def _record(unit: Unit, source: Source, sale: RowMapping, row: dict[str, Any], signal: Signal) -> Persisted:
    _upsert(unit, row)
    after = _standing(unit, sale)
    if (sale["status"], sale["refunded_minor"]) == (after.status, after.refunded):
        action: Action = "changed" if _is_new(unit, source, row) else "unchanged"
        return Persisted(kind="transaction", id=sale["id"], action=action)
    unit.execute(
        sa.update(TRANSACTIONS)
        .where(TRANSACTIONS.c.id == sale["id"])
        .values(status=after.status, refunded_minor=after.refunded)
    )
    return Persisted(kind="transaction", id=sale["id"], action="changed", signal=signal.name)


def _upsert(unit: Unit, row: dict[str, Any]) -> None:
    """One row for each refund or dispute; a final state stays, and a running total never falls."""
    statement = insert_into(REVERSALS, unit.dialect)
    told = ("status", "amount_minor", "told_minor", "told_currency", "reason", "occurred_at")
    statement = statement.on_conflict_do_update(
        index_elements=["connection_id", "kind", "external_id"],
        set_={name: statement.excluded[name] for name in told},
        where=sa.and_(
            REVERSALS.c.status.not_in(FINAL[row["kind"]]),
            sa.or_(
                sa.not_(REVERSALS.c.cumulative),
                REVERSALS.c.amount_minor <= statement.excluded.amount_minor,
            ),
        ),
    )
    unit.execute(statement, row)


def _is_new(unit: Unit, source: Source, row: dict[str, Any]) -> bool:
    """Whether this event made the row."""
    query = sa.select(REVERSALS.c.event_id).where(
        REVERSALS.c.connection_id == source.connection_id,
        REVERSALS.c.kind == row["kind"],
        REVERSALS.c.external_id == row["external_id"],
    )
    return bool(unit.scalar(query) == source.event_id)


def _standing(unit: Unit, sale: RowMapping) -> Standing:
    columns = (REVERSALS.c.kind, REVERSALS.c.status, REVERSALS.c.amount_minor, REVERSALS.c.cumulative)
    rows = unit.rows(sa.select(*columns).where(REVERSALS.c.transaction_id == sale["id"]))
    reverses = [Reverse(row["kind"], row["status"], row["amount_minor"], row["cumulative"]) for row in rows]
    return standing(sale["gross_minor"], sale["partner_code"] is not None, reverses)
