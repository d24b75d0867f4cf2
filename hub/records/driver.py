"""The driver's own cursor, within SQLAlchemy's transaction: what hot statements run on, because it
costs a fraction of SQLAlchemy's (docs/adr/0008-hot-statements.md)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection


@contextmanager
def cursor(connection: Connection, text: str) -> Iterator[Any]:
    """A cursor to run that text. The driver's errors are raised as SQLAlchemy raises them; a lost
    connection is not used again."""
    driver: Any = connection.dialect.loaded_dbapi
    opened = connection.connection.cursor()
    try:
        yield opened
    except driver.Error as error:
        raise _wrapped(connection, text, driver, error) from error
    finally:
        opened.close()


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
