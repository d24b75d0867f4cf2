"""Bringing a database to the present tables, and telling whether it is there."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import exc

from hub.records import isolation
from hub.records.database import Database, DatabaseUnavailable, available

FOLDER = Path(__file__).parent.parent / "migrations"

Standing = Literal["current", "older", "newer"]
"""Of which version a database's tables are, seen from this one."""

UPGRADE_LOCK = 4_812_001
"""The advisory lock on PostgreSQL of whoever changes the tables."""

LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's code for a lock that was not to be had in time."""

LOCK_ATTEMPTS, LOCK_PAUSE = 30, 1.0
"""How often a migration asks for the locks that it needs, and the seconds between."""


@dataclass(frozen=True)
class Branch:
    """The migrations of one plugin's own tables."""

    plugin: str
    folder: Path


def alembic_config(url: str, branches: Sequence[Branch] = (), branch: Branch | None = None) -> Config:
    """Alembic's settings for that database: for the core's tables, or for those of one plugin
    among all that have their own."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    config.attributes["plugins"] = tuple(known.plugin for known in branches)
    if branch is not None:
        config.attributes["plugin"] = branch.plugin
        config.set_main_option("version_locations", str(branch.folder))
        config.set_main_option("path_separator", "newline")
    return config


def upgrade(url: str, branches: Sequence[Branch] = ()) -> None:
    """Make or change the tables to what this version and its plugins need. Safe to call again, while servers
    run, and from several machines at once: one does it, the others wait. What a newer version made is left
    alone. Raises DatabaseUnavailable."""
    _prepare_file(sa.make_url(url))
    with available(), _alone(url) as connection:
        for branch in (None, *branches):
            if _standing_of(connection, branch) == "older":
                _patiently(partial(command.upgrade, alembic_config(url, branches, branch), "head"))
        if isolation.unguarded(connection):
            connection.exec_driver_sql("SET lock_timeout = '2s'")
            _patiently(partial(isolation.guard, connection))


def standing(database: Database, branches: Sequence[Branch] = ()) -> Standing:
    """Whether the tables are those of this version and its plugins, of an older or of a newer one. Raises
    DatabaseUnavailable."""
    with database.read() as unit:
        found = {_standing_of(unit.connection, branch) for branch in (None, *branches)}
        if isolation.unguarded(unit.connection):
            found.add("older")
    return "older" if "older" in found else "newer" if "newer" in found else "current"


def up_to_date(database: Database, branches: Sequence[Branch] = ()) -> bool:
    """Whether this version can work with the tables: they are its own, or those of a newer one, which only
    adds to them (docs/operations.md). Raises DatabaseUnavailable."""
    return standing(database, branches) != "older"


def _standing_of(connection: sa.Connection, branch: Branch | None) -> Standing:
    """Revisions are numbers of four digits, one after the other."""
    scripts = ScriptDirectory.from_config(alembic_config("", branch=branch))
    head = scripts.get_current_head() or ""
    options = {"version_table": f"alembic_version_{branch.plugin}"} if branch else {}
    present = MigrationContext.configure(connection, opts=options).get_current_revision() or ""
    if present == head:
        return "current"
    return "newer" if present > head else "older"


def _patiently(change: Callable[[], None]) -> None:
    """Change tables. While a transaction waits for a table, all that come after it wait too: so it does not
    wait long (``env.py``), but goes away and comes again."""
    for _ in range(LOCK_ATTEMPTS):
        try:
            change()
        except exc.OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE:
                raise
            time.sleep(LOCK_PAUSE)
        else:
            return
    raise DatabaseUnavailable("somebody holds a table that is to be changed; end long transactions")


@contextmanager
def _alone(url: str) -> Iterator[sa.Connection]:
    """A connection. As long as it is open nobody else who asks for one here gets it."""
    engine = sa.create_engine(url, poolclass=sa.NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_lock(UPGRADE_LOCK)))
        yield connection


def _prepare_file(url: sa.URL) -> None:
    """Make the SQLite file and switch it to WAL once: two processes that do so at the same moment
    can fail."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return
    path = Path(url.database)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=30)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
    except (OSError, sqlite3.Error) as error:
        raise DatabaseUnavailable(f"{path}: {error}") from error
