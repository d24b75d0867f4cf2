"""Whether the migrations make exactly the tables that the code declares, on SQLite and, where
HUB_TEST_POSTGRES_URL names a server, on PostgreSQL."""

import io
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.util import CommandError

from hub.records.migrating import alembic_config, upgrade


@contextmanager
def sqlite_address() -> Iterator[str]:
    """A SQLite file that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'check.db'}"


@contextmanager
def postgres_address(server: str) -> Iterator[str]:
    """A database of its own on that server, dropped again."""
    name = f"hub_check_{os.getpid()}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def difference(address: str) -> str:
    """What autogenerate would still change after all migrations ran; empty if nothing."""
    upgrade(address)
    upgrade(address)  # twice does no harm
    config = alembic_config(address)
    config.stdout = io.StringIO()  # it also says so where all is well
    try:
        command.check(config)
    except CommandError as error:
        return str(error)
    return ""


def main() -> int:
    faults = {}
    with sqlite_address() as address:
        faults["SQLite"] = difference(address)
    if server := os.environ.get("HUB_TEST_POSTGRES_URL"):
        with postgres_address(server) as address:
            faults["PostgreSQL"] = difference(address)
    for database, fault in faults.items():
        print(f"migrations on {database}: {fault or 'in step with the tables'}")
    return 1 if any(faults.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
