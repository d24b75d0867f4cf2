"""Loss accounting: every id that was answered with a 2xx must be in the database exactly once, as
a record and as an event, with each of its effects; and every delivery must have arrived.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeVar
from uuid import UUID

import sqlalchemy as sa

from hub.records.reach import whole

CHUNK = 5_000
"""Ids per query; SQLite takes 32,766 parameters, PostgreSQL 65,535."""

LEVELS = 10
"""Levels of sponsors above the seller of each sale."""

MEMBERS = 20
"""Members who are told of each sale."""

Application = Literal["hub", "hub with effects", "yardstick"]

_transactions = sa.table(
    "transactions", sa.column("id"), sa.column("external_id", sa.String), sa.column("event_id")
)
_lines = sa.table("commissions_lines", sa.column("transaction_id"), sa.column("level", sa.Integer))
_notifications = sa.table(
    "notifications", sa.column("record_kind", sa.String), sa.column("record_id"), sa.column("member_id")
)
_deliveries = sa.table("deliveries", sa.column("id", sa.Uuid), sa.column("state", sa.String))
_hub_events = sa.table(
    "inbound_events", sa.column("id"), sa.column("key", sa.String), sa.column("outcome", sa.String)
)
_yardstick_events = sa.table("events", sa.column("id"))
IdT = TypeVar("IdT")
_KEY_PREFIX = "transaction.created:"


@dataclass(frozen=True, slots=True)
class Account:
    """The books of one run. ``lost`` and ``doubled`` must be zero."""

    acknowledged: int = 0
    found: int = 0
    lost: int = 0
    doubled: int = 0
    examples: tuple[str, ...] = ()

    @property
    def balanced(self) -> bool:
        """Whether every acknowledged request is there exactly once."""
        return self.lost == 0 and self.doubled == 0 and self.found == self.acknowledged

    def __add__(self, other: "Account") -> "Account":
        return Account(
            self.acknowledged + other.acknowledged,
            self.found + other.found,
            self.lost + other.lost,
            self.doubled + other.doubled,
            (self.examples + other.examples)[:5],
        )


def account(database_url: str, application: Application, acknowledged: Sequence[str]) -> Account:
    """Look every acknowledged id up: how often there is a record of it, how often an event that was
    processed, and how many of its effects. An id acknowledged twice counts once."""
    ids = list(dict.fromkeys(acknowledged))
    with connected(database_url) as connection:
        counts = [(query.expected, _count(connection, query, ids)) for query in _queries(application)]
    return balance(ids, counts)


def balance(acknowledged: Sequence[str], counts: Sequence[tuple[int, Counter[str]]]) -> Account:
    """The books of ids that must each have been counted so often. One acknowledged twice counts once."""
    ids = list(dict.fromkeys(acknowledged))
    lost = [name for name in ids if any(count[name] < expected for expected, count in counts)]
    doubled = [name for name in ids if any(count[name] > expected for expected, count in counts)]
    found = sum(all(count[name] == expected for expected, count in counts) for name in ids)
    return Account(len(ids), found, len(lost), len(doubled), tuple((lost + doubled)[:5]))


def account_deliveries(database_url: str, ids: Sequence[UUID], came: Sequence[tuple[str, str]]) -> Account:
    """Whether each delivery arrived and is done in the table. Doubled is what came under an id that is
    no delivery's, or in two forms under one id, or under two ids; the same again is no fault."""
    with connected(database_url) as connection:
        done = _done(connection, ids)
    arrived = {name for name, _ in came}
    lost = [str(one) for one in ids if one not in done or str(one) not in arrived]
    pairs = set(came)
    forms, bodies = Counter(name for name, _ in pairs), Counter(digest for _, digest in pairs)
    known = {str(one) for one in ids}
    doubled = [name for name, digest in pairs if name not in known or forms[name] > 1 or bodies[digest] > 1]
    return Account(len(ids), len(ids) - len(lost), len(lost), len(doubled), tuple((lost + doubled)[:5]))


def _done(connection: sa.Connection, ids: Sequence[UUID]) -> set[UUID]:
    query = sa.select(_deliveries.c.id).where(_deliveries.c.state == "done")
    found: set[UUID] = set()
    for some in batched(ids):
        found.update(connection.scalars(query.where(_deliveries.c.id.in_(some))))
    return found


@contextmanager
def connected(database_url: str) -> Iterator[sa.Connection]:
    """A connection that reaches the rows of all tenants."""
    engine = sa.create_engine(whole(database_url))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _count(connection: sa.Connection, query: "_Query", ids: Sequence[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for some in batched(ids):
        names = [query.prefix + name for name in some]
        rows = connection.execute(query.statement.where(query.column.in_(names)))
        counts.update(str(row[0]).removeprefix(query.prefix) for row in rows)
    return counts


def batched(ids: Sequence[IdT]) -> Iterator[Sequence[IdT]]:
    """As many at a time as a query takes."""
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


@dataclass(frozen=True)
class _Query:
    """Gives an id so many times as is ``expected`` of each."""

    statement: sa.Select[Any]
    column: sa.ColumnElement[str]
    prefix: str = ""
    expected: int = 1


def _queries(application: Application) -> list[_Query]:
    if application == "yardstick":
        return [_records(), _joined_to_events()]
    return [*_of_hub(), *(_of_effects() if application == "hub with effects" else ())]


def _records() -> _Query:
    return _Query(sa.select(_transactions.c.external_id), _transactions.c.external_id)


def _joined_to_events() -> _Query:
    joined = sa.join(_transactions, _yardstick_events, _transactions.c.event_id == _yardstick_events.c.id)
    return _Query(sa.select(_transactions.c.external_id).select_from(joined), _transactions.c.external_id)


def _of_hub() -> list[_Query]:
    processed = _hub_events.c.outcome == "processed"
    joined = sa.join(_transactions, _hub_events, _transactions.c.event_id == _hub_events.c.id)
    of_record = sa.select(_transactions.c.external_id).select_from(joined).where(processed)
    by_key = sa.select(_hub_events.c.key).where(processed)
    return [
        _records(),
        _Query(of_record, _transactions.c.external_id),
        _Query(by_key, _hub_events.c.key, _KEY_PREFIX),
    ]


def _of_effects() -> list[_Query]:
    """A line for each level from 0 on and nothing besides, a notification for each member."""
    external_id = _transactions.c.external_id
    lines = sa.join(_transactions, _lines, _lines.c.transaction_id == _transactions.c.id)
    told = sa.join(
        _transactions,
        _notifications,
        sa.and_(
            _notifications.c.record_kind == "transaction", _notifications.c.record_id == _transactions.c.id
        ),
    )
    line = sa.select(external_id).select_from(lines)
    level = sa.select(external_id, _lines.c.level).select_from(lines).distinct()
    notification = sa.select(external_id).select_from(told)
    member = sa.select(external_id, _notifications.c.member_id).select_from(told).distinct()
    levels = level.where(_lines.c.level.between(0, LEVELS))
    return [
        *(_Query(query, external_id, expected=LEVELS + 1) for query in (line, levels)),
        *(_Query(query, external_id, expected=MEMBERS) for query in (notification, member)),
    ]
