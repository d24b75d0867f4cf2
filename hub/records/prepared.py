"""Statements of the hot path: written with SQLAlchemy like all others, compiled once for each
database, and then handed straight to the driver. That saves half of a small statement's cost
(docs/adr/0008-hot-statements.md)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from hub.records.database import Unit

Process = Callable[[Any], Any]


class Prepared:
    """A statement that inserts a row or reads by parameters, and gives at most one column.

    ``build`` makes the statement for a dialect's name; ``columns`` are its parameters, each with
    the type by which it is bound.
    """

    def __init__(self, build: Callable[[str], sa.Executable], columns: Sequence[sa.Column[Any]]) -> None:
        self._build = build
        self._columns = {column.name: column.type for column in columns}
        self._compiled: dict[str, _Compiled] = {}

    def scalar(self, unit: Unit, values: Mapping[str, Any]) -> Any:
        """Run it in the unit's transaction: the first column of the first row, or ``None``."""
        return self._for(unit).scalar(unit.connection, values)

    def many(self, unit: Unit, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it for each of these rows, one after the other; what it gives is not read."""
        self._for(unit).many(unit.connection, rows)

    def _for(self, unit: Unit) -> "_Compiled":
        compiled = self._compiled.get(unit.dialect)
        if compiled is None:
            dialect = unit.connection.dialect
            compiled = _Compiled(self._build(dialect.name), dialect, self._columns)
            self._compiled[unit.dialect] = compiled
        return compiled


class _Compiled:
    """One statement's text for one driver, with what each value must go through."""

    def __init__(
        self, statement: Any, dialect: Dialect, types: Mapping[str, sa.types.TypeEngine[Any]]
    ) -> None:
        compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=list(types))
        self._driver: Any = dialect.loaded_dbapi
        self._text = str(compiled)
        self._positional = compiled.positiontup
        names = self._positional if self._positional is not None else list(compiled.params)
        self._bind = [(name, _binder(types[name], dialect)) for name in names]
        self._result = _reader(statement, dialect)

    def scalar(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        with self._cursor(connection) as cursor:
            cursor.execute(self._text, self._parameters(values))
            row = cursor.fetchone()
        if row is None:
            return None
        return self._result(row[0]) if self._result is not None else row[0]

    def many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        with self._cursor(connection) as cursor:
            cursor.executemany(self._text, [self._parameters(row) for row in rows])

    @contextmanager
    def _cursor(self, connection: Connection) -> Iterator[Any]:
        cursor = connection.connection.cursor()
        try:
            yield cursor
        except self._driver.Error as error:
            raise self._wrapped(connection, error) from error
        finally:
            cursor.close()

    def _wrapped(self, connection: Connection, error: Exception) -> Exception:
        """The driver's error as SQLAlchemy raises it; a lost connection is not used again."""
        lost = connection.dialect.is_disconnect(error, connection.connection, None)  # type: ignore[arg-type]
        if lost:
            connection.invalidate(error)
        return sa.exc.DBAPIError.instance(
            self._text,
            None,
            error,
            self._driver.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=connection.dialect,
        )

    def _parameters(self, values: Mapping[str, Any]) -> Any:
        bound = [
            values.get(name) if process is None else process(values.get(name)) for name, process in self._bind
        ]
        if self._positional is not None:
            return bound
        return {name: value for (name, _), value in zip(self._bind, bound, strict=True)}


def _binder(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> Process | None:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(statement: Any, dialect: Dialect) -> Process | None:
    """How the one column is read; an INSERT that gives nothing has none."""
    column: sa.ColumnElement[Any] | None = next(iter(statement.exported_columns), None)
    return column.type.dialect_impl(dialect).result_processor(dialect, None) if column is not None else None
