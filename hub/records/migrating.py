"""Bringing a database to the present tables, and telling whether it is there."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from hub.records.database import Database, DatabaseUnavailable, available

FOLDER = Path(__file__).parent.parent / "migrations"


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
    """Make or change the tables to what this version and its plugins need. Safe to call again.
    Raises DatabaseUnavailable."""
    _prepare_file(sa.make_url(url))
    with available():
        command.upgrade(alembic_config(url, branches), "head")
        for branch in branches:
            command.upgrade(alembic_config(url, branches, branch), "head")


def up_to_date(database: Database, branches: Sequence[Branch] = ()) -> bool:
    """Whether the tables are those of this version and its plugins. Raises DatabaseUnavailable."""
    with database.read() as unit:
        return all(_at_head(unit.connection, branch) for branch in (None, *branches))


def _at_head(connection: sa.Connection, branch: Branch | None) -> bool:
    config = alembic_config("", branch=branch)
    head = ScriptDirectory.from_config(config).get_current_head()
    options = {"version_table": f"alembic_version_{branch.plugin}"} if branch else {}
    return MigrationContext.configure(connection, opts=options).get_current_revision() == head


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
