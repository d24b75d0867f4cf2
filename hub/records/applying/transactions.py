"""Transactions: a sale once, found by every id that its provider gives it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.contract.facts import TransactionCreated, TransactionReferenced
from hub.contract.hookspecs import EarlyError
from hub.contract.outcome import Action, Persisted
from hub.contract.signals import transaction_changed, transaction_created
from hub.records.applying import customers, reckoning
from hub.records.applying.source import Source, contact
from hub.records.applying.standing import TransactionStatus
from hub.records.database import Unit, insert_into
from hub.records.prepared import Prepared
from hub.records.tables import Transaction, TransactionReference
from hub.records.tenants import table

TRANSACTIONS, REFERENCES = table(Transaction), table(TransactionReference)

_KNOWN = sa.select(TRANSACTIONS.c.id, TRANSACTIONS.c.event_id).where(
    TRANSACTIONS.c.connection_id == sa.bindparam("connection"),
    TRANSACTIONS.c.external_id == sa.bindparam("external"),
)


def create(unit: Unit, source: Source, fact: TransactionCreated) -> tuple[Persisted, list[str]]:
    """The sale, and those of its ids that something parked waits for. A known one is left alone,
    unless the event that made it is replayed."""
    customer = {"customer_id": customers.ensure(unit, source, fact.customer) if fact.customer else None}
    told = _mapped(fact) | _assigned(fact.partner_code) | customer
    values = source.columns() | told | {"status": _status(fact.partner_code), "refunded_minor": 0}
    made: UUID | None = _CREATE.scalar(unit, values)
    if made is None:
        return _meet(unit, source, fact, told)
    awaited = refer(unit, source, made, (fact.external_id, *fact.references))
    signal = transaction_created.name
    return Persisted(kind="transaction", id=made, action="created", signal=signal), awaited


def reference(unit: Unit, source: Source, fact: TransactionReferenced) -> tuple[Persisted, list[str]]:
    """Further ids of a known sale. Raises EarlyError if it is not known yet."""
    transaction_id = find(unit, source, fact.refers_to)
    known = _keys_of(unit, source, transaction_id)
    awaited = refer(unit, source, transaction_id, fact.references)
    action: Action = "unchanged" if set(fact.references) <= known else "changed"
    return Persisted(kind="transaction", id=transaction_id, action=action), awaited


def find(unit: Unit, source: Source, keys: Sequence[str]) -> UUID:
    """The sale that is known by one of these ids, the first that fits. Raises EarlyError."""
    query = sa.select(REFERENCES.c.key, REFERENCES.c.transaction_id).where(
        REFERENCES.c.connection_id == source.connection_id,
        REFERENCES.c.key.in_(keys),
        REFERENCES.c.transaction_id.is_not(None),
    )
    known: dict[str, UUID] = {row["key"]: row["transaction_id"] for row in unit.rows(query)}
    for key in keys:
        if key in known:
            return known[key]
    raise EarlyError(tuple(keys))


def refer(unit: Unit, source: Source, transaction_id: UUID, keys: Sequence[str]) -> list[str]:
    """Let a sale be found by these ids; the first sale keeps an id. Tells which were awaited.

    The rows are made in a fixed order, so that two sales cannot wait for each other.
    """
    row = {"connection_id": source.connection_id, "transaction_id": transaction_id, "awaited": False}
    return [key for key in sorted(set(keys)) if _REFER.scalar(unit, row | {"key": key})]


def _create_statement(dialect: str) -> sa.Executable:
    statement = insert_into(TRANSACTIONS, dialect)
    return statement.on_conflict_do_nothing(index_elements=["connection_id", "external_id"]).returning(
        TRANSACTIONS.c.id
    )


_CREATE = Prepared(_create_statement)


def _refer_statement(dialect: str) -> sa.Executable:
    statement = insert_into(REFERENCES, dialect)
    first = sa.func.coalesce(REFERENCES.c.transaction_id, statement.excluded.transaction_id)
    return statement.on_conflict_do_update(
        index_elements=["connection_id", "key"], set_={"transaction_id": first}
    ).returning(REFERENCES.c.awaited)


_REFER = Prepared(_refer_statement)


def _keys_of(unit: Unit, source: Source, transaction_id: UUID) -> set[str]:
    query = sa.select(REFERENCES.c.key).where(
        REFERENCES.c.connection_id == source.connection_id, REFERENCES.c.transaction_id == transaction_id
    )
    return set(unit.column(query))


def _meet(
    unit: Unit, source: Source, fact: TransactionCreated, told: dict[str, Any]
) -> tuple[Persisted, list[str]]:
    """The event speaks of a sale that is there already."""
    known = unit.one(_KNOWN, {"connection": source.connection_id, "external": fact.external_id})
    if known is None:
        raise LookupError(f"the sale {fact.external_id} vanished while it was written")
    if not source.replay or known["event_id"] != source.event_id:
        return Persisted(kind="transaction", id=known["id"], action="unchanged"), []
    awaited = refer(unit, source, known["id"], (fact.external_id, *fact.references))
    return _bring_up_to_date(unit, source, known["id"], told), awaited


def _bring_up_to_date(unit: Unit, source: Source, transaction_id: UUID, told: dict[str, Any]) -> Persisted:
    """The sale as its event is read now, and what its refunds and disputes come to of it. A partner
    to whom somebody gave it by hand stays. Raises PayloadError if they cannot be counted any more."""
    known = reckoning.locked(unit, transaction_id)
    now = {**known, **told}
    if known["assigned_at"] is not None or known["partner_code"] == now["partner_code"]:
        now |= {name: known[name] for name in ("partner_code", "unassigned_reason")}
    reckoning.recount(unit, now)
    stands = reckoning.standing_of(unit, now)
    now |= {"status": stands.status, "refunded_minor": stands.refunded}
    changed = {name: value for name, value in now.items() if known[name] != value}
    if not changed:
        return Persisted(kind="transaction", id=transaction_id, action="unchanged")
    changed["adapter"] = source.adapter
    unit.execute(sa.update(TRANSACTIONS).where(TRANSACTIONS.c.id == transaction_id).values(**changed))
    signal = transaction_changed.name
    return Persisted(kind="transaction", id=transaction_id, action="changed", signal=signal)


def _assigned(partner_code: str | None) -> dict[str, Any]:
    return {
        "partner_code": partner_code,
        "unassigned_reason": None if partner_code else "no_partner_named",
    }


def _status(partner_code: str | None) -> TransactionStatus:
    return TransactionStatus.COMPLETED if partner_code else TransactionStatus.UNASSIGNED


def _mapped(fact: TransactionCreated) -> dict[str, Any]:
    """What the adapter says of the sale."""
    person = fact.customer
    return {
        "external_id": fact.external_id,
        "campaign": fact.campaign,
        "product_id": fact.product_id,
        "product_name": fact.product_name,
        "gross_minor": fact.gross.minor,
        "net_minor": fact.net.minor if fact.net else None,
        "tax_minor": fact.tax.minor if fact.tax else None,
        "tax_rate": str(fact.tax_rate) if fact.tax_rate is not None else None,
        "currency": fact.gross.currency,
        "other_gross_minor": fact.other_gross.minor if fact.other_gross else None,
        "other_currency": fact.other_gross.currency if fact.other_gross else None,
        "occurred_at": fact.occurred_at,
        "recurring": fact.recurring,
        "recurring_number": fact.recurring_number,
        "contact": contact(person) if person and person.email is None else None,
        "invoice_ref": fact.invoice,
        "test": fact.test,
        "extra": dict(fact.extra),
    }
