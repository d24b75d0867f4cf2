"""Loss accounting: every id that was answered with a 2xx must be in the database exactly once, as
a record and as an event.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

CHUNK = 5_000
"""Ids per query; SQLite takes 32,766 parameters, PostgreSQL 65,535."""

Application = Literal["hub", "yardstick"]

_transactions = sa.table("transactions", sa.column("external_id", sa.String), sa.column("event_id"))
_hub_events = sa.table(
    "inbound_events", sa.column("id"), sa.column("key", sa.String), sa.column("outcome", sa.String)
)
_yardstick_events = sa.table("events", sa.column("id"))
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
    """Look every acknowledged id up: how often there is a record of it, and how often an event
    that was processed. An id acknowledged twice counts once."""
    ids = list(dict.fromkeys(acknowledged))
    engine = sa.create_engine(database_url)
    try:
        with engine.connect() as connection:
            counts = [_count(connection, query, ids) for query in _queries(application)]
    finally:
        engine.dispose()
    lost = [name for name in ids if any(count[name] == 0 for count in counts)]
    doubled = [name for name in ids if any(count[name] > 1 for count in counts)]
    found = sum(all(count[name] == 1 for count in counts) for name in ids)
    return Account(len(ids), found, len(lost), len(doubled), tuple((lost + doubled)[:5]))


def _count(connection: sa.Connection, query: "_Query", ids: Sequence[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for start in range(0, len(ids), CHUNK):
        names = [query.prefix + name for name in ids[start : start + CHUNK]]
        rows = connection.execute(query.statement.where(query.column.in_(names)))
        counts.update(str(row[0]).removeprefix(query.prefix) for row in rows)
    return counts


@dataclass(frozen=True)
class _Query:
    statement: sa.Select[Any]
    column: sa.ColumnElement[str]
    prefix: str = ""


def _queries(application: Application) -> list[_Query]:
    records = _Query(sa.select(_transactions.c.external_id), _transactions.c.external_id)
    if application == "yardstick":
        joined = sa.join(_transactions, _yardstick_events, _transactions.c.event_id == _yardstick_events.c.id)
        events = sa.select(_transactions.c.external_id).select_from(joined)
        return [records, _Query(events, _transactions.c.external_id)]
    processed = _hub_events.c.outcome == "processed"
    joined = sa.join(_transactions, _hub_events, _transactions.c.event_id == _hub_events.c.id)
    of_record = sa.select(_transactions.c.external_id).select_from(joined).where(processed)
    by_key = sa.select(_hub_events.c.key).where(processed)
    return [
        records,
        _Query(of_record, _transactions.c.external_id),
        _Query(by_key, _hub_events.c.key, _KEY_PREFIX),
    ]
