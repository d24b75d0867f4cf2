"""Fills a database fast with rows as the hub itself makes them: whatever a few real requests (or
commands) left behind in all tables is copied many times over, with ids, dates and names of its own
for each copy. So the rows are right even after the tables change.
"""

import random
import re
import secrets
import time
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bench.bulk import Row, writer

BATCH = 2_000
"""Copies per transaction."""

SPELT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""An id as texts have it."""

Snapshot = Mapping[str, set[tuple[Any, ...]]]


@dataclass(frozen=True)
class Copy:
    """What one copy puts in place of the template's ids, marker and dates."""

    number: int
    marker: str
    ids: Mapping[Any, Any]
    age: timedelta


Maker = Callable[[Copy], Any]


@dataclass(frozen=True)
class Plan:
    """How the rows of one table are made: for each row of the template a maker per column."""

    table: sa.Table
    rows: Sequence[Mapping[str, Maker]]


class Template:
    """The rows that came into the database since ``snapshot``; ``marker`` is the text in them by
    which one copy differs from the next. Rows of the tables in ``without`` are not copied."""

    def __init__(
        self, engine: sa.Engine, before: Snapshot, marker: str, *, without: Collection[str] = ()
    ) -> None:
        self.marker = marker
        tables = [table for table in _reflect(engine).sorted_tables if table.name not in without]
        with engine.connect() as connection:
            found = {table: _new_rows(connection, table, before) for table in tables}
            self._ids = {
                row[name] for table, rows in found.items() for name in _own_ids(table) for row in rows
            }
            self._spelt = {str(uuid.UUID(str(one))): one for one in self._ids}
            own = {table: [row for row in rows if self._is_own(table, row)] for table, rows in found.items()}
            self._plans = [self._plan(connection, table, rows) for table, rows in own.items() if rows]

    @property
    def rows(self) -> dict[str, int]:
        """How many rows of each table one copy adds."""
        return {plan.table.name: len(plan.rows) for plan in self._plans}

    def clone(self, engine: sa.Engine, count: int, name: Callable[[int], str], spacing: timedelta) -> None:
        """Add ``count`` copies; copy ``n`` is called ``name(n)`` and is ``spacing`` younger than
        the one before, the last as young as the template."""
        with writer(engine) as write:
            for start in range(0, count, BATCH):
                numbers = range(start, min(start + BATCH, count))
                copies = [self._copy(n, name(n), spacing * (count - 1 - n)) for n in numbers]
                for plan in self._plans:
                    write(plan.table, [_filled(row, copy) for copy in copies for row in plan.rows])

    def _is_own(self, table: sa.Table, row: Row) -> bool:
        """Whether it is not merely what was noted later about a row from before, of which there is one."""
        keys = list(table.primary_key.columns)
        return len(keys) != 1 or not keys[0].foreign_keys or row[keys[0].name] in self._ids

    def _copy(self, number: int, marker: str, age: timedelta) -> Copy:
        moment = int((time.time() - age.total_seconds()) * 1000)
        return Copy(number, marker, {old: _like(old, _uuid7(moment)) for old in self._ids}, age)

    def _plan(self, connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> Plan:
        counted = {name: _highest(connection, table.c[name]) for name in _unique(table, sa.Integer)}
        random_texts = _unique(table, sa.String)
        made = []
        for index, row in enumerate(rows):
            makers = {name: self._maker(value) for name, value in row.items()}
            for name, highest in counted.items():
                makers[name] = _counter(highest + 1 + index, len(rows))
            for name in random_texts:
                if self._is_random(row[name]):
                    makers[name] = _random_like(row[name])
            made.append(makers)
        return Plan(table, made)

    def _is_random(self, value: Any) -> bool:
        """Whether it neither names a row nor holds the template's name, and so must not come twice."""
        return isinstance(value, str) and value not in self._ids and self.marker not in value

    def _maker(self, value: Any) -> Maker:
        if isinstance(value, uuid.UUID | str) and value in self._ids:
            return lambda copy: copy.ids[value]
        if isinstance(value, datetime):
            return lambda copy: value - copy.age
        if isinstance(value, memoryview):
            value = bytes(value)
        if isinstance(value, str) and self._names_something(value):
            return lambda copy: self._renamed(value, copy)
        if isinstance(value, bytes) and self.marker.encode() in value:
            return lambda copy: value.replace(self.marker.encode(), copy.marker.encode())
        return lambda _: value

    def _names_something(self, text: str) -> bool:
        """Whether the marker stands in it or an id, as in a key that is made of one."""
        return self.marker in text or any(found in self._spelt for found in SPELT.findall(text))

    def _renamed(self, text: str, copy: Copy) -> str:
        def respelt(found: re.Match[str]) -> str:
            known = self._spelt.get(found[0])
            return found[0] if known is None else str(uuid.UUID(str(copy.ids[known])))

        return SPELT.sub(respelt, text).replace(self.marker, copy.marker)


def snapshot(engine: sa.Engine) -> Snapshot:
    """The primary keys of all rows that are there now."""
    with engine.connect() as connection:
        return {
            table.name: {tuple(row) for row in connection.execute(sa.select(*table.primary_key.columns))}
            for table in _reflect(engine).sorted_tables
            if table.primary_key.columns
        }


def _reflect(engine: sa.Engine) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.event.listen(metadata, "column_reflect", _json_as_text)
    metadata.reflect(engine)
    return metadata


def _json_as_text(_inspector: Any, _table: Any, column: Any) -> None:
    if isinstance(column["type"], sa.JSON):
        column["type"] = sa.Text()
        column["info"] = {"json": True}


def _new_rows(connection: sa.Connection, table: sa.Table, before: Snapshot) -> list[Row]:
    columns = [
        sa.cast(column, sa.Text).label(column.name) if column.info.get("json") else column
        for column in table.columns
    ]
    keys = [column.name for column in table.primary_key.columns]
    known = before.get(table.name, set())
    rows = connection.execute(sa.select(*columns)).mappings()
    return [dict(row) for row in rows if tuple(row[key] for key in keys) not in known]


def _own_ids(table: sa.Table) -> list[str]:
    """Columns whose values name a row of this table: UUID keys that point nowhere else."""
    return [
        column.name
        for column in table.primary_key.columns
        if not column.foreign_keys and (isinstance(column.type, sa.Uuid) or _is_char32(column.type))
    ]


def _is_char32(kind: sa.types.TypeEngine[Any]) -> bool:
    return isinstance(kind, sa.String) and kind.length == 32  # SQLite's form of a UUID


def _unique(table: sa.Table, kind: type[sa.types.TypeEngine[Any]]) -> list[str]:
    """Columns of that type in which no value may come twice."""
    sets: list[list[sa.Column[Any]]] = [
        list(constraint.columns)
        for constraint in table.constraints
        if isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
    ]
    sets += [list(index.columns) for index in table.indexes if index.unique]
    alone = [columns[0] for columns in sets if len(columns) == 1]
    return [column.name for column in alone if isinstance(column.type, kind) and not column.foreign_keys]


def _highest(connection: sa.Connection, column: sa.Column[Any]) -> int:
    return connection.scalar(sa.select(sa.func.max(column))) or 0


def _counter(first: int, step: int) -> Maker:
    return lambda copy: first + copy.number * step


def _random_like(value: str) -> Maker:
    return lambda _: secrets.token_hex(len(value) // 2)


def _filled(row: Mapping[str, Maker], copy: Copy) -> dict[str, Any]:
    return {name: make(copy) for name, make in row.items()}


def _uuid7(milliseconds: int) -> uuid.UUID:
    filling = random.getrandbits(74)
    high, low = filling >> 62, filling & (1 << 62) - 1
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low)


def _like(old: Any, new: uuid.UUID) -> Any:
    return new if isinstance(old, uuid.UUID) else new.hex
