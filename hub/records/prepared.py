"""Statements of the hot path: written with SQLAlchemy like all others, compiled once for each
database, and then handed straight to the driver. That saves half of a small statement's cost
(docs/adr/0008-hot-statements.md)."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlmodel import UTCDateTime

from hub.records import driver
from hub.records.database import Row, Unit

Process = Callable[[Any], Any]

_VALUES = re.compile(r"VALUES \((.*?)\)(?= ON CONFLICT| RETURNING|$)", re.DOTALL)
_PLACEHOLDER = re.compile(r"%\((\w+)\)s(?:::[A-Z ]+)?")

MOST_ROWS, MOST_VALUES = 500, 32
"""How many rows one statement inserts on PostgreSQL, and on SQLite, where each number of rows is a statement
of its own that is kept."""

Values = Mapping[str, Any]
"""Parameters by name: columns of an INSERT, or names of bind parameters."""


class Prepared:
    """A statement, or what makes it for a dialect's name. An INSERT without values takes each of its
    table's columns; one that is missing is NULL. What is bound must be a scalar: no lists."""

    def __init__(self, statement: sa.Executable | Callable[[str], sa.Executable]) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, unit: Unit, values: Values) -> None:
        """Run it in the unit's transaction. What it gives is not read."""
        self._for(unit).run(unit.connection, values)

    def scalar(self, unit: Unit, values: Values) -> Any:
        """Run it in the unit's transaction: the first column of the first row, or ``None``."""
        return self._for(unit).scalar(unit.connection, values)

    def one(self, unit: Unit, values: Values) -> Row | None:
        """The first row by column name, or ``None``."""
        return next(iter(self.rows(unit, values)), None)

    def rows(self, unit: Unit, values: Values) -> Sequence[Row]:
        """All rows by column name."""
        return self._for(unit).rows(unit.connection, values)

    def insert(self, unit: Unit, rows: Sequence[Values], **shared: Any) -> None:
        """Insert these rows, which all name the same columns and have the ``shared`` values too; a column
        that is missing is NULL. What the statement gives is not read. With *on conflict* no two of the rows
        may meet the same row. Raises ValueError if a row names other columns than the first."""
        if rows:
            self._for(unit).insert(unit.connection, rows, shared)

    def _for(self, unit: Unit) -> "_Compiled":
        compiled = self._compiled.get(unit.dialect)
        if compiled is None:
            made = self._statement(unit.dialect) if callable(self._statement) else self._statement
            compiled = _Compiled(made, unit.connection.dialect)
            self._compiled[unit.dialect] = compiled
        return compiled


class _Compiled:
    """One statement's text for one driver, with what each value must go through."""

    def __init__(self, statement: Any, dialect: Dialect) -> None:
        compiled: SQLCompiler = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._positional = compiled.positiontup is not None
        names = compiled.positiontup if compiled.positiontup is not None else list(compiled.params)
        self._texts: dict[tuple[tuple[str, ...], int], str] = {}
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}
        self._kinds = {name: compiled.binds[name].type.compile(dialect=dialect) for name in names}
        self._names = list(names)
        self._binders = _known((name, _binder(compiled.binds[name].type, dialect)) for name in names)
        self._found = list(statement.exported_columns.keys())
        self._readers = _known(
            (name, _reader(column.type, dialect)) for name, column in statement.exported_columns.items()
        )

    def run(self, connection: Connection, values: Values) -> None:
        driver.run(connection, self._text, self._parameters(values))

    def scalar(self, connection: Connection, values: Values) -> Any:
        return next(map(self._first, self._fetch(connection, values)), None)

    def rows(self, connection: Connection, values: Values) -> Sequence[Row]:
        rows = [dict(zip(self._found, row, strict=True)) for row in self._fetch(connection, values)]
        for row in rows:
            for name, read in self._readers.items():
                row[name] = read(row[name])
        return rows

    def insert(self, connection: Connection, rows: Sequence[Values], shared: Values) -> None:
        most = MOST_VALUES if self._positional else MOST_ROWS
        for start in range(0, len(rows), most):
            part = rows[start : start + most]
            if len(part) == 1:
                self.run(connection, {**shared, **part[0]})
            else:
                self._insert_several(connection, part, shared)

    def _insert_several(self, connection: Connection, rows: Sequence[Values], shared: Values) -> None:
        """One statement whatever their number: one way to the server, and one step of SQLite."""
        common, differing = self._sorted(rows, shared)
        text = self._for_rows(tuple(differing), len(rows))
        parameters: Any = common | differing
        if self._positional:
            parameters = [*chain.from_iterable(zip(*differing.values(), strict=True)), *common.values()]
        driver.run(connection, text, parameters)

    def _sorted(self, rows: Sequence[Values], shared: Values) -> tuple[dict[str, Any], dict[str, list[Any]]]:
        """What is bound once for all rows, and what for each of them."""
        common: dict[str, Any] = {}
        differing: dict[str, list[Any]] = {}
        if any(row.keys() != rows[0].keys() for row in rows):
            raise ValueError("the rows name different columns")
        own = rows[0].keys() - shared.keys()
        for name in self._names:
            process = self._binders.get(name, _as_it_is)
            if name not in own:
                common[name] = process(shared.get(name))
                continue
            values = [row[name] for row in rows]
            if values[0] == values[-1] and values.count(values[0]) == len(values):
                common[name] = process(values[0])
            else:
                differing[name] = list(map(process, values))
        return common, differing

    def _for_rows(self, differing: tuple[str, ...], count: int) -> str:
        key = (differing, count if self._positional else 0)
        text = self._texts.get(key)
        if text is None:
            text = self._with_values(differing, count) if self._positional else self._with_arrays(differing)
            self._texts[key] = text
        return text

    def _with_values(self, differing: Sequence[str], count: int) -> str:
        """``VALUES (?, ?)`` as ``SELECT rows."a", ? FROM rows``, where ``rows`` are the values that differ.
        Without *true* SQLite would take what follows for the condition of a join."""
        head, values, tail = _VALUES.split(self._text, maxsplit=1)
        chosen = ", ".join(
            f'rows."{name}"' if name in differing else value
            for name, value in zip(self._names, values.split(", "), strict=False)
        )
        marks = f"({', '.join('?' * len(differing))})"
        told = ", ".join(f'"{name}"' for name in differing)
        rows = f"WITH rows ({told}) AS (VALUES {', '.join([marks] * count)})"
        return f"{rows} {head}SELECT {chosen} FROM rows WHERE true{tail}"  # noqa: S608 - no part comes from outside

    def _with_arrays(self, differing: Sequence[str]) -> str:
        """``VALUES (%(a)s, %(b)s)`` as ``SELECT rows.a, %(b)s FROM unnest(%(a)b) AS rows (a)``, the
        arrays in their binary form: in the other one each quote in a text would be escaped."""
        head, values, tail = _VALUES.split(self._text, maxsplit=1)
        chosen = _PLACEHOLDER.sub(
            lambda found: f'rows."{found[1]}"' if found[1] in differing else found[0], values
        )
        arrays = ", ".join(f"%({name})b::{self._kinds[name]}[]" for name in differing)
        names = ", ".join(f'"{name}"' for name in differing)
        return f"{head}SELECT {chosen} FROM unnest({arrays}) AS rows ({names}){tail}"  # noqa: S608 - no part comes from outside

    def _fetch(self, connection: Connection, values: Values) -> Sequence[Any]:
        return driver.fetch(connection, self._text, self._parameters(values))

    def _first(self, row: Any) -> Any:
        return self._readers.get(self._found[0], _as_it_is)(row[0])

    def _parameters(self, values: Values) -> Any:
        given = {**self._constants, **values}
        for name, process in self._binders.items():
            given[name] = process(given.get(name))
        if self._positional:
            return list(map(given.get, self._names))
        return {name: given.get(name) for name in self._names}


def _known(found: Iterable[tuple[str, Process | None]]) -> dict[str, Process]:
    """Those values that must go through something."""
    return {name: process for name, process in found if process is not None}


def _as_it_is(value: Any) -> Any:
    return value


def _binder(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Process | None:
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    return _remembering("bind", kind, dialect, process) if isinstance(kind, UTCDateTime) else process


def _reader(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Process | None:
    process = kind.dialect_impl(dialect).result_processor(dialect, None)
    return _remembering("read", kind, dialect, process) if isinstance(kind, sa.Uuid) else process


def _remembering(
    way: str, kind: sa.types.TypeEngine[Any], dialect: Dialect, process: Process | None
) -> Process | None:
    """One memory for all columns of a kind. A sale binds the instant of its arrival a dozen times; ids of
    tenants, members and plans come with every sale."""
    if process is None:
        return None
    return _remembered.setdefault((way, type(kind), dialect.name), lru_cache(MOST_REMEMBERED)(process))


MOST_REMEMBERED = 4096
_remembered: dict[tuple[str, type, str], Process] = {}
