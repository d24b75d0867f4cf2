"""Fresh databases for each run: SQLite files in the run's folder, or databases of a PostgreSQL
server, which are dropped again.
"""

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from bench.servers import ROOT, BenchError

Kind = Literal["sqlite", "postgresql"]
POSTGRES_TOOL = ROOT / "tools" / "postgres.sh"


class Databases:
    """Makes databases of one kind, and removes those it made."""

    def __init__(self, kind: Kind, folder: Path, admin_url: str | None = None) -> None:
        self.kind = kind
        self._folder = folder
        self._admin = sa.make_url(admin_url) if admin_url else None
        self._made: list[str] = []

    def create(self, purpose: str) -> str:
        """The address of a new, empty database."""
        name = f"bench_{purpose}_{uuid.uuid4().hex[:8]}"
        if self._admin is None:
            return f"sqlite:///{self._folder / name}.db"
        self._execute(f'CREATE DATABASE "{name}"')
        self._made.append(name)
        return self._admin.set(database=name).render_as_string(hide_password=False)

    def drop_all(self) -> None:
        """Remove the PostgreSQL databases; the files go with the folder."""
        for name in self._made:
            self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._made.clear()

    def version(self) -> str:
        """Kind and version of the database."""
        engine = sa.create_engine(self._admin or "sqlite://")
        query = "SHOW server_version" if self._admin else "SELECT sqlite_version()"
        with engine.connect() as connection:
            version = connection.exec_driver_sql(query).scalar_one()
        engine.dispose()
        return f"{'PostgreSQL' if self._admin else 'SQLite'} {version.split()[0]}"

    def _execute(self, statement: str) -> None:
        engine = sa.create_engine(self._admin or "sqlite://", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


@contextmanager
def databases(kind: Kind, folder: Path) -> Iterator[Databases]:
    """Databases of that kind for as long as the block lasts."""
    if kind == "sqlite":
        yield Databases(kind, folder)
        return
    with _postgres_url() as url:
        made = Databases(kind, folder, url)
        try:
            yield made
        finally:
            made.drop_all()


@contextmanager
def _postgres_url() -> Iterator[str]:
    if url := os.environ.get("HUB_BENCH_POSTGRES_URL"):
        yield _with_driver(url)
        return
    if not POSTGRES_TOOL.is_file():
        raise BenchError("set HUB_BENCH_POSTGRES_URL to a server where the bench may create databases")
    started = _tool("start")
    try:
        addresses = [word for word in started.split() if word.startswith("postgres")]
        if not addresses:
            raise BenchError(f"{POSTGRES_TOOL.name} start printed no address: there is no PostgreSQL here")
        yield _with_driver(addresses[-1])
    finally:
        _tool("stop")


def _with_driver(url: str) -> str:
    return sa.make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def _tool(action: str) -> str:
    done = subprocess.run(
        ["bash", str(POSTGRES_TOOL), action, f"bench-{os.getpid()}"],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"{POSTGRES_TOOL.name} {action} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
