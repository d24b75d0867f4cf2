"""Bringing a database to the present tables, and telling whether it is there."""

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from hub.records.database import Database, DatabaseUnavailable, available

FOLDER = Path(__file__).parent.parent / "migrations"


def alembic_config(url: str) -> Config:
    """Alembic's settings for that database."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Make or change the tables to what this version needs. Safe to call again. Raises
    DatabaseUnavailable."""
    _prepare_file(sa.make_url(url))
    with available():
        command.upgrade(alembic_config(url), "head")


def up_to_date(database: Database) -> bool:
    """Whether the tables are those of this version. Raises DatabaseUnavailable."""
    head = ScriptDirectory(str(FOLDER)).get_current_head()
    with database.read() as unit:
        return MigrationContext.configure(unit.connection).get_current_revision() == head


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
