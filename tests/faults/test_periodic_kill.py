"""A worker that is killed in the middle of a periodic job's round: another goes on when the lease is
over, and each tenant is served exactly once."""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import hub
from hub.records import periodic, tenants
from hub.registry.secrets import split

TENANTS = ["musterfirma", *(f"tenant-{number}" for number in range(5))]
STUCK = 3
"""For so many tenants it is done; for the next one it takes longer than any test."""

PLUGIN = """
import os, time
from datetime import timedelta
import hub
from hub.records.tables import Customer
from hub.records.tenants import table
from hub.support.ids import new_id

class Gardener(hub.Plugin):
    manifest = hub.Manifest(
        slug="gardener", title={"de": "Gärtner", "en": "Gardener"},
        description={"de": "Für Tests.", "en": "For tests."}, kinds=("effect",),
    )

    @hub.periodic(every=timedelta(hours=1))
    def water(self, tick, unit):
        row = {"id": new_id(), "tenant_id": tick.tenant_id, "created_at": tick.now, "extra": {}}
        name = f"{os.getpid()}@{tick.now}"
        unit.insert(table(Customer), row | {"email": name, "email_key": name})
        if os.environ.get("STUCK_AT") == tick.tenant.slug:
            open(os.environ["STUCK_FILE"], "w").close()
            time.sleep(600)

plugin = Gardener()
"""

ENGINES = pytest.mark.parametrize("engine", ["sqlite", "postgresql", "rabbitmq"], indirect=True)


@pytest.fixture
def garden(
    make_plant: Callable[..., Any], engine: tuple[str, dict[str, str]], tmp_path: Path
) -> tuple[Any, Path]:
    """A plant whose workers have the gardener installed, and the file that one who is stuck leaves."""
    info = tmp_path / "plugins" / "hub_gardener-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hub-gardener\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text("[hub.plugins]\ngardener = hub_gardener:plugin\n", "utf-8")
    (info.parent / "hub_gardener.py").write_text(PLUGIN, "utf-8")
    stuck = tmp_path / "stuck"
    plant = make_plant(engine[0], **engine[1], STUCK_AT=TENANTS[STUCK], STUCK_FILE=str(stuck))
    for slug in TENANTS[1:]:
        plant.site.add_tenant(slug)
    for slug in TENANTS:
        switch_on(plant.site, slug)
    return plant, stuck


def switch_on(site: Any, tenant: str) -> None:
    """Connect the gardener, which this process has not installed."""
    settings, sealed = split(hub.Settings(), site.rooms.vault)
    row = {"plugin": "gardener", "name": "default", "settings": settings, "secrets": sealed}
    tenant_id = site.tenant_id(tenant)
    with site.rooms.database.write() as unit:
        tenants.create_connection(unit, tenant_id=tenant_id, now=site.clock(), **row)


def watered(plant: Any) -> list[tuple[str, str]]:
    """For which tenant, and by which process."""
    return [
        (tenant, row["email"].partition("@")[0])
        for tenant in TENANTS
        for row in plant.site.records("customers", tenant)
    ]


def finished(plant: Any) -> bool:
    with plant.site.rooms.database.read() as unit:
        jobs = {row["name"]: row for row in periodic.rows(unit)}
    return jobs["gardener.water"]["last_finished_at"] is not None


@ENGINES
def test_after_a_killed_worker_another_goes_on(garden: tuple[Any, Path]) -> None:
    plant, stuck = garden
    first = plant.start()
    plant.await_that(stuck.exists, "tenant that takes long", 60)
    plant.environment.pop("STUCK_AT")
    second = plant.start()
    time.sleep(1)
    first.send_signal(signal.SIGKILL)
    first.wait(10)
    plant.await_that(lambda: finished(plant), "end of the round", 60)
    second.terminate()

    assert second.wait(20) == 0
    workers = [first.pid] * STUCK + [second.pid] * (len(TENANTS) - STUCK)
    assert watered(plant) == [(slug, str(pid)) for slug, pid in zip(TENANTS, workers, strict=True)]
