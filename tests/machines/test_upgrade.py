"""The tables change while a server serves: nobody is turned away, old and new processes work side by side."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.records import migrating
from hub.records.database import Database
from hub.records.migrating import standing, up_to_date, upgrade
from hub.registry.discovery import Plugins

NEXT = '''"""a version that is to come"""
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "9999", "{head}", None, None


def upgrade():
    op.add_column("inbound_events", sa.Column("to_come", sa.Text(), nullable=True))
    op.execute("SELECT pg_sleep(0.3)")  # the table is locked for so long


def downgrade():
    op.drop_column("inbound_events", "to_come")
'''

COMMAND = """
import pathlib, sys
import hub.records.migrating as migrating
migrating.FOLDER = pathlib.Path(sys.argv.pop(1))
from hub.cli.main import main
main()
"""


@pytest.fixture
def to_come(tmp_path: Path) -> Path:
    """The migrations of a version that is to come."""
    folder = tmp_path / "migrations"
    shutil.copytree(migrating.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    head = max(path.name[:4] for path in (folder / "versions").glob("[0-9]*.py"))
    (folder / "versions" / "9999_to_come.py").write_text(NEXT.format(head=head), "utf-8")
    return folder


@pytest.fixture
def own_url(postgres: Any, installed: Plugins, request: pytest.FixtureRequest) -> str:
    """A migrated PostgreSQL database that the test may change."""
    url: str = postgres(f"upgrade_{len(request.node.name)}")
    upgrade(url, installed.branches())
    return url


def test_a_server_goes_on_while_the_tables_change(
    own_url: str, to_come: Path, house: Any, driving: Any, serving: Any
) -> None:
    old = house(own_url)
    old.set_up("http://127.0.0.1:9/")
    reader = Database(own_url).for_all_tenants()
    with serving(old) as address:
        load = driving.Load([address], clients=2, seed=3)
        with reader.read() as unit:  # a long look at the table stops the migration, and it alone
            unit.scalar(sa.text("SELECT count(*) FROM inbound_events"))
            new = subprocess.Popen([sys.executable, "-c", COMMAND, to_come, "db", "upgrade"], env=old.env())
            driving.await_that(lambda: waiting(unit), "the migration to wait")
            load.start()
            load.await_known(10)
        assert new.wait(60) == 0
        load.await_known(len(load.known()) + 10)
        load.stop()

        assert load.failures == 0
        assert driving.is_ready(address)
    assert standing(reader) == "newer"
    old.here("db", "upgrade")  # leaves alone what it does not know
    old.here("worker", "--once")  # one of the old version that is started again works
    assert standing(reader) == "newer"
    reader.close()


def waiting(unit: Any) -> bool:
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
    return bool(unit.scalar(sa.text(query)))


def test_a_new_version_waits_for_its_tables(
    postgres_url: str, to_come: Path, house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "FOLDER", to_come)
    database = Database(postgres_url)

    assert not up_to_date(database)
    with pytest.raises(AssertionError, match="run `hub db upgrade`"):
        house(postgres_url).here("worker", "--once")
    database.close()


def test_several_machines_may_upgrade_at_once(postgres: Any, installed: Plugins) -> None:
    url = postgres("at_once")
    with ThreadPoolExecutor(1) as machines:
        other = machines.submit(upgrade_apart, url)
        upgrade(url)
        other.result(60)
    database = Database(url).for_all_tenants()
    assert standing(database) == "current"
    database.close()


def upgrade_apart(url: str) -> None:
    """Alembic works with globals of the process, so each machine has one of its own."""
    code = f"from hub.records.migrating import upgrade; upgrade({url!r})"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
