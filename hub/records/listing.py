"""Records as rows for people: lists, and single rows for comparing before and after."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit
from hub.records.prepared import Prepared
from hub.records.tables import (
    Assignment,
    Connection,
    Customer,
    Invoice,
    InvoiceMessage,
    Order,
    Payment,
    PrivacyRequest,
    Reversal,
    Ticket,
    TicketMessage,
    Transaction,
)
from hub.records.tenants import table
from hub.support.money import Money

SINGULAR: dict[str, sa.Table] = {
    "customer": table(Customer),
    "order": table(Order),
    "ticket": table(Ticket),
    "ticket_message": table(TicketMessage),
    "invoice": table(Invoice),
    "invoice_message": table(InvoiceMessage),
    "payment": table(Payment),
    "transaction": table(Transaction),
    "reversal": table(Reversal),
    "privacy_request": table(PrivacyRequest),
    "connection": table(Connection),
    "assignment": table(Assignment),
}
"""Tables by the word for one of their rows, as ``Persisted`` has it."""

PARTS = ("connection", "ticket_message", "invoice_message", "assignment")
"""What is announced without being a record of its own."""

KINDS = {f"{kind}s": source for kind, source in SINGULAR.items() if kind not in PARTS}
"""What can be listed, by the word for many."""

HIDDEN = {"secrets"}


class Excerpt:
    """Reads those of these columns that a kind of record has, or all of them."""

    def __init__(self, *names: str) -> None:
        self._by_id = {
            kind: Prepared(
                sa.select(*(column for column in source.c if not names or column.name in names)).where(
                    source.c.id == sa.bindparam("id")
                )
            )
            for kind, source in SINGULAR.items()
        }

    def of(self, unit: Unit, kind: str, record_id: UUID) -> dict[str, Any] | None:
        """One record, as ``records`` gives it; ``kind`` is the word for one."""
        row = self._by_id[kind].one(unit, {"id": record_id})
        return readable(row) if row else None


_WHOLE = Excerpt()


def records(unit: Unit, kind: str, tenant_id: UUID, limit: int = 100) -> Sequence[dict[str, Any]]:
    """A tenant's records of a kind, newest first: the table's columns, and each amount in major
    units beside its minor units. Raises KeyError for an unknown kind."""
    source = KINDS[kind]
    query = sa.select(source).where(source.c.tenant_id == tenant_id).order_by(source.c.id.desc())
    return [readable(row) for row in unit.rows(query.limit(limit))]


def record(unit: Unit, kind: str, record_id: UUID) -> dict[str, Any] | None:
    """One record, as ``records`` gives it; ``kind`` is the word for one."""
    return _WHOLE.of(unit, kind, record_id)


def made_by(unit: Unit, event_id: UUID) -> list[dict[str, Any]]:
    """Kind and id of the records that an event made."""
    return [
        {"kind": kind, "id": record_id}
        for kind, source in SINGULAR.items()
        if kind not in PARTS
        for record_id in unit.column(sa.select(source.c.id).where(source.c.event_id == event_id))
    ]


def readable(row: Row) -> dict[str, Any]:
    """A row with its amounts as exact decimals too: ``gross_minor`` 19900 gives ``gross`` 199.00."""
    values = {name: value for name, value in row.items() if name not in HIDDEN}
    amounts = {
        name.removesuffix("_minor"): _amount(value, _currency(name, values))
        for name, value in values.items()
        if name.endswith("_minor")
    }
    return values | amounts


def _currency(name: str, values: dict[str, Any]) -> str | None:
    special = {"other_gross_minor": "other_currency", "told_minor": "told_currency"}
    currency: str | None = values.get(special.get(name, "currency"))
    return currency


def _amount(minor: int | None, currency: str | None) -> Decimal | None:
    return None if minor is None or currency is None else Money(minor, currency).amount
