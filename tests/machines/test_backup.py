"""A backup that is taken under load holds all that was acknowledged before, and what is made of it serves."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.records.database import Database
from hub.records.tables import Delivery, EffectRun, InboundEvent, Transaction
from hub.records.tenants import table


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """The addresses of a database with tables, and of one that is to be restored."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url"), f"sqlite:///{tmp_path / 'restored' / 'hub.db'}"
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not installed")
    return request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres")("restored")


def test_what_was_acknowledged_before_is_in_it(
    databases: tuple[str, str], house: Any, driving: Any, receiver: Any, serving: Any, tmp_path: Path
) -> None:
    url, fresh = databases
    copy = tmp_path / "hub.backup"
    busy = house(url)
    busy.set_up(receiver.url)
    with serving(busy) as address:
        load = driving.Load([address], seed=7).start()
        load.await_known(40)
        before = load.known()
        taken = json.loads(busy.here("backup", "create", str(copy), "--json"))
        load.await_known(len(before) + 40)
        load.stop()

    assert taken["bytes"] == copy.stat().st_size
    assert copy.stat().st_mode & 0o777 == 0o600
    restored = house(fresh)
    restored.here("backup", "restore", str(copy))
    restored.here("db", "upgrade")
    restored.here("doctor")  # ends with 1 if something is broken, such as a key that does not fit
    complete = whole_sales(fresh)
    assert before <= complete
    assert complete <= load.known()

    receiver.requests.clear()
    with serving(restored) as address:  # it knows what it knew, and takes what is new
        assert driving.post_sale(address, min(before)) == "skipped"
        assert driving.post_sale(address, "after-the-restore") == "processed"
    restored.here("worker", "--once")
    told = [json.loads(one.body)["data"]["external_id"] for one in receiver.requests]
    assert sorted(told) == sorted({*complete, "after-the-restore"})


def whole_sales(url: str) -> set[str]:
    """Sales that have their event, their effects and their delivery; nothing may be without."""
    database = Database(url).for_all_tenants()
    try:
        return _whole_sales(database)
    finally:
        database.close()


def _whole_sales(database: Database) -> set[str]:
    sales, events, runs, sent = (table(one) for one in (Transaction, InboundEvent, EffectRun, Delivery))
    with database.read() as unit:
        query = sa.select(sales.c.external_id, sales.c.id).join(events, events.c.id == sales.c.event_id)
        rows = unit.rows(query)
        done = set(unit.column(sa.select(runs.c.record_id).where(runs.c.state == "done")))
        announced = unit.column(sa.select(sent.c.record_id))
        processed = unit.scalar(
            sa.select(sa.func.count()).select_from(events).where(events.c.outcome == "processed")
        )
    assert processed == len(rows) == len(set(announced)) == len(announced)
    assert {row["id"] for row in rows} <= done
    return {row["external_id"] for row in rows}


def test_nothing_is_overwritten(house: Any, sqlite_url: str, tmp_path: Path) -> None:
    home, copy = house(sqlite_url), tmp_path / "copy"
    home.here("backup", "create", str(copy))
    for words, why in (
        (("create", str(copy)), "exists already"),
        (("create", str(tmp_path / "none" / "copy")), "No such file"),
        (("restore", str(copy)), "exists already"),
        (("restore", str(tmp_path / "nothing")), "there is no file"),
    ):
        with pytest.raises(AssertionError, match=why):
            home.here("backup", *words)
    assert [one.name for one in tmp_path.iterdir() if "part" in one.name] == []
