"""A tenant's rows page by page for programs: newest first, each page from the id behind which it goes on, so
that what is added meanwhile shifts nothing.

What no index knows is looked for among so many of the newest rows at once (``scanning``); then a page may
hold less than was asked for, and still go on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records import scanning
from hub.records.applying.customers import email_key
from hub.records.database import Row, Unit
from hub.records.listing import KINDS, SINGULAR
from hub.support.ids import earliest_id

LATENESS = timedelta(days=1)
"""An id is made after the instant that ``created_at`` tells; clocks may disagree by so much."""

_TABLES = {**KINDS, "ticket_messages": SINGULAR["ticket_message"]}

INDEXED: Mapping[str, frozenset[str]] = {
    "orders": frozenset({"status"}),
    "tickets": frozenset({"status"}),
    "invoices": frozenset({"status"}),
}
"""By which columns the database finds a kind's rows in the order of their ids."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is looked for: all that is given must be true of a row. ``equal`` holds values by column, where
    ``None`` asks for nothing; ``email`` is an address in any case; ``within`` is the record that the rows
    belong to: its kind and its id."""

    since: datetime | None = None
    until: datetime | None = None
    email: str | None = None
    within: tuple[str, UUID] | None = None
    equal: Mapping[str, Any] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, Any]:
        """What the columns must hold."""
        return {name: value for name, value in self.equal.items() if value is not None}


@dataclass(frozen=True)
class Found:
    """A page, and the id behind which the next one begins, if there may be one."""

    rows: Sequence[Row]
    further: UUID | None


def page(unit: Unit, kind: str, tenant_id: UUID, wanted: Wanted, *, before: UUID | None, limit: int) -> Found:
    """A tenant's rows of a kind that match. Raises KeyError for an unknown kind or column."""
    source = _TABLES[kind]
    scope = [*_whose(source, tenant_id, wanted), *_by_index(kind, source, wanted)]
    if before is not None:
        scope.append(source.c.id < before)
    looked_for = [*_by_looking(kind, source, wanted)]
    edge = scanning.edge(unit, source.c.id, *scope) if looked_for else None
    if edge is not None:
        scope.append(source.c.id >= edge)
    query = sa.select(source).where(*scope, *looked_for).order_by(source.c.id.desc())
    return cut(unit.rows(query.limit(limit + 1)), limit, edge)


def cut(rows: Sequence[Row], limit: int, edge: UUID | None = None) -> Found:
    """A page of ``limit`` rows, of one more that were read; ``edge`` is the last row that was looked at."""
    if len(rows) > limit:
        return Found(rows[:limit], rows[limit - 1]["id"])
    return Found(rows, edge)


def one(unit: Unit, kind: str, tenant_id: UUID, its_id: UUID) -> Row | None:
    """One of the tenant's rows of a kind."""
    source = _TABLES[kind]
    return unit.one(sa.select(source).where(source.c.id == its_id, source.c.tenant_id == tenant_id))


def onward(
    unit: Unit, kind: str, tenant_id: UUID, wanted: Wanted, *, after: UUID | None, up_to: UUID, limit: int
) -> Sequence[Row]:
    """A tenant's rows of a kind from the oldest on, behind ``after``; of what is wanted the time counts."""
    source = _TABLES[kind]
    scope = [source.c.tenant_id == tenant_id, source.c.id <= up_to, *_by_index(kind, source, wanted)]
    if after is not None:
        scope.append(source.c.id > after)
    if wanted.until is not None:
        scope.append(source.c.created_at < wanted.until)
    return unit.rows(sa.select(source).where(*scope).order_by(source.c.id).limit(limit))


def _whose(source: sa.Table, tenant_id: UUID, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    """The tenant's rows. Of those within a record the record is asked for the tenant: were it the rows,
    SQLite would go through all that the tenant has."""
    if wanted.within is None:
        return [source.c.tenant_id == tenant_id]
    kind, its_id = wanted.within
    owner = SINGULAR[kind]
    mine = sa.select(owner.c.id).where(owner.c.id == its_id, owner.c.tenant_id == tenant_id)
    return [source.c[f"{kind}_id"] == mine.scalar_subquery()]


def _by_index(kind: str, source: sa.Table, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    known = INDEXED.get(kind, frozenset())
    conditions = [source.c[name] == value for name, value in wanted.values.items() if name in known]
    if wanted.since is not None:
        conditions.append(source.c.id >= earliest_id(wanted.since - LATENESS))
        conditions.append(source.c.created_at >= wanted.since)
    if wanted.email is not None and "email_key" in source.c:
        conditions.append(source.c.email_key == email_key(wanted.email))
    return conditions


def _by_looking(kind: str, source: sa.Table, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    known = INDEXED.get(kind, frozenset())
    conditions = [source.c[name] == value for name, value in wanted.values.items() if name not in known]
    if wanted.until is not None:
        conditions.append(source.c.created_at < wanted.until)
    if wanted.email is not None and "email_key" not in source.c:
        conditions.append(sa.func.lower(source.c.email) == email_key(wanted.email))
    return conditions
