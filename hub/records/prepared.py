"""Statements of the hot path: written with SQLAlchemy like all others, compiled once for each
database, and then handed straight to the driver. That saves half of a small statement's cost
(docs/adr/0008-hot-statements.md)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from hub.records import driver
from hub.records.database import Row, Unit

Process = Callable[[Any], Any]

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

    def run(self, unit: Unit, rows: Sequence[Values]) -> None:
        """Run it for each of these; what it gives is not read. A value that all of them share, as the
        same object, is turned into the driver's form once."""
        if rows:
            self._for(unit).run(unit.connection, rows)

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
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}
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

    def run(self, connection: Connection, rows: Sequence[Values]) -> None:
        bound = [_bound(name, process, rows) for name, process in self._bind]
        parameters: list[Any] = list(zip(*bound, strict=True))
        if not self._positional:
            names = [name for name, _ in self._bind]
            parameters = [dict(zip(names, values, strict=True)) for values in parameters]
        with driver.cursor(connection, self._text) as cursor:
            cursor.executemany(self._text, parameters)

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


def _bound(name: str, process: Process | None, rows: Sequence[Values]) -> list[Any]:
    """A column's values in the driver's form."""
    values = [row.get(name) for row in rows]
    if process is None:
        return values
    first = values[0]
    if all(value is first for value in values):
        return [process(first)] * len(values)
    return [process(value) for value in values]


def _binder(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Process | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Process | None:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
