"""The rows of the core as a trace needs them: what a person is told of each, and what it comes from.

Each search is one query for each table that it concerns, by the primary key or another index. It gives
no more than ``MOST`` rows, and one more where there would be more. Whose they are is not asked here: with
a condition on the tenant the database would look through all of a tenant's rows.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from hub.contract.signals import BY_NAME
from hub.records.database import Row, Unit
from hub.records.deliveries import DELIVERIES
from hub.records.effects import RUNS
from hub.records.events import EVENTS
from hub.records.listing import SINGULAR, readable
from hub.records.tables import Connection, Member, Notification
from hub.records.tenants import table

MOST = 100
"""How many rows of one kind a trace shows."""

NOTIFICATIONS, CONNECTIONS, MEMBERS = table(Notification), table(Connection), table(Member)


@dataclass(frozen=True, slots=True)
class Origin:
    """What a row comes from: an event, a record, or a further row of the ``plugin`` whose row it is."""

    kind: str
    id: UUID
    plugin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A row, what a person is told of it, and what it comes from. ``event_id`` is the event that set
    it off; ``body`` is the size and the digest of an event's bytes."""

    kind: str
    id: UUID
    tenant_id: UUID | None
    shown: Mapping[str, Any]
    origins: tuple[Origin, ...] = ()
    event_id: UUID | None = None
    plugin: str | None = None
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """A table, the columns of it that are shown, the record that one of its rows belongs to, and what
    is looked up elsewhere."""

    table: sa.Table
    shown: tuple[str, ...]
    belongs_to: tuple[str, str] | None = None
    looked_up: tuple[sa.ColumnElement[Any], ...] = ()

    @property
    def columns(self) -> list[sa.ColumnElement[Any]]:
        """What is read: no contents that are not shown."""
        amounts = {f"{name}_minor" for name in self.shown}
        leading = {"id", "tenant_id", "event_id", "record_kind", "record_id", "signal"}
        names = {*self.shown, *amounts, *leading, *(self.belongs_to or ())}
        return [*(column for column in self.table.c if column.name in names), *self.looked_up]


def _looked_up(label: str, column: sa.Column[Any], key: sa.Column[Any]) -> tuple[sa.ColumnElement[Any]]:
    owner = column.table
    return (sa.select(column).where(owner.c.id == key).scalar_subquery().label(label),)


_SALE = ("external_id", "status", "gross", "refunded", "currency", "partner_code", "unassigned_reason")
_REQUEST = ("plugin", "connection", "event_type", "key", "received_at", "outcome", "status", "reason")

_KINDS = {
    "event": _Kind(
        table=EVENTS,
        shown=(*_REQUEST, "message", "adapter", "headers", "body"),
        looked_up=_looked_up("connection", CONNECTIONS.c.name, EVENTS.c.connection_id),
    ),
    "customer": _Kind(table=SINGULAR["customer"], shown=("email", "external_id", "adapter")),
    "order": _Kind(
        table=SINGULAR["order"],
        shown=("number", "external_id", "status", "total", "currency", "test", "adapter"),
    ),
    "ticket": _Kind(table=SINGULAR["ticket"], shown=("subject", "external_id", "status", "adapter")),
    "invoice": _Kind(
        table=SINGULAR["invoice"], shown=("number", "status", "total", "paid", "currency", "adapter")
    ),
    "payment": _Kind(
        table=SINGULAR["payment"],
        shown=("external_id", "invoice_ref", "status", "amount", "currency", "reason", "adapter"),
        belongs_to=("invoice", "invoice_id"),
    ),
    "invoice_message": _Kind(
        table=SINGULAR["invoice_message"],
        shown=("kind", "email", "created_at"),
        belongs_to=("invoice", "invoice_id"),
    ),
    "transaction": _Kind(table=SINGULAR["transaction"], shown=(*_SALE, "test", "adapter")),
    "reversal": _Kind(
        table=SINGULAR["reversal"],
        shown=("kind", "external_id", "status", "amount", "currency", "reason", "adapter"),
        belongs_to=("transaction", "transaction_id"),
    ),
    "privacy_request": _Kind(
        table=SINGULAR["privacy_request"], shown=("kind", "external_id", "status", "due_at", "adapter")
    ),
    "connection": _Kind(table=SINGULAR["connection"], shown=("plugin", "name", "enabled", "disconnected_at")),
    "ticket_message": _Kind(
        table=SINGULAR["ticket_message"],
        shown=("author", "internal", "created_at"),
        belongs_to=("ticket", "ticket_id"),
    ),
    "assignment": _Kind(
        table=SINGULAR["assignment"],
        shown=("member", "number", "created_at"),
        looked_up=_looked_up("member", MEMBERS.c.email, SINGULAR["assignment"].c.member_id),
    ),
    "effect": _Kind(table=RUNS, shown=("receiver", "signal", "state", "attempts", "reason", "created_at")),
    "delivery": _Kind(
        table=DELIVERIES, shown=("channel", "target", "state", "attempts", "last_error", "created_at")
    ),
    "notification": _Kind(
        table=NOTIFICATIONS,
        shown=("member", "kind", "title", "created_at", "read_at"),
        looked_up=_looked_up("member", MEMBERS.c.email, NOTIFICATIONS.c.member_id),
    ),
}

KINDS = tuple(_KINDS)
"""Everything of the core that has an id to trace."""

RECORDS = tuple(kind for kind in _KINDS if kind in SINGULAR)
"""The kinds of records that can be announced."""


def by_id(unit: Unit, kind: str, ids: Collection[UUID]) -> list[Traced]:
    """The rows of a kind that have these ids."""
    return _search(unit, kind, _KINDS[kind].table.c.id.in_(ids))


def made_by(unit: Unit, event_id: UUID) -> list[Traced]:
    """The records that came into being by an event."""
    return [
        one
        for kind in RECORDS
        if "event_id" in _KINDS[kind].table.c
        for one in _search(unit, kind, _KINDS[kind].table.c.event_id == event_id)
    ]


def effects_of(unit: Unit, what: Literal["event", "record"], its_id: UUID) -> list[Traced]:
    """What receivers did about an event or a record."""
    return _search(unit, "effect", RUNS.c[f"{what}_id"] == its_id)


def about(
    unit: Unit,
    kind: Literal["delivery", "notification"],
    record_ids: Collection[UUID],
    event_id: UUID | None = None,
) -> list[Traced]:
    """Deliveries or notifications about these records; with an event only those that it set off."""
    columns = _KINDS[kind].table.c
    conditions: list[sa.ColumnElement[bool]] = [columns.record_id.in_(record_ids)]
    if event_id is not None:
        conditions.append(columns.event_id == event_id)
    return _search(unit, kind, *conditions)


def _search(unit: Unit, kind: str, *where: sa.ColumnElement[bool]) -> list[Traced]:
    source = _KINDS[kind].table
    query = sa.select(*_KINDS[kind].columns).where(*where).order_by(source.c.id).limit(MOST + 1)
    found = [_traced(kind, row) for row in unit.rows(query)]
    return [_digested(one) for one in found] if kind == "event" else found


def _traced(kind: str, row: Row) -> Traced:
    values = readable(row)
    return Traced(
        kind=kind,
        id=row["id"],
        tenant_id=row["tenant_id"],
        shown={name: values[name] for name in _KINDS[kind].shown},
        origins=tuple(_origins(kind, row)),
        event_id=row.get("event_id"),
    )


def _digested(event: Traced) -> Traced:
    """Of headers the number, of the body size and digest."""
    shown = dict(event.shown)
    body: bytes = shown.pop("body")
    shown["headers"] = len(shown["headers"])
    digest = hashlib.sha256(body).hexdigest()
    return replace(event, shown=shown, body={"size": len(body), "sha256": digest})


def _origins(kind: str, row: Row) -> Iterator[Origin]:
    """The record that the row is about or belongs to, then its event."""
    announced = BY_NAME.get(row.get("signal", ""))
    about_kind = announced.record if announced else row.get("record_kind")
    if about_kind in RECORDS:
        yield Origin(about_kind, row["record_id"])
    owner, column = _KINDS[kind].belongs_to or ("", "")
    if owner and row[column] is not None:
        yield Origin(owner, row[column])
    if row.get("event_id") is not None:
        yield Origin("event", row["event_id"])
