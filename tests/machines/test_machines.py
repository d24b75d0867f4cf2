"""Two machines share one PostgreSQL: a server and a worker on each. One is killed, the other is cut off, both
come back, and meanwhile sales come to both, some of them twice. ``make machines`` runs it."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from hub.records.database import Database
from hub.records.tables import Delivery, EffectRun, InboundEvent, Transaction
from hub.records.tenants import table

WANTED = "HUB_TEST_MACHINES"
LEASE = 10
PART = 120
"""Sales between two blows."""

pytestmark = pytest.mark.skipif(not os.environ.get(WANTED), reason=f"`make machines` runs it ({WANTED}=1)")


@pytest.fixture
def land(load_module: Any) -> Iterator[Any]:
    """``namespaces.py``, where it can do its work."""
    namespaces = load_module("namespaces")
    if why := namespaces.objection():
        pytest.skip(why)
    return namespaces


@pytest.fixture
def firm(land: Any, load_module: Any, driving: ModuleType, tmp_path: Path) -> Iterator["Firm"]:
    """Two machines, a database, and who takes the webhooks; nothing runs yet."""
    receiving = load_module("../deliveries/receiving")
    with (
        land.machines("a", "b") as both,
        land.postgresql() as url,
        receiving.receiving(land.GATEWAY) as receiver,
    ):
        settings = {
            "HUB_DATABASE_URL": url,
            "HUB_VAR_DIR": str(tmp_path),
            "HUB_ALLOWED_TARGETS": f"{land.NETWORK}.0/24",
            "HUB_WORKER_LEASE": str(LEASE),
        }
        houses = [driving.House(settings, prefix=one.prefix) for one in both]
        driving.House(settings).here("db", "upgrade")
        driving.House(settings).set_up(receiver.url)
        made = Firm(both, houses, Database(url).for_all_tenants(), receiver, driving, land.PORT)
        yield made
        for house in houses:
            house.end(signal.SIGKILL)
        made.database.close()


class Firm:
    """What a test does with the machines, and what it asks the database."""

    def __init__(
        self, both: list[Any], houses: list[Any], database: Database, receiver: Any, driving: Any, port: int
    ) -> None:
        self.machines, self.houses, self.database = both, houses, database
        self.receiver, self.driving = receiver, driving
        self.addresses = [(one.address, port) for one in both]

    def start(self, number: int) -> None:
        self.houses[number].serve(self.addresses[number])
        self.houses[number].start("worker")

    def connections_of(self, number: int) -> int:
        query = sa.text("SELECT count(*) FROM pg_stat_activity WHERE client_addr = CAST(:address AS inet)")
        with self.database.read() as unit:
            found: int = unit.scalar(query, {"address": self.machines[number].address})
        return found

    def open_deliveries(self) -> int:
        rows = table(Delivery)
        with self.database.read() as unit:
            found: int = unit.scalar(
                sa.select(sa.func.count()).select_from(rows).where(rows.c.state != "done")
            )
        return found


def test_nothing_is_lost_and_nothing_is_doubled(firm: Firm, capfd: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    for number in (0, 1):
        firm.start(number)
    load = firm.driving.Load(firm.addresses, clients=8, seed=11, seconds=4.0).start()
    load.await_known(PART)

    firm.houses[0].end(signal.SIGKILL)  # a machine without power
    load.await_known(2 * PART, 90)
    firm.start(0)
    load.await_known(3 * PART, 90)

    firm.machines[1].pull_the_cable()
    pulled = time.monotonic()
    load.await_known(4 * PART, 120)
    firm.driving.await_that(lambda: firm.connections_of(1) == 0, "PostgreSQL to let the other go", 60)
    let_go = time.monotonic() - pulled
    load.await_known(len(load.known()) + PART, 90)
    firm.machines[1].plug_it_in()
    firm.driving.await_that(lambda: firm.driving.is_ready(firm.addresses[1]), "the other to be back", 60)
    firm.driving.await_that(lambda: firm.connections_of(1) > 0, "the other to ask again", 60)
    load.await_known(len(load.known()) + PART, 90)
    load.stop()
    firm.driving.await_that(lambda: firm.open_deliveries() == 0, "all deliveries", 90)

    figures = account(firm, load)
    figures |= {
        "cut off: PostgreSQL let go after": f"{let_go:.0f} s",
        "seconds": round(time.monotonic() - began),
    }
    with capfd.disabled():
        print("\n" + "\n".join(f"  {name:36} {value}" for name, value in figures.items()))  # noqa: T201 - the figures
    assert figures["lost"] == figures["doubled"] == figures["webhooks missing"] == 0
    assert figures["webhook ids of one sale, most"] == 1
    assert let_go < 45


def account(firm: Firm, load: Any) -> dict[str, Any]:
    """What was acknowledged, against what there is."""
    sales, events, sent, runs = (table(one) for one in (Transaction, InboundEvent, Delivery, EffectRun))
    with firm.database.read() as unit:
        rows = unit.rows(sa.select(sales.c.external_id, sales.c.id))
        per_sale = Counter(row["external_id"] for row in rows)
        processed = sa.select(sa.func.count()).select_from(events).where(events.c.outcome == "processed")
        accepted = unit.scalar(processed)
        delivered = Counter(unit.column(sa.select(sent.c.record_id)))
        done = Counter(
            (row["record_id"], row["receiver"])
            for row in unit.rows(sa.select(runs.c.record_id, runs.c.receiver).where(runs.c.state == "done"))
        )
    known = load.known()
    hooks: dict[UUID, set[str]] = {row["id"]: set() for row in rows}
    names = {row["external_id"]: row["id"] for row in rows}
    for request in firm.receiver.requests:
        hooks[names[name_in(request)]].add(request.id)
    twice = [*per_sale.values(), *delivered.values(), *done.values()]
    return {
        "requests acknowledged": sum(load.acknowledged.values()),
        "requests without an answer": load.failures,
        "sales acknowledged": len(known),
        "sales recorded": len(rows),
        "events processed": accepted,
        "lost": len(known - per_sale.keys()),
        "doubled": sum(number - 1 for number in twice) + abs(accepted - len(rows)),
        "webhooks received": len(firm.receiver.requests),
        "webhooks received again, same id": len(firm.receiver.requests) - sum(map(len, hooks.values())),
        "webhooks missing": sum(not ids for ids in hooks.values()),
        "webhook ids of one sale, most": max(map(len, hooks.values())),
    }


def name_in(request: Any) -> str:
    """Which sale a webhook is about."""
    name: str = json.loads(request.body)["data"]["external_id"]
    return name
