"""Statements of the hot path: written with SQLAlchemy like all others, compiled once for each
database, and then handed straight to the driver. That saves half of a small statement's cost
(docs/adr/0008-hot-statements.md)."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from hub.records import driver
from hub.records.database import Row, Unit

Process = Callable[[Any], Any]

_VALUES = re.compile(r"VALUES \((.*?)\)(?= ON CONFLICT| RETURNING|$)", re.DOTALL)
_PLACEHOLDER = re.compile(r"%\((\w+)\)s(?:::[A-Z ]+)?")

Values = Mapping[str, Any]
"""Parameters by name: columns of an INSERT, or names of bind parameters."""


class Prepared:
    """A statement, or what makes it for a dialect's name. An INSERT without values takes each of its
    table's columns; one that is missing is NULL. What is bound must be a scalar: no lists."""

    def __init__(self, statement: sa.Executable | Callable[[str], sa.Executable]) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def scalar(self, unit: Unit, values: Values) -> Any:
        """Run it in the unit's transaction: the first column of the first row, or ``None``."""
        return self._for(unit).scalar(unit.connection, values)

    def one(self, unit: Unit, values: Values) -> Row | None:
        """The first row by column name, or ``None``."""
        return next(iter(self.rows(unit, values)), None)

    def rows(self, unit: Unit, values: Values) -> Sequence[Row]:
        """All rows by column name."""
        return self._for(unit).rows(unit.connection, values)

    def column(self, unit: Unit, values: Values) -> list[Any]:
        """The first column of all rows."""
        return self._for(unit).column(unit.connection, values)

    def insert(self, unit: Unit, rows: Sequence[Values], **shared: Any) -> None:
        """Run an INSERT for each of these rows, which have the ``shared`` values too; what it gives is
        not read. With *on conflict* no two of the rows may meet the same row."""
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
        self._texts: dict[tuple[str, ...], str] = {}
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}
        self._kinds = {name: compiled.binds[name].type.compile(dialect=dialect) for name in names}
        self._bind = [(name, _binder(compiled.binds[name].type, dialect)) for name in names]
        self._results = [
            (name, _reader(column.type, dialect)) for name, column in statement.exported_columns.items()
        ]

    def scalar(self, connection: Connection, values: Values) -> Any:
        with driver.cursor(connection, self._text) as cursor:
            cursor.execute(self._text, self._parameters(values))
            row = cursor.fetchone()
        return None if row is None else self._first(row)

    def column(self, connection: Connection, values: Values) -> list[Any]:
        return [self._first(row) for row in self._fetch(connection, values)]

    def rows(self, connection: Connection, values: Values) -> Sequence[Row]:
        return [
            {
                name: value if read is None else read(value)
                for (name, read), value in zip(self._results, row, strict=True)
            }
            for row in self._fetch(connection, values)
        ]

    def insert(self, connection: Connection, rows: Sequence[Values], shared: Values) -> None:
        columns = {
            name: _same(shared[name], process) if name in shared else _column(name, process, rows)
            for name, process in self._bind
        }
        if self._positional:
            self._one_by_one(connection, columns, len(rows))
        else:
            self._at_once(connection, columns)

    def _one_by_one(self, connection: Connection, columns: Mapping[str, "_Column"], count: int) -> None:
        parameters = list(zip(*(column.repeated(count) for column in columns.values()), strict=True))
        with driver.cursor(connection, self._text) as cursor:
            cursor.executemany(self._text, parameters)

    def _at_once(self, connection: Connection, columns: Mapping[str, "_Column"]) -> None:
        """One statement with an array for each column in which the rows differ: one way to the server
        and back, whatever their number."""
        differing = tuple(name for name, column in columns.items() if column.differs)
        text = self._texts.get(differing)
        if text is None:
            text = self._texts[differing] = self._with_arrays(differing)
        with driver.cursor(connection, text) as cursor:
            cursor.execute(text, {name: column.value for name, column in columns.items()})

    def _with_arrays(self, differing: Sequence[str]) -> str:
        """``VALUES (%(a)s, %(b)s)`` as ``SELECT rows.a, %(b)s FROM unnest(%(a)b) AS rows (a)``, the
        arrays in their binary form: in the other one each quote in a text would be escaped."""
        if not differing:
            return self._text
        head, values, tail = _VALUES.split(self._text, maxsplit=1)
        chosen = _PLACEHOLDER.sub(
            lambda found: f'rows."{found[1]}"' if found[1] in differing else found[0], values
        )
        arrays = ", ".join(f"%({name})b::{self._kinds[name]}[]" for name in differing)
        names = ", ".join(f'"{name}"' for name in differing)
        return f"{head}SELECT {chosen} FROM unnest({arrays}) AS rows ({names}){tail}"  # noqa: S608 - no part comes from outside

    def _fetch(self, connection: Connection, values: Values) -> Sequence[Any]:
        with driver.cursor(connection, self._text) as cursor:
            cursor.execute(self._text, self._parameters(values))
            found: Sequence[Any] = cursor.fetchall()
        return found

    def _first(self, row: Any) -> Any:
        _, read = self._results[0]
        return row[0] if read is None else read(row[0])

    def _parameters(self, values: Values) -> Any:
        given = {**self._constants, **values}
        bound = [
            given.get(name) if process is None else process(given.get(name)) for name, process in self._bind
        ]
        if self._positional:
            return bound
        return {name: value for (name, _), value in zip(self._bind, bound, strict=True)}


class _Column(NamedTuple):
    """A column's values in the driver's form: a list, or one value for all rows."""

    value: Any
    differs: bool

    def repeated(self, count: int) -> Sequence[Any]:
        return self.value if self.differs else [self.value] * count


def _same(value: Any, process: Process | None) -> _Column:
    """A column in which the rows agree: its value is turned into the driver's form once."""
    return _Column(value if process is None else process(value), differs=False)


def _column(name: str, process: Process | None, rows: Sequence[Values]) -> _Column:
    values = [row.get(name) for row in rows]
    if values.count(values[0]) == len(values):
        return _same(values[0], process)
    return _Column(values if process is None else [process(value) for value in values], differs=True)


def _binder(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Process | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Process | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
