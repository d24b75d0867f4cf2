"""Writes many rows fast: COPY on PostgreSQL, unsynchronised batches on SQLite. For databases that
a benchmark has made and will throw away.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa

Row = Mapping[str, Any]
Write = Callable[[sa.Table, Sequence[Row]], None]


@contextmanager
def writer(engine: sa.Engine) -> Iterator[Write]:
    """A function that adds rows to a table, for as long as the block lasts; afterwards the
    database is as tidy as after a quiet night."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            yield lambda table, rows: _copy(connection, table, rows)
    else:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA synchronous=OFF")
            connection.commit()
            yield lambda table, rows: _insert(connection, table, rows)
    _tidy_up(engine)


def _insert(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    connection.execute(sa.insert(table), list(rows))
    connection.commit()


def _copy(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """By way of a table of this connection's own: into one with row-level security there is no COPY."""
    quote = connection.dialect.identifier_preparer.quote
    names = list(rows[0])
    columns, name, way = ", ".join(map(quote, names)), quote(table.name), quote(f"bulk_{table.name}")
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {way} (LIKE {name}) ON COMMIT DELETE ROWS")
        with cursor.copy(f"COPY {way} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([row[column] for column in names])
        cursor.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {way}")
    connection.commit()
    driver.commit()


def _tidy_up(engine: sa.Engine) -> None:
    """What autovacuum and SQLite's checkpoints would have done long since."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("VACUUM ANALYZE")
            with suppress(sa.exc.ProgrammingError):  # CHECKPOINT is for superusers
                connection.exec_driver_sql("CHECKPOINT")
        else:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
