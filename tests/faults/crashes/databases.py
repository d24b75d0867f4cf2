"""Databases for trials: SQLite files, and databases on a PostgreSQL server, which may be one of our own
that can be stopped and started.
"""

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import sqlalchemy as sa

TOOL = Path(__file__).parents[3] / "tools" / "postgres.sh"

Kind = Literal["sqlite", "postgresql"]


class Database(Protocol):
    """Where empty databases come from."""

    @property
    def kind(self) -> Kind:
        """Which engine."""

    @contextmanager
    def empty(self, folder: Path) -> Iterator[str]:
        """The address of an empty one, gone after the block."""


@dataclass(frozen=True)
class Sqlite:
    """A file in the trial's folder."""

    kind: Kind = "sqlite"

    @contextmanager
    def empty(self, folder: Path) -> Iterator[str]:
        """Its address."""
        yield f"sqlite:///{folder / 'hub.db'}"


@dataclass(frozen=True)
class Postgres:
    """A server. ``name`` is what tools/postgres.sh knows our own by; empty: somebody else's, which
    stays as it is."""

    url: str
    name: str = ""
    kind: Kind = "postgresql"

    @contextmanager
    def empty(self, folder: Path) -> Iterator[str]:
        """A database with a name that no other has."""
        name = f"faults_{uuid.uuid4().hex[:10]}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE template0')
        try:
            yield sa.make_url(self.url).set(database=name).render_as_string(hide_password=False)
        finally:
            self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def run(self, statement: str) -> None:
        """Run a statement outside of any transaction."""
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def version(self) -> str:
        """The server's."""
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            version: str = connection.exec_driver_sql("SHOW server_version").scalar_one()
        return version.split()[0]

    def halt(self) -> None:
        """Stop it at once, as if the machine had lost its power."""
        _tool("halt", self.name)

    def resume(self) -> None:
        """Start it again; it recovers by itself."""
        _tool("resume", self.name)


@contextmanager
def own_postgres() -> Iterator[Postgres | None]:
    """A server of our own; ``None`` where PostgreSQL is not installed."""
    name = f"faults-{os.getpid()}"
    try:
        url = _tool("start", name)
        yield Postgres(url, name) if url else None
    finally:
        _tool("stop", name)


def _tool(verb: str, name: str) -> str:
    done = subprocess.run(
        ["bash", str(TOOL), verb, name], capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode:
        raise RuntimeError(f"postgres.sh {verb}: {done.stdout}{done.stderr}")
    return done.stdout.strip()
