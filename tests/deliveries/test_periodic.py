"""Periodic jobs: for whom they are called and when, by one worker at a time, and what a failure or a
killed worker leaves."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

import hub
from hub.app import create_worker
from hub.deliveries import PeriodicRunner, Tenancy, worker_name
from hub.records import outbox, periodic
from hub.records.tables import Customer
from hub.records.tenants import table
from hub.registry.registry import TenantEntry
from hub.support.ids import new_id

JOB = "gardener.water"
LEASE = 60
"""HUB_WORKER_LEASE, in seconds."""


class Killed(BaseException):
    """Ends a worker as nothing else does that it would handle."""


class Gardener(hub.Plugin):
    """An effect that writes a row for each tenant once an hour."""

    manifest = hub.Manifest(slug="gardener", title={"de": "Gärtner", "en": "Gardener"}, kinds=("effect",))

    def __init__(self) -> None:
        self.ticks: list[hub.Tick] = []
        self.meanwhile: Callable[[hub.Tick, Any], None] = lambda _tick, _unit: None

    @hub.periodic(every=timedelta(hours=1))
    def water(self, tick: hub.Tick, unit: Any) -> None:
        """Waters."""
        self.ticks.append(tick)
        row = {"id": new_id(), "tenant_id": tick.tenant_id, "created_at": tick.now}
        name = f"{tick.now}@{len(self.ticks)}"
        unit.insert(table(Customer), row | {"email": name, "email_key": name, "extra": {}})
        self.meanwhile(tick, unit)

    @property
    def watered(self) -> list[str]:
        """For whom it was called, in order."""
        return [tick.tenant.slug for tick in self.ticks]


class Keen(Gardener):
    """The same in a later version, which is done more often."""

    @hub.periodic(every=timedelta(minutes=5))
    def water(self, tick: hub.Tick, unit: Any) -> None:
        """Waters."""
        super().water(tick, unit)


class Swallower(Gardener):
    """Takes no notice of a statement that the database refused."""

    manifest = hub.Manifest(slug="swallower", title={"de": "S", "en": "S"}, kinds=("effect",))

    @hub.periodic(every=timedelta(hours=1))
    def water(self, tick: hub.Tick, unit: Any) -> None:
        """Waters."""
        super().water(tick, unit)
        with contextlib.suppress(sa.exc.DBAPIError):
            unit.insert(table(Customer), {"id": None})


@pytest.fixture
def gardener() -> Gardener:
    return Gardener()


@pytest.fixture
def office(make_office: Callable[..., Any], gardener: Gardener) -> Any:
    """A hub with three tenants."""
    made = make_office([gardener])
    made.site.add_tenant("nachbar")
    made.site.add_tenant("dritter")
    return made


TENANTS = ["musterfirma", "nachbar", "dritter"]


def job(office: Any, name: str = JOB) -> Any:
    with office.site.rooms.database.read() as unit:
        return {row["name"]: row for row in periodic.rows(unit)}[name]


def make_due(office: Any) -> bool:
    with office.site.rooms.database.write() as unit:
        return periodic.make_due(unit, JOB, office.site.clock())


def make_runner(office: Any, tenancy: type[Tenancy] = Tenancy) -> PeriodicRunner:
    """The part of a worker that does periodic jobs."""
    rooms = office.site.rooms
    return PeriodicRunner(
        rooms.database,
        tenancy(rooms.database, rooms.registry),
        rooms.plugins.jobs(),
        name=worker_name(),
        clock=rooms.clock,
        random=lambda: 1.0,
        lease=timedelta(seconds=LEASE),
    )


def make_round(runner: PeriodicRunner) -> None:
    while runner.turn()[0]:
        pass


def rows(office: Any, tenant: str) -> int:
    return len(office.site.records("customers", tenant))


def fail_for(gardener: Gardener, *slugs: str, error: BaseException) -> None:
    """Let the job raise for these tenants."""

    def meanwhile(tick: hub.Tick, _unit: Any) -> None:
        if tick.tenant.slug in slugs:
            raise error

    gardener.meanwhile = meanwhile


def test_it_is_called_once_for_each_tenant_and_again_when_it_is_time(office: Any, gardener: Gardener) -> None:
    assert office.work() == 3
    assert gardener.watered == TENANTS
    tick = gardener.ticks[1]
    assert (tick.tenant_id, tick.now) == (office.site.tenant_id("nachbar"), office.site.clock())
    assert [rows(office, tenant) for tenant in TENANTS] == [1, 1, 1]
    done = job(office)
    assert done["next_at"] == office.site.clock() + timedelta(hours=1)
    assert (done["last_started_at"], done["last_finished_at"]) == (office.site.clock(), office.site.clock())
    assert (done["claimed_by"], done["claimed_until"], done["served"], done["last_error"]) == (None,) * 4

    office.site.clock.advance(minutes=59)
    assert office.work() == 0
    office.site.clock.advance(minutes=1)
    assert office.work() == 3
    assert gardener.watered == TENANTS * 2


def test_it_is_called_only_for_whom_the_plugin_is_on(office: Any, gardener: Gardener) -> None:
    office.site.change("gardener", tenant="nachbar", enabled=False)
    assert office.work() == 2
    assert gardener.watered == ["musterfirma", "dritter"]

    office.site.change("gardener", tenant="nachbar", enabled=True)
    office.site.clock.advance(hours=1)
    office.work()
    assert gardener.watered[2:] == TENANTS


def test_one_for_whom_it_is_switched_off_meanwhile_is_left_out(office: Any, gardener: Gardener) -> None:
    """The worker has just read that it is on, and has not begun the tenant's transaction."""

    class Late(Tenancy):
        def entry(self, tenant_id: UUID) -> TenantEntry | None:
            found = super().entry(tenant_id)
            if found and found.tenant.slug == "nachbar" and ("gardener", "default") in found.targets:
                office.site.change("gardener", tenant="nachbar", enabled=False)
            return found

    make_round(make_runner(office, Late))
    assert gardener.watered == ["musterfirma", "dritter"]


def test_a_tenant_whose_connection_cannot_be_used_is_left_out(office: Any, gardener: Gardener) -> None:
    office.site.change("gardener", tenant="musterfirma", settings={"nobody": "knows"})

    assert office.work() == 2
    assert gardener.watered == ["nachbar", "dritter"]
    assert job(office)["last_error"] is None


def test_a_tenant_with_two_connections_is_served_once(office: Any, gardener: Gardener) -> None:
    office.site.connect("gardener", name="second")
    office.work()
    assert gardener.watered == TENANTS


def test_a_failing_tenant_does_not_stop_the_others(office: Any, gardener: Gardener) -> None:
    fail_for(gardener, "musterfirma", "nachbar", error=ValueError("no \x00 water"))
    office.work()
    assert gardener.watered == TENANTS
    assert [rows(office, tenant) for tenant in TENANTS] == [0, 0, 1]  # what it wrote is undone
    failed = job(office)
    assert (failed["failed"], failed["failed_rounds"]) == (2, 1)
    said, _, where = failed["last_error"].partition("\n")
    assert said == "nachbar: ValueError: no \ufffd water"
    assert where.startswith("Traceback")

    for number, wait in enumerate((5, 30, 300, 1800, 3600, 3600), 1):  # an hour at most
        assert (job(office)["next_at"] - office.site.clock()).total_seconds() == wait
        assert (office.work(), job(office)["failed_rounds"]) == (0, number)
        office.site.clock.advance(seconds=wait)
        office.work()
    gardener.meanwhile = lambda _tick, _unit: None
    office.site.clock.advance(hours=1)
    office.work()
    assert [rows(office, tenant) > 0 for tenant in TENANTS] == [True] * 3
    healed = job(office)
    assert (healed["failed"], healed["failed_rounds"], healed["last_error"]) == (0, 0, None)
    assert healed["next_at"] == office.site.clock() + timedelta(hours=1)


def test_a_statement_that_failed_unnoticed_is_a_failure(make_office: Any) -> None:
    """PostgreSQL takes nothing more in such a transaction, and would undo it without a word."""
    swallower = Swallower()
    office = make_office([swallower])
    postgres = office.site.rooms.database.engine.dialect.name == "postgresql"
    office.work()

    assert rows(office, "musterfirma") == (0 if postgres else 1)
    assert job(office, "swallower.water")["failed"] == (1 if postgres else 0)


def test_what_cannot_be_committed_is_a_failure_too(office: Any, gardener: Gardener) -> None:
    def lose_connection(tick: hub.Tick, unit: Any) -> None:
        if tick.tenant.slug == "nachbar":
            unit.connection.invalidate()

    gardener.meanwhile = lose_connection
    office.work()

    assert gardener.watered == TENANTS
    assert [rows(office, tenant) for tenant in TENANTS] == [1, 0, 1]
    assert job(office)["last_error"].startswith("nachbar: ")


def test_what_it_leaves_in_the_outbox_leaves_in_the_same_pass(office: Any, gardener: Gardener) -> None:
    def post(tick: hub.Tick, unit: Any) -> None:
        target = f"{office.receiver.url}/{tick.tenant.slug}"
        outbox.enqueue(unit, tenant_id=tick.tenant_id, channel="post", target=target, content={}, at=tick.now)

    gardener.meanwhile = post
    office.work()
    assert len(office.receiver.requests) == 3


def test_three_workers_make_one_round(office: Any, gardener: Gardener) -> None:
    for number in range(10):
        office.site.add_tenant(f"tenant-{number}")
    gardener.meanwhile = lambda _tick, _unit: time.sleep(0.01)
    threads = [threading.Thread(target=office.work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert set(Counter(gardener.watered).values()) == {1}
    assert len(gardener.watered) == 13
    assert rows(office, "tenant-9") == 1


def test_after_a_killed_worker_another_goes_on_when_its_lease_is_over(
    office: Any, gardener: Gardener
) -> None:
    fail_for(gardener, "nachbar", error=Killed())
    with pytest.raises(Killed):
        office.work()
    assert gardener.watered == ["musterfirma", "nachbar"]
    assert rows(office, "nachbar") == 0
    started = office.site.clock()

    gardener.ticks.clear()
    gardener.meanwhile = lambda _tick, _unit: None
    office.site.clock.advance(seconds=LEASE - 1)
    assert (office.work(), make_due(office)) == (0, False)
    office.site.clock.advance(seconds=1)
    assert office.work() == 2
    assert gardener.watered == ["nachbar", "dritter"]  # and not once more the first
    assert job(office)["last_started_at"] == started
    assert job(office)["next_at"] == started + timedelta(hours=1)


def test_a_long_round_is_held_as_it_goes(office: Any, gardener: Gardener) -> None:
    """Longer than a lease in all, though no single tenant takes as long."""

    def slow(_tick: hub.Tick, _unit: Any) -> None:
        office.site.clock.advance(seconds=LEASE - 1)

    gardener.meanwhile = slow
    office.work()
    assert gardener.watered == TENANTS
    assert job(office)["last_finished_at"] == job(office)["last_started_at"] + timedelta(
        seconds=3 * (LEASE - 1)
    )


def test_who_lost_the_lease_does_nothing_more(office: Any, gardener: Gardener) -> None:
    """A worker that sleeps through its lease between two tenants finds that another has gone on."""
    sleeper, other = make_runner(office), make_runner(office)
    assert sleeper.turn()[0] == 1
    office.site.clock.advance(seconds=LEASE)
    assert other.turn()[0] == 1
    assert sleeper.turn()[0] == 0
    assert gardener.watered == ["musterfirma", "nachbar"]

    make_round(other)
    assert gardener.watered == TENANTS
    assert sleeper.turn()[0] == 0


def test_jobs_of_plugins_that_are_gone_are_removed(
    make_app: Any, database_url: str, gardener: Gardener, clock: Any
) -> None:
    site = make_app(database_url, [gardener])
    site.add_tenant("musterfirma")
    create_worker(site.rooms).run_due()
    with site.rooms.database.read() as unit:
        assert JOB in periodic.next_times(unit)

    create_worker(make_app(database_url).rooms).run_due()
    with site.rooms.database.read() as unit:
        assert "gardener" not in {name.partition(".")[0] for name in periodic.next_times(unit)}

    create_worker(site.rooms).run_due()  # it is back, and new
    assert gardener.watered == ["musterfirma"] * 2


def test_one_that_is_now_done_more_often_does_not_wait_as_long(
    make_app: Any, database_url: str, gardener: Gardener, clock: Any
) -> None:
    site, keen = make_app(database_url, [gardener]), Keen()
    site.add_tenant("musterfirma")
    create_worker(site.rooms).run_due()

    later = make_app(database_url, [keen])
    create_worker(later.rooms).run_due()
    clock.advance(minutes=5)
    create_worker(later.rooms).run_due()
    assert (gardener.watered, keen.watered) == (["musterfirma"], ["musterfirma"])


def test_a_job_is_done_now_if_somebody_wants_it(office: Any, gardener: Gardener) -> None:
    office.work()
    assert make_due(office)
    office.work()
    assert gardener.watered == TENANTS * 2


def test_a_running_worker_does_what_becomes_due(office: Any, gardener: Gardener) -> None:
    engine = create_worker(office.site.rooms)
    engine.start()
    try:
        await_that(lambda: job_finished(office))
        assert gardener.watered == TENANTS
        office.site.clock.advance(hours=1)
        await_that(lambda: len(gardener.watered) == 6)
    finally:
        engine.stop(10)
    assert gardener.watered == TENANTS * 2


def test_an_idle_worker_asks_nothing_until_it_is_time(office: Any, gardener: Gardener) -> None:
    runner = make_runner(office)
    make_round(runner)
    statements: list[str] = []
    engine = office.site.rooms.database.engine
    sa.event.listen(engine, "before_cursor_execute", lambda c, cursor, text, *_: statements.append(text))
    for _ in range(100):
        assert runner.turn() == (0, office.site.clock() + timedelta(hours=1))
    assert statements == []

    office.site.clock.advance(hours=1)
    assert runner.turn()[0] == 1
    assert statements


def job_finished(office: Any) -> bool:
    with office.site.rooms.database.read() as unit:
        found = {row["name"]: row for row in periodic.rows(unit)}
    return JOB in found and found[JOB]["last_finished_at"] is not None


def await_that(true: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)
