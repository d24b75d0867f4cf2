"""Whether the migrations make exactly the tables that the code declares: those of the core and those of
each plugin, on SQLite and, where HUB_TEST_POSTGRES_URL names a server, on PostgreSQL."""

import io
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.util import CommandError

from hub.records.migrating import Branch, alembic_config, upgrade
from hub.registry.discovery import discover


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


def differences(database: str, address: str, branches: Sequence[Branch]) -> Iterator[tuple[str, str]]:
    """For the core and each plugin, what autogenerate would still change there after all migrations
    ran; empty if nothing."""
    upgrade(address, branches)
    upgrade(address, branches)  # twice does no harm
    for branch in (None, *branches):
        yield f"{branch.plugin if branch else 'core'} on {database}", difference(address, branches, branch)


def difference(address: str, branches: Sequence[Branch], branch: Branch | None) -> str:
    config = alembic_config(address, branches, branch)
    config.stdout = io.StringIO()  # it also says so where all is well
    try:
        command.check(config)
    except CommandError as error:
        return str(error)
    return ""


def main() -> int:
    branches = discover().branches()
    faults: dict[str, str] = {}
    with sqlite_address() as address:
        faults |= differences("SQLite", address, branches)
    if server := os.environ.get("HUB_TEST_POSTGRES_URL"):
        with postgres_address(server) as address:
            faults |= differences("PostgreSQL", address, branches)
    for where, fault in faults.items():
        print(f"migrations of {where}: {fault or 'in step with the tables'}")
    return 1 if any(faults.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
