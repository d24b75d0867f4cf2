"""Row-level security: what PostgreSQL refuses by itself, whatever the hub's queries ask for."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.dialects.postgresql import JSONB

from hub.records import customers
from hub.records.database import Database, DatabaseUnavailable, Unit
from hub.records.isolation import bypassing_role, owned_tables
from hub.records.migrating import Branch, up_to_date, upgrade
from hub.records.tables.base import Table

OURS, THEIRS = "musterfirma", "nachbar"
FILLED = {"api_keys", "connections", "customers", "effect_runs", "inbound_events", "memberships"}
FILLED |= {"notifications", "orders", "tickets", "ticket_messages", "transactions", "tenants"}

FIRST_LOCK = re.compile(r"(?:\w+\.)?tenant_id = (?:%\(\w+\)s(?:::UUID)?|\$\d+)")


def count(unit: Unit, table: Any) -> int:
    found: int = unit.scalar(sa.text(f"SELECT count(*) FROM {table.name}"))
    return found


@contextmanager
def without_the_first_lock(database: Database) -> Iterator[list[str]]:
    """No statement asks for a tenant any more. Gives those that did."""
    changed: list[str] = []

    def strip(_c: Any, _cursor: Any, statement: str, parameters: Any, _x: Any, _many: bool) -> Any:
        opened = FIRST_LOCK.sub("true", statement)
        if opened != statement:
            changed.append(statement)
        return opened, parameters

    event.listen(database.engine, "before_cursor_execute", strip, retval=True)
    try:
        yield changed
    finally:
        event.remove(database.engine, "before_cursor_execute", strip)


def test_every_table_of_tenants_is_guarded_and_the_tests_role_is_bound(twins: Any) -> None:
    declared = {name for name, table in Table.metadata.tables.items() if "tenant_id" in table.c}
    assert {table.name for table in twins.tables} == declared | {"tenants"}
    assert [table.name for table in twins.tables if not table.guarded] == []
    assert any(name.startswith("commissions_") for name in declared)
    with twins.database.read() as unit:
        assert bypassing_role(unit.connection) is None


def test_whoever_names_no_tenant_sees_and_writes_none_of_theirs(twins: Any) -> None:
    with twins.database.read() as unit:
        assert {table.name: count(unit, table) for table in twins.tables if count(unit, table)} == {}
    with pytest.raises(exc.ProgrammingError, match="row-level security"), twins.database.write() as unit:
        customers.create(unit, twins.ids[OURS], email="neu@example.com", name="Neu", now=twins.site.clock())


def test_what_is_nobodys_is_seen_by_no_tenant(twins: Any) -> None:
    assert twins.site.send({"event": "?"}, tenant="gibt-es-nicht").status_code == 404
    query = sa.text("SELECT count(*) FROM inbound_events WHERE tenant_id IS NULL")
    for database, seen in (
        (twins.database, 1),
        (twins.database.for_all_tenants(), 1),
        (twins.database.for_tenant(twins.ids[OURS]), 0),
    ):
        with database.read() as unit:
            assert unit.scalar(query) == seen


def test_a_tenant_has_its_own_rows_alone_without_any_condition(twins: Any) -> None:
    filled = set()
    for table in twins.tables:
        with twins.database.for_tenant(twins.ids[OURS]).read() as unit:
            owners = unit.column(sa.text(f"SELECT DISTINCT {table.owner} FROM {table.name}"))
        with twins.database.for_all_tenants().read() as unit:
            everybody = set(unit.column(sa.text(f"SELECT DISTINCT {table.owner} FROM {table.name}")))
        assert set(owners) == everybody & {twins.ids[OURS]}, table.name
        if set(twins.ids.values()) <= everybody:
            filled.add(table.name)
    assert filled >= FILLED


def test_rows_of_others_are_neither_changed_nor_removed_nor_added(twins: Any) -> None:
    ours, theirs = twins.ids[OURS], twins.ids[THEIRS]
    for table in twins.tables:
        mine = twins.database.for_tenant(ours)
        with mine.write() as unit:
            known = count(unit, table)
            touched = unit.execute(sa.text(f"UPDATE {table.name} SET {table.owner} = {table.owner}"))
            gone = unit.execute(
                sa.text(f"DELETE FROM {table.name} WHERE {table.owner} = :theirs"), {"theirs": theirs}
            )
            assert (touched.rowcount, gone.rowcount) == (known, 0), table.name
        if not known or table.name == "tenants":
            continue
        with pytest.raises(exc.ProgrammingError, match="row-level security"), mine.write() as unit:
            unit.execute(sa.text(f"UPDATE {table.name} SET {table.owner} = :theirs"), {"theirs": theirs})
        copy = sa.text(
            f"INSERT INTO {table.name} SELECT (jsonb_populate_record(it, :changes)).* FROM {table.name} AS it"
        ).bindparams(sa.bindparam("changes", {table.owner: str(theirs)}, type_=JSONB))
        with pytest.raises(exc.ProgrammingError, match="row-level security"), mine.write() as unit:
            unit.execute(copy)


def test_pages_show_nothing_of_others_without_the_first_lock(
    twins: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = twins.site.app.extensions["hub_web"]
    browser = twins.browser(OURS)
    pages = sorted(
        rule.rule.replace("<tenant>", OURS)
        for rule in web.url_map.iter_rules()
        if rule.arguments == {"tenant"} and "GET" in (rule.methods or set()) and "stream" not in rule.endpoint
    )
    with without_the_first_lock(twins.database) as changed:
        answers = {page: browser.get(page) for page in pages}
        monkeypatch.setattr(Database, "for_tenant", lambda self, _: self.for_all_tenants())
        both = browser.get(f"/t/{OURS}/tickets").text
    assert f"Gruß an {OURS}" in both  # without the second one too everything would be seen
    assert f"Gruß an {THEIRS}" in both

    assert len(changed) > len(pages)
    assert {page: answer.status_code for page, answer in answers.items() if answer.status_code >= 500} == {}
    assert f"Gruß an {OURS}" in answers[f"/t/{OURS}/tickets"].text
    for page, answer in answers.items():
        assert THEIRS not in answer.text, page


def test_a_reach_ends_with_its_transaction(postgres_url: str, twins: Any) -> None:
    """On the one connection that there is, whatever ended the transaction before."""
    database = Database(postgres_url, pool_size=1)
    ours = twins.ids[OURS]
    orders = sa.text("SELECT count(*) FROM orders")

    def seen(part: Database) -> int:
        with part.read() as unit:
            found: int = unit.scalar(orders)
            return found

    assert [seen(database.for_tenant(ours)), seen(database)] == [1, 0]
    assert [seen(database.for_all_tenants()), seen(database.for_tenant(ours)), seen(database)] == [2, 1, 0]
    with pytest.raises(RuntimeError), database.for_all_tenants().write() as unit:
        raise RuntimeError
    assert seen(database) == 0
    with pytest.raises(exc.DBAPIError), database.for_all_tenants().write() as unit:
        unit.scalar(sa.text("SELECT 1 / 0"))
    assert seen(database) == 0
    with pytest.raises(DatabaseUnavailable), database.for_all_tenants().read() as unit:
        unit.scalar(sa.text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert seen(database) == 0
    database.close()


def test_a_savepoint_does_not_change_the_reach(twins: Any) -> None:
    orders = sa.text("SELECT count(*) FROM orders")
    with twins.database.for_tenant(twins.ids[OURS]).write() as unit:
        with pytest.raises(RuntimeError), unit.savepoint():
            raise RuntimeError
        assert unit.scalar(orders) == 1
        with unit.savepoint():
            assert unit.scalar(orders) == 1
        assert unit.scalar(orders) == 1


def test_a_transaction_begins_with_one_message(twins: Any, tmp_path: Path) -> None:
    trace = tmp_path / "messages"
    with twins.database.for_tenant(twins.ids[OURS]).read() as unit:  # what is asked of a new connection
        driver: Any = unit.connection.connection.driver_connection
    with trace.open("w") as file:
        driver.pgconn.trace(file.fileno())
        with twins.database.for_tenant(twins.ids[OURS]).read():
            pass
        driver.pgconn.untrace()
    said = [line.split("\t") for line in trace.read_text().splitlines()]
    queries = [line[-1] for line in said if line[1] == "F"]
    assert len(queries) == 2
    assert queries[0].count("SET LOCAL") == 2
    assert "COMMIT" in queries[1] or "ROLLBACK" in queries[1]


MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = branch_labels = depends_on = None


def upgrade() -> None:
    op.create_table("theirs_notes", sa.Column("id", sa.Uuid()), sa.Column("tenant_id", sa.Uuid()))
"""


def test_the_tables_of_any_plugin_are_guarded_with_the_others(
    postgres: Any, installed: Any, tmp_path: Path
) -> None:
    (tmp_path / "0001_notes.py").write_text(MIGRATION)
    url = postgres("thirdparty")
    branches = [*installed.branches(), Branch("theirs", tmp_path)]
    upgrade(url, branches)
    database = Database(url)
    with database.read() as unit:
        (notes,) = (table for table in owned_tables(unit.connection) if table.name == "theirs_notes")
    assert notes.guarded

    with database.write() as unit:
        unit.execute(sa.text("ALTER TABLE theirs_notes NO FORCE ROW LEVEL SECURITY"))
    assert not up_to_date(database, branches)
    upgrade(url, branches)
    assert up_to_date(database, branches)
    database.close()
