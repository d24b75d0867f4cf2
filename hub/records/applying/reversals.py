"""Refunds and disputes: each told once under its own id, and the sale's standing after them."""

from typing import Any

import sqlalchemy as sa

from hub.contract.facts import TransactionDisputed, TransactionRefunded
from hub.contract.outcome import Action, Persisted
from hub.contract.signals import Signal, transaction_changed, transaction_disputed, transaction_refunded
from hub.records.applying import reckoning, transactions
from hub.records.applying.source import Source
from hub.records.database import Row, Unit, insert_into
from hub.records.tables import Reversal, Transaction
from hub.records.tenants import table

REVERSALS, TRANSACTIONS = table(Reversal), table(Transaction)

FINAL = {"refund": {"failed"}, "dispute": {"won", "lost"}}
"""States that no later word changes."""

SAID = (
    "status",
    "amount_minor",
    "currency",
    "told_minor",
    "told_currency",
    "whole",
    "cumulative",
    "reason",
    "occurred_at",
)
TOLD = (*SAID, "told_event_id")
"""Columns in which a later word counts, and whose word it is."""


def refund(unit: Unit, source: Source, fact: TransactionRefunded) -> Persisted:
    """A refund, or the running total of all. Raises EarlyError before the sale."""
    sale = reckoning.locked(unit, transactions.find(unit, source, fact.refers_to))
    row = _row(source, sale, fact) | reckoning.counted(sale, fact.amount)
    row |= {"kind": "refund", "cumulative": fact.cumulative or fact.amount is None}
    return _record(unit, source, sale, row, transaction_refunded)


def dispute(unit: Unit, source: Source, fact: TransactionDisputed) -> Persisted:
    """A dispute as it stands now. Raises EarlyError before the sale."""
    sale = reckoning.locked(unit, transactions.find(unit, source, fact.refers_to))
    row = _row(source, sale, fact) | reckoning.counted(sale, fact.amount)
    row |= {"kind": "dispute", "cumulative": False}
    return _record(unit, source, sale, row, transaction_disputed)


def _row(source: Source, sale: Row, fact: TransactionRefunded | TransactionDisputed) -> dict[str, Any]:
    return source.columns() | {
        "transaction_id": sale["id"],
        "external_id": fact.external_id,
        "status": fact.status,
        "occurred_at": fact.occurred_at,
        "reason": fact.reason,
        "told_event_id": source.event_id,
        "extra": dict(fact.extra),
    }


def _record(unit: Unit, source: Source, sale: Row, row: dict[str, Any], signal: Signal) -> Persisted:
    known = _known(unit, source, row)
    news = known is None or _says_more(source, known, row)
    counts = news and _upsert(unit, source, row)
    after = reckoning.standing_of(unit, sale)
    if (sale["status"], sale["refunded_minor"]) == (after.status, after.refunded):
        action: Action = "changed" if counts else "unchanged"
        return Persisted(kind="transaction", id=sale["id"], action=action)
    unit.execute(
        sa.update(TRANSACTIONS)
        .where(TRANSACTIONS.c.id == sale["id"])
        .values(status=after.status, refunded_minor=after.refunded)
    )
    read_anew = source.replay and known is not None and known["told_event_id"] == source.event_id
    announced = transaction_changed if read_anew else signal
    return Persisted(kind="transaction", id=sale["id"], action="changed", signal=announced.name)


def _says_more(source: Source, known: Row, row: dict[str, Any]) -> bool:
    """Whether a refund is told differently. Merely told again later is no news: some providers list all
    refunds of a sale each time, without a date, and the first word of one is the nearest to it."""
    differing = {name for name in SAID if known[name] != row[name]}
    if differing == {"occurred_at"} and not source.replay:
        return bool(row["occurred_at"] < known["occurred_at"])
    return bool(differing)


def _known(unit: Unit, source: Source, row: dict[str, Any]) -> Row | None:
    """What counts of this refund or dispute so far."""
    return unit.one(
        sa.select(*(REVERSALS.c[name] for name in TOLD)).where(
            REVERSALS.c.connection_id == source.connection_id,
            REVERSALS.c.kind == row["kind"],
            REVERSALS.c.external_id == row["external_id"],
        )
    )


def _upsert(unit: Unit, source: Source, row: dict[str, Any]) -> bool:
    """One row for each refund or dispute; a final state stays, and a running total never falls. A
    replay corrects what its own event said, and does not undo what later events did. Tells whether
    this word counts."""
    statement = insert_into(REVERSALS, unit.dialect)
    told = statement.excluded
    counts = sa.and_(
        REVERSALS.c.status.not_in(FINAL[row["kind"]]),
        sa.or_(sa.not_(REVERSALS.c.cumulative), REVERSALS.c.amount_minor <= told.amount_minor),
    )
    if source.replay:
        own = REVERSALS.c.told_event_id == told.told_event_id
        counts = sa.or_(own, sa.and_(counts, REVERSALS.c.told_event_id < told.told_event_id))
    statement = statement.on_conflict_do_update(
        index_elements=["connection_id", "kind", "external_id"],
        set_={name: told[name] for name in TOLD},
        where=counts,
    )
    return unit.execute(statement, row).rowcount > 0
