"""The tables come from migrations, up and down, and are those that the code declares."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.util import CommandError

from hub.records.database import Database
from hub.records.migrating import alembic_config, up_to_date, upgrade
from hub.records.tables.base import Table
from hub.registry.discovery import Plugins


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of the test's own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'hub.db'}"
    make: Callable[[str], str] = request.getfixturevalue("postgres")
    return make(f"empty_{uuid.uuid4().hex[:8]}")


def tables(url: str) -> set[str]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    names = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return names


def test_the_migrations_make_the_declared_tables_and_take_them_back(
    empty_url: str, installed: Plugins, capsys: pytest.CaptureFixture[str]
) -> None:
    branches = installed.branches()
    of_plugins = tuple(f"{branch.plugin}_" for branch in branches)
    declared = {name for name in Table.metadata.tables if not name.startswith(of_plugins)}
    upgrade(empty_url)
    upgrade(empty_url)  # twice does no harm
    assert tables(empty_url) == {*declared, "alembic_version"}
    command.check(alembic_config(empty_url, branches))

    command.downgrade(alembic_config(empty_url), "base")
    assert tables(empty_url) == {"alembic_version"}
    upgrade(empty_url)
    assert tables(empty_url) == {*declared, "alembic_version"}


def test_those_of_plugins_make_their_tables_and_leave_the_others_alone(
    empty_url: str, installed: Plugins, capsys: pytest.CaptureFixture[str]
) -> None:
    branches = installed.branches()
    assert branches
    upgrade(empty_url, branches)
    upgrade(empty_url, branches)  # twice does no harm
    versions = {f"alembic_version_{branch.plugin}" for branch in branches}
    assert tables(empty_url) == {*Table.metadata.tables, "alembic_version", *versions}
    for branch in (None, *branches):
        command.check(alembic_config(empty_url, branches, branch))


def test_a_table_of_a_plugin_that_differs_is_seen(empty_url: str, installed: Plugins) -> None:
    branches = installed.branches()
    upgrade(empty_url, branches)
    own = [name for name in Table.metadata.tables if name.startswith(f"{branches[0].plugin}_")]
    engine = sa.create_engine(empty_url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {own[0]} ADD COLUMN drifted INTEGER")
        connection.exec_driver_sql(f"CREATE TABLE {branches[0].plugin}_more (id INTEGER)")
    engine.dispose()

    with pytest.raises(CommandError) as seen:
        command.check(alembic_config(empty_url, branches, branches[0]))
    assert "drifted" in str(seen.value)
    assert f"{branches[0].plugin}_more" in str(seen.value)
    command.check(alembic_config(empty_url, branches))


def test_a_database_knows_whether_it_is_up_to_date(empty_url: str) -> None:
    upgrade(empty_url)
    database = Database(empty_url)
    assert up_to_date(database)

    command.downgrade(alembic_config(empty_url), "base")
    assert not up_to_date(database)
    database.close()


def test_an_embedded_database_writes_ahead_and_checks_references(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.read() as unit:
        settings = {name: unit.scalar(sa.text(f"PRAGMA {name}")) for name in ("journal_mode", "foreign_keys")}
        synchronous = unit.scalar(sa.text("PRAGMA synchronous"))
    database.close()

    assert (settings, synchronous) == ({"journal_mode": "wal", "foreign_keys": 1}, 2)
