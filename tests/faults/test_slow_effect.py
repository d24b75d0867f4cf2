"""A background effect that takes its time, on a worker that others need too."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import hub
from hub.app import create_worker
from hub.contract import signals
from hub.deliveries import EffectRunner, Tenancy
from hub.records import effects

SLOW, OTHER = "langsam", "musterfirma"
SALE = {"event": "transaction.created", "externalId": "ORDER-1", "grossAmount": "119.00", "currency": "EUR"}


class Sleeper(hub.Plugin):
    """Sleeps for one tenant, until it is woken."""

    manifest = hub.Manifest(
        slug="sleeper",
        title={"de": "Schläfer", "en": "Sleeper"},
        description={"de": "Für Tests.", "en": "For tests."},
        kinds=("effect",),
    )

    def __init__(self) -> None:
        self.asleep, self.woken = threading.Event(), threading.Event()
        self.most = self.now = 0

    @hub.receives(signals.transaction_created, background=True)
    def doze(self, announcement: hub.Announcement, unit: Any) -> None:
        if announcement.tenant.slug == SLOW:
            self.now += 1
            self.most = max(self.most, self.now)
            self.asleep.set()
            self.woken.wait(30)
            self.now -= 1


@pytest.fixture
def sleeper() -> Sleeper:
    return Sleeper()


@pytest.fixture
def site(make_app: Callable[..., Any], postgres_url: str, sleeper: Sleeper) -> Iterator[Any]:
    """With a worker that is at it."""
    made = make_app(postgres_url, [sleeper])
    for tenant in (SLOW, OTHER):
        made.add_tenant(tenant)
    worker = create_worker(made.rooms, threads=1)
    worker.start()
    yield made
    sleeper.woken.set()
    worker.stop(20)


def test_other_tenants_do_not_wait_for_it(site: Any, sleeper: Sleeper) -> None:
    for number in range(3):
        site.send(SALE | {"externalId": f"ORDER-{number}"}, tenant=SLOW)
    assert sleeper.asleep.wait(20)
    site.send(SALE)
    until = time.monotonic() + 20
    while states(site, OTHER) != ["done"]:
        assert time.monotonic() < until, "the other tenant's effect waits"
        time.sleep(0.02)
    assert states(site, SLOW) == ["pending"] * 3
    assert sleeper.most == 1  # one tenant does not take all threads


def test_another_worker_does_not_ask_for_it_all_the_time(site: Any, sleeper: Sleeper) -> None:
    site.send(SALE, tenant=SLOW)
    assert sleeper.asleep.wait(20)
    assert another(site).turn() == (0, None)  # nothing done, and nothing that is due at some instant


def another(site: Any) -> EffectRunner:
    """What calls receivers in another worker."""
    rooms = site.rooms
    tenancy = Tenancy(rooms.database, rooms.registry)
    return EffectRunner(
        rooms.database, tenancy, rooms.announcer.receiver, clock=site.clock, random=lambda: 1.0
    )


def states(site: Any, tenant: str) -> list[str]:
    with site.rooms.database.read() as unit:
        rows = effects.search(unit, tenant_id=site.tenant_id(tenant))
    return [row["state"] for row in rows if row["receiver"].startswith("sleeper:")]
