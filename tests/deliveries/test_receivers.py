"""Receivers that a worker calls: exactly once, again after a failure, and not for whom it is off."""

import threading
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

import hub
from hub.records import effects, outbox
from hub.records.tables import Customer
from hub.records.tenants import table
from hub.support.ids import new_id

Sale = Callable[..., dict[str, Any]]


class Clerk(hub.Plugin):
    """An effect that writes a row for each sale: soon after it, or at once."""

    manifest = hub.Manifest(slug="clerk", title={"de": "Schreiber", "en": "Clerk"}, kinds=("effect",))

    def __init__(self) -> None:
        self.heard: list[hub.Announcement] = []
        self.error: Exception | None = None
        self.meanwhile: Callable[[Any], None] = lambda _unit: None

    @hub.receives(hub.signals.transaction_created, background=True)
    def later(self, announcement: hub.Announcement, unit: Any) -> None:
        self.write(announcement, unit)

    @hub.receives(hub.signals.transaction_refunded)
    def at_once(self, announcement: hub.Announcement, unit: Any) -> None:
        self.write(announcement, unit)

    def write(self, announcement: hub.Announcement, unit: Any) -> None:
        self.heard.append(announcement)
        row = {"id": new_id(), "tenant_id": announcement.tenant_id, "created_at": announcement.received_at}
        name = f"{announcement.record_id}@{len(self.heard)}"
        unit.insert(table(Customer), row | {"email": name, "email_key": name, "extra": {}})
        self.meanwhile(unit)
        if self.error:
            raise self.error


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
def office(make_office: Callable[..., Any], clerk: Clerk) -> Any:
    return make_office([clerk])


def runs(office: Any) -> Sequence[dict[str, Any]]:
    with office.site.rooms.database.read() as unit:
        found = effects.search(unit, tenant_id=office.site.tenant_id(), limit=1000)
    return [run for run in found if run["receiver"].startswith("clerk:")]


def run(office: Any) -> dict[str, Any]:
    (only,) = runs(office)
    return only


def rows(office: Any) -> int:
    return len(office.site.records("customers"))


def test_a_background_receiver_is_called_by_the_worker(office: Any, clerk: Clerk, sale: Sale) -> None:
    answer = office.site.send(sale())
    assert (clerk.heard, run(office)["state"], run(office)["attempts"]) == ([], "pending", 0)

    office.work()
    (heard,) = clerk.heard
    transaction = office.site.record("transactions")
    assert (heard.signal, heard.action, heard.record_id) == (
        hub.signals.transaction_created,
        "created",
        transaction["id"],
    )
    assert (heard.tenant.slug, heard.tenant_id) == ("musterfirma", office.site.tenant_id())
    assert str(heard.event_id) == answer.get_json()["eventId"]
    assert heard.received_at == office.site.clock()
    done = run(office)
    assert (done["state"], done["attempts"], done["next_at"], done["reason"]) == ("done", 1, None, None)
    assert (done["record_kind"], done["record_id"]) == ("transaction", transaction["id"])

    office.work()
    assert (len(clerk.heard), rows(office)) == (1, 1)


def test_a_replay_does_not_call_it_again(office: Any, clerk: Clerk, sale: Sale) -> None:
    event_id = UUID(office.site.send(sale()).get_json()["eventId"])
    office.site.rooms.replayer.replay(event_id)
    office.work()
    office.site.rooms.replayer.replay(event_id)
    office.work()

    assert (len(clerk.heard), rows(office), len(runs(office))) == (1, 1, 1)


def test_one_that_fails_is_tried_again_and_dies(office: Any, clerk: Clerk, sale: Sale) -> None:
    clerk.error = RuntimeError("not today")
    office.site.send(sale())

    for number, wait in enumerate((5, 30, 300, 1800, 7200, 21600), 1):
        office.work()
        failed = run(office)
        assert (failed["state"], failed["attempts"]) == ("failed", number)
        assert "RuntimeError: not today" in failed["reason"]
        assert (failed["next_at"] - office.site.clock()).total_seconds() == wait
        office.work()
        assert len(clerk.heard) == number
        office.site.clock.advance(seconds=wait)
    office.work()
    dead = run(office)
    assert (dead["state"], dead["attempts"], dead["next_at"]) == ("dead", 7, None)
    assert rows(office) == 0  # what it wrote is undone each time

    clerk.error = None
    with office.site.rooms.database.write() as unit:
        assert effects.retry(unit, [dead["id"]], office.site.clock()) == [dead["id"]]
    office.work()
    assert (run(office)["state"], rows(office)) == ("done", 1)
    with office.site.rooms.database.write() as unit:
        assert effects.retry(unit, [dead["id"]], office.site.clock()) == []


def test_one_that_failed_with_the_record_is_tried_again_too(office: Any, clerk: Clerk, sale: Sale) -> None:
    office.site.send(sale())
    office.work()
    clerk.error = RuntimeError("not now")
    office.site.send({"event": "transaction.refunded", "externalId": "t-1"})
    assert runs(office)[0]["state"] == "failed"
    clerk.error = None
    office.work()
    assert len(clerk.heard) == 2  # not before five seconds

    office.site.clock.advance(seconds=5)
    office.work()
    assert [run["state"] for run in runs(office)] == ["done", "done"]
    assert (runs(office)[0]["attempts"], rows(office)) == (2, 2)


def test_it_is_skipped_for_whom_it_is_off(office: Any, clerk: Clerk, sale: Sale) -> None:
    office.site.send(sale())
    office.site.change("clerk", enabled=False)
    office.work()
    assert (clerk.heard, run(office)["state"], run(office)["reason"]) == ([], "skipped", "plugin_off")

    office.site.change("clerk", enabled=True)
    with office.site.rooms.database.write() as unit:
        effects.retry(unit, [run(office)["id"]], office.site.clock())
    office.work()
    assert (len(clerk.heard), run(office)["state"]) == (1, "done")


def test_one_whose_plugin_is_gone_waits_for_it(office: Any, clerk: Clerk, sale: Sale) -> None:
    office.site.send(sale())
    with office.site.rooms.database.write() as unit:
        its = effects.RUNS.c.receiver == "clerk:Clerk.later"
        unit.execute(sa.update(effects.RUNS).where(its).values(receiver="clerk:Clerk.gone"))
    office.work()

    assert (run(office)["state"], run(office)["reason"]) == (
        "failed",
        "no installed plugin has this receiver",
    )


def test_a_background_receiver_s_delivery_leaves_in_the_same_pass(
    office: Any, clerk: Clerk, sale: Sale
) -> None:
    def post(unit: Any) -> None:
        outbox.enqueue(
            unit,
            tenant_id=office.site.tenant_id(),
            channel="post",
            target=office.receiver.url,
            content={},
            at=office.site.clock(),
        )

    clerk.meanwhile = post
    office.site.send(sale())
    office.work()

    assert len(office.receiver.requests) == 1


def test_two_workers_call_each_receiver_once(office: Any, clerk: Clerk, sale: Sale) -> None:
    for number in range(30):
        office.site.send(sale(f"t-{number}"))
    threads = [threading.Thread(target=office.work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert {run["state"] for run in runs(office)} == {"done"}
    assert {run["attempts"] for run in runs(office)} == {1}
    assert rows(office) == 30


def test_a_backlog_of_calls_does_not_delay_another_tenant(office: Any, clerk: Clerk, sale: Sale) -> None:
    office.site.add_tenant("nachbar")
    for number in range(10):
        office.site.send(sale(f"t-{number}"))
    office.site.send(sale("n-1"), tenant="nachbar")
    office.work()

    assert "nachbar" in [heard.tenant.slug for heard in clerk.heard[:2]]
