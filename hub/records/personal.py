"""What a tenant holds of a person, found by an e-mail address, as far as rows and bytes tell."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote
from uuid import UUID

import sqlalchemy as sa

from hub.records import listing
from hub.records.applying.customers import CUSTOMERS, email_key
from hub.records.audit import ENTRIES
from hub.records.database import Row, Unit
from hub.records.deliveries import DELIVERIES
from hub.records.events import EVENTS, position, spellings
from hub.records.listing import SINGULAR
from hub.records.notifications import NOTIFICATIONS

WITH_CUSTOMER = ("order", "ticket", "transaction", "invoice")
"""Records that name their customer."""

PARTS: Mapping[str, tuple[str, str]] = {
    "ticket_message": ("ticket_id", "ticket"),
    "reversal": ("transaction_id", "transaction"),
    "invoice_message": ("invoice_id", "invoice"),
    "payment": ("invoice_id", "invoice"),
}
"""What belongs to such a record: the column that names it, and its kind."""

MOST_IDS = 500
"""Ids in one statement."""

Rows = dict[str, list[Row]]
"""Rows by the word for one of them."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person as a tenant knows them. With ``connection_id`` only what came through that connection is
    meant, and ``orders`` are further ones that are theirs, by the provider's ids."""

    tenant_id: UUID
    emails: tuple[str, ...]
    customer_ids: tuple[UUID, ...] = ()
    connection_id: UUID | None = None
    orders: tuple[str, ...] = ()


def find(unit: Unit, person: Person) -> Person:
    """The same person with all addresses and customers that these addresses lead to."""
    keys = [email_key(email) for email in person.emails]
    mine = CUSTOMERS.c.tenant_id == person.tenant_id
    leading = sa.select(sa.func.coalesce(CUSTOMERS.c.merged_into, CUSTOMERS.c.id))
    ids = set(unit.column(leading.where(mine, CUSTOMERS.c.email_key.in_(keys))))
    led = sa.or_(CUSTOMERS.c.id.in_(ids), CUSTOMERS.c.merged_into.in_(ids))
    rows = unit.rows(sa.select(CUSTOMERS.c.id, CUSTOMERS.c.email_key).where(mine, led))
    return replace(
        person,
        emails=tuple(sorted({*keys, *(row["email_key"] for row in rows)})),
        customer_ids=tuple(sorted(row["id"] for row in rows)),
    )


def records(unit: Unit, person: Person) -> Rows:
    """Customers, orders, tickets, transactions, invoices and what belongs to them, and privacy requests."""
    found: Rows = {"customer": _customers(unit, person)}
    for kind in WITH_CUSTOMER:
        source = SINGULAR[kind]
        found[kind] = list(
            unit.rows(sa.select(source).where(*_scope(source, person), _is_theirs(source, person)))
        )
    for kind, (column, owner) in PARTS.items():
        ids = [row["id"] for row in found[owner]]
        found[kind] = list(_by(unit, SINGULAR[kind], column, ids))
    found["privacy_request"] = _requests(unit, person)
    return found


def events(unit: Unit, person: Person, held: Rows) -> list[Row]:
    """The inbound events that made these records or that write one of the addresses: with their bytes, the
    oldest first. It reads all that the tenant still keeps of what it was sent."""
    made = {row["event_id"] for rows in held.values() for row in rows if row.get("event_id")}
    written = {
        word
        for email in (*person.emails, *_as_written(held))
        for one in (*spellings(email), *(quote(email, safe="").encode(),))
        for word in (one,)
    }
    mentions = [position(unit.dialect, word) > 0 for word in sorted(written)]
    mentions += [
        sa.cast(EVENTS.c.query, sa.Text).contains(json.dumps(email)[1:-1], autoescape=True)
        for email in person.emails
    ]
    scope = [EVENTS.c.tenant_id == person.tenant_id]
    if person.connection_id is not None:
        scope.append(EVENTS.c.connection_id == person.connection_id)
    rows = {row["id"]: row for row in unit.rows(sa.select(EVENTS).where(*scope, sa.or_(*mentions)))}
    for row in _by(unit, EVENTS, "id", sorted(made)):
        if row["tenant_id"] == person.tenant_id:
            rows[row["id"]] = row
    return [rows[one] for one in sorted(rows)]


def deliveries(
    unit: Unit, person: Person, record_ids: Sequence[UUID], event_ids: Sequence[UUID]
) -> list[Row]:
    """What left the machine, or is to, about these records and events or to one of the addresses."""
    rows = {row["id"]: row for row in _about(unit, DELIVERIES, record_ids, event_ids)}
    if person.connection_id is None:
        to = sa.func.lower(DELIVERIES.c.target).in_(person.emails)
        query = sa.select(DELIVERIES).where(DELIVERIES.c.tenant_id == person.tenant_id, to)
        rows |= {row["id"]: row for row in unit.rows(query)}
    return [rows[one] for one in sorted(rows)]


def notices(unit: Unit, record_ids: Sequence[UUID]) -> list[Row]:
    """What members were told about these records."""
    return list(_by(unit, NOTIFICATIONS, "record_id", record_ids))


def entries(unit: Unit, tenant_id: UUID, record_ids: Sequence[UUID]) -> list[Row]:
    """What the audit log holds about these records."""
    rows = _by(unit, ENTRIES, "object_id", [str(one) for one in record_ids])
    return [row for row in rows if row["tenant_id"] == tenant_id]


def ids_of(held: Rows) -> list[UUID]:
    """The ids of all these rows."""
    return [row["id"] for rows in held.values() for row in rows]


def _customers(unit: Unit, person: Person) -> list[Row]:
    """All rows that are theirs; if one connection alone is meant those that nothing else refers to."""
    rows = list(_by(unit, CUSTOMERS, "id", person.customer_ids))
    if person.connection_id is None:
        return rows
    for kind in WITH_CUSTOMER:
        source = SINGULAR[kind]
        elsewhere = sa.select(source.c.id).where(
            source.c.customer_id.in_(person.customer_ids),
            source.c.connection_id.is_distinct_from(person.connection_id),
        )
        if person.customer_ids and unit.scalar(elsewhere.limit(1)) is not None:
            return []
    return rows


def _scope(source: sa.Table, person: Person) -> Iterator[sa.ColumnElement[bool]]:
    yield source.c.tenant_id == person.tenant_id
    if person.connection_id is not None:
        yield source.c.connection_id == person.connection_id


def _is_theirs(source: sa.Table, person: Person) -> sa.ColumnElement[bool]:
    ways = [source.c.customer_id.in_(person.customer_ids)]
    if "email" in source.c:
        ways.append(sa.func.lower(source.c.email).in_(person.emails))
    if source is SINGULAR["order"] and person.orders:
        ways.append(source.c.external_id.in_(person.orders))
    return sa.or_(*ways)


def _requests(unit: Unit, person: Person) -> list[Row]:
    """Demands are few: they are looked through."""
    source = SINGULAR["privacy_request"]
    rows = unit.rows(sa.select(source).where(*_scope(source, person)))
    return [row for row in rows if email_key((row["contact"] or {}).get("email", "")) in person.emails]


def _as_written(held: Rows) -> set[str]:
    """The addresses in the case in which somebody wrote them."""
    return {row["email"] for rows in held.values() for row in rows if row.get("email")}


def _about(
    unit: Unit, source: sa.Table, record_ids: Sequence[UUID], event_ids: Sequence[UUID]
) -> Iterator[Row]:
    yield from _by(unit, source, "record_id", record_ids)
    yield from _by(unit, source, "event_id", event_ids)


def _by(unit: Unit, source: sa.Table, column: str, values: Sequence[Any]) -> Iterator[Row]:
    """The rows whose column is one of these, however many."""
    for start in range(0, len(values), MOST_IDS):
        some = source.c[column].in_(values[start : start + MOST_IDS])
        yield from unit.rows(sa.select(source).where(some).order_by(source.c.id))


def readable(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows as they may be handed out: amounts in major units beside, bytes as text."""
    return [
        {
            name: value.decode("utf-8", "replace") if isinstance(value, bytes) else value
            for name, value in one.items()
        }
        for one in map(listing.readable, rows)
    ]
