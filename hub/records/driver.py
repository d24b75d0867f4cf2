"""The driver's own cursor, within SQLAlchemy's transaction: what hot statements run on, because it
costs a fraction of SQLAlchemy's (docs/adr/0008-hot-statements.md)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

KEPT = "hub_cursor"
"""By this name SQLAlchemy keeps the cursor for us, as long as it keeps the connection."""


def run(connection: Connection, text: str, parameters: Any = ()) -> None:
    """Run a text; what it gives is not read. The driver's errors are raised as SQLAlchemy raises them; a lost
    connection is not used again."""
    try:
        _cursor(connection).execute(text, parameters)
    except _error(connection) as error:
        raise _wrapped(connection, text, error) from error


def fetch(connection: Connection, text: str, parameters: Any) -> Sequence[Any]:
    """All rows that a text gives. Raises what ``run`` raises."""
    try:
        cursor = _cursor(connection)
        cursor.execute(text, parameters)
        found: Sequence[Any] = cursor.fetchall()
    except _error(connection) as error:
        raise _wrapped(connection, text, error) from error
    return found


def run_several(connection: Connection, texts: str) -> None:
    """Run several statements in one message to the server, on PostgreSQL: it can not prepare them. Raises
    what ``run`` raises."""
    try:
        _cursor(connection).execute(texts, prepare=False)
    except _error(connection) as error:
        raise _wrapped(connection, texts, error) from error


def _cursor(connection: Connection) -> Any:
    """The connection's own, opened once: to open one costs as much as to bind a small statement."""
    raw = connection.connection
    kept = raw.info.get(KEPT)
    if kept is None:
        kept = raw.info[KEPT] = raw.cursor()
    return kept


def _error(connection: Connection) -> type[Exception]:
    """What all errors of the driver are."""
    found: type[Exception] = connection.dialect.loaded_dbapi.Error
    return found


def _wrapped(connection: Connection, text: str, error: Exception) -> Exception:
    lost = connection.dialect.is_disconnect(error, connection.connection, None)  # type: ignore[arg-type] # the pool's proxy will do
    if lost:
        connection.invalidate(error)
    return sa.exc.DBAPIError.instance(
        text,
        None,
        error,
        _error(connection),
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=connection.dialect,
    )
