"""The driver's own cursor, within SQLAlchemy's transaction: what hot statements run on, because it
costs a fraction of SQLAlchemy's (docs/adr/0008-hot-statements.md)."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

KEPT = "hub_cursor"
"""By this name SQLAlchemy keeps the cursor for us, as long as it keeps the connection."""


class cursor:  # noqa: N801 - it is used as a function, and called for each statement: a generator costs more
    """The connection's cursor to run that text, in a ``with`` block. It is opened once and kept with the
    connection: whoever uses it fetches all that a statement gives. The driver's errors are raised as
    SQLAlchemy raises them; a lost connection is not used again."""

    __slots__ = ("_connection", "_text")

    def __init__(self, connection: Connection, text: str) -> None:
        self._connection, self._text = connection, text

    def __enter__(self) -> Any:
        connection = self._connection.connection
        kept = connection.info.get(KEPT)
        if kept is None:
            kept = connection.info[KEPT] = connection.cursor()
        return kept

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None:
            return
        driver: Any = self._connection.dialect.loaded_dbapi
        if isinstance(error, driver.Error):
            raise _wrapped(self._connection, self._text, driver, error) from error


def run(connection: Connection, text: str) -> None:
    """Run a text without parameters that gives nothing."""
    with cursor(connection, text) as opened:
        opened.execute(text)


def run_several(connection: Connection, texts: str) -> None:
    """Run several statements in one message to the server, on PostgreSQL: it can not prepare them."""
    with cursor(connection, texts) as opened:
        opened.execute(texts, prepare=False)


def _wrapped(connection: Connection, text: str, driver: Any, error: Exception) -> Exception:
    lost = connection.dialect.is_disconnect(error, connection.connection, None)  # type: ignore[arg-type] # the pool's proxy will do
    if lost:
        connection.invalidate(error)
    return sa.exc.DBAPIError.instance(
        text,
        None,
        error,
        driver.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=connection.dialect,
    )
