"""Deliveries leave the machine after the commit, and are tried again until they arrive or die."""

import threading
from datetime import timedelta
from typing import Any

import pytest

import hub
from hub.app import create_worker
from hub.records import deliveries, outbox
from hub.support.ids import new_id


def test_a_delivery_arrives_and_is_done(office: Any) -> None:
    (one,) = office.post()

    assert office.work() == 1
    (request,) = office.receiver.requests
    assert (request.id, request.path, request.body) == (
        str(one),
        "/musterfirma",
        b'{"greeting": "Gr\\u00fc\\u00dfe"}',
    )
    row = office.row(one)
    assert (row["state"], row["attempts"], row["last_error"]) == ("done", 1, None)
    assert (row["finished_at"], row["claimed_by"], row["claimed_until"]) == (office.site.clock(), None, None)
    (attempt,) = office.log(one)
    assert (attempt["number"], attempt["status"], attempt["answer"], attempt["error"]) == (1, 200, "ok", None)
    assert attempt["at"] == office.site.clock()
    assert attempt["milliseconds"] >= 0
    assert office.work() == 0


def test_what_is_rolled_back_does_not_leave(office: Any) -> None:
    row = {"tenant_id": office.site.tenant_id(), "target": office.receiver.url, "at": office.site.clock()}

    def undone() -> None:
        with office.site.rooms.database.write() as unit:
            outbox.enqueue(unit, channel="post", content={}, **row)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    assert office.work() == 0
    assert office.receiver.requests == []


def test_it_is_not_sent_before_it_is_due(office: Any) -> None:
    office.post(at=office.site.clock() + timedelta(seconds=1))

    assert office.work() == 0
    office.site.clock.advance(seconds=1)
    assert office.work() == 1


def test_a_failed_one_follows_its_channel_s_schedule_and_dies(office: Any, answers: Any) -> None:
    office.receiver.always(answers(500, "x" * 2000))
    (one,) = office.post()

    for wait in (10, 100, 1000):
        assert office.work() == 1
        assert (office.state(one), office.wait(one)) == ("pending", wait)
        assert office.work() == 0
        office.site.clock.advance(seconds=wait)
    assert office.work() == 1

    row = office.row(one)
    assert (row["state"], row["attempts"], row["last_error"]) == ("dead", 4, "answered 500")
    log = office.log(one)
    assert [attempt["number"] for attempt in log] == [1, 2, 3, 4]
    assert {(attempt["status"], attempt["answer"]) for attempt in log} == {(500, "x" * 500)}
    assert [attempt["next_at"] is None for attempt in log] == [False, False, False, True]
    assert {request.id for request in office.receiver.requests} == {str(one)}  # one id, four attempts
    assert [request.headers["x-attempt"] for request in office.receiver.requests] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 5), (0.5, 7.5), (1.0, 10)])
def test_jitter_takes_off_up_to_half(office: Any, answers: Any, chance: float, wait: float) -> None:
    office.receiver.always(answers(503))
    (one,) = office.post()
    office.work(chance=chance)

    assert office.wait(one) == wait


@pytest.mark.parametrize(("asked", "wait"), [("60", 60), ("1", 10), ("99999999", 24 * 60 * 60)])
def test_a_receiver_may_ask_for_more_time(office: Any, answers: Any, asked: str, wait: int) -> None:
    office.receiver.always(answers(429, Retry_After=asked))
    (one,) = office.post()
    office.work()

    assert office.wait(one) == wait


def test_what_is_final_is_not_tried_again(office: Any, answers: Any) -> None:
    office.receiver.always(answers(410, "gone"))
    (one,) = office.post()
    office.work()

    assert (office.state(one), len(office.log(one))) == ("dead", 1)


def test_a_receiver_that_is_not_there(office: Any) -> None:
    (one,) = office.post(target="http://127.0.0.1:9/")
    office.work()

    (attempt,) = office.log(one)
    assert (office.state(one), attempt["status"], attempt["error"]) == ("pending", None, "ConnectionError")


def test_a_dead_one_is_tried_again_by_hand_with_a_schedule_of_its_own(office: Any, answers: Any) -> None:
    office.receiver.always(answers(410), answers(500), answers(200))
    (one,) = office.post()
    office.work()

    assert office.retry(one) == [one]
    office.work()
    assert (office.state(one), office.wait(one)) == ("pending", 10)
    office.site.clock.advance(seconds=10)
    office.work()
    assert (office.state(one), office.row(one)["attempts"]) == ("done", 3)
    assert office.retry(one) == []
    assert {request.id for request in office.receiver.requests} == {str(one)}


class Odd(hub.Plugin):
    """A channel that does what a channel must not do."""

    manifest = hub.Manifest(
        slug="odd",
        title={"de": "Seltsam", "en": "Odd"},
        kinds=("channel",),
        channels=(hub.Channel(name="odd", schedule=(0, 10)),),
    )
    does: Any = None

    @hub.hookimpl
    def notify(self, delivery: hub.Delivery) -> Any:
        return self.does(delivery)


def fall(_delivery: Any) -> Any:
    raise ZeroDivisionError("a fault\x00 of its own")


@pytest.mark.parametrize(
    ("does", "error"),
    [
        (fall, "ZeroDivisionError: a fault\ufffd of its own"),
        (lambda _delivery: None, "the channel odd did not say that it sent it"),
    ],
)
def test_a_channel_with_a_fault_harms_nothing(make_office: Any, does: Any, error: str) -> None:
    odd = Odd()
    odd.does = does
    office = make_office([odd])
    (one,) = office.post(channel="odd")
    (other,) = office.post()
    office.work()

    assert (office.state(one), office.row(one)["last_error"], office.wait(one)) == ("pending", error, 10)
    assert office.state(other) == "done"


@pytest.mark.parametrize(
    ("channel", "reason"),
    [
        ("post", "the plugin poster is off for this tenant"),
        ("pigeon", "no installed plugin has the channel 'pigeon'"),
    ],
)
def test_while_its_channel_is_off_a_delivery_waits(office: Any, channel: str, reason: str) -> None:
    office.site.change("poster", enabled=False)
    (one,) = office.post(channel=channel)
    office.work()

    row = office.row(one)
    assert (row["state"], row["attempts"], row["last_error"]) == ("pending", 0, reason)
    assert (office.wait(one), office.log(one)) == (300, [])
    office.site.clock.advance(hours=2)
    office.work()
    assert office.wait(one) == 3600

    office.site.change("poster", enabled=True)
    office.retry(one)
    office.work()
    assert office.state(one) == ("done" if channel == "post" else "pending")


def claim(office: Any, tenant: str = "musterfirma", *, by: str = "somebody", number: int = 1) -> list[Any]:
    now = office.site.clock()
    shares = [(office.site.tenant_id(tenant), number)]
    with office.site.rooms.database.write() as unit:
        return deliveries.claim(unit, shares, by=by, now=now, until=now + timedelta(seconds=60))


def settle(office: Any, one: Any, **values: Any) -> int:
    result = deliveries.Result(**{"claim": one, "state": "done", "at": office.site.clock()} | values)
    with office.site.rooms.database.write() as unit:
        return len(deliveries.settle(unit, [result]))


def test_a_claimed_delivery_is_nobody_else_s_until_the_lease_runs_out(office: Any) -> None:
    (one,) = office.post()
    (first,) = claim(office, by="first")

    assert office.row(one)["claimed_by"] == "first"
    assert claim(office, by="second") == []
    assert office.retry(one) == []  # not behind the back of whoever has it
    office.site.clock.advance(seconds=59)
    assert office.work() == 0
    office.site.clock.advance(seconds=1)
    assert office.work() == 1
    assert office.state(one) == "done"
    assert settle(office, first, state="dead") == 0
    assert (office.state(one), len(office.log(one))) == ("done", 1)


def test_who_lost_the_lease_has_no_say_even_if_nobody_settled_yet(office: Any) -> None:
    (one,) = office.post()
    (first,) = claim(office, by="first")
    office.site.clock.advance(seconds=60)
    (second,) = claim(office, by="second")

    assert settle(office, first) == 0
    assert (office.state(one), list(office.log(one))) == ("pending", [])
    assert settle(office, second) == 1
    assert office.state(one) == "done"


def test_what_a_worker_gives_back_is_due_at_once(office: Any) -> None:
    (one,) = office.post()
    claims = claim(office)
    with office.site.rooms.database.write() as unit:
        deliveries.release(unit, claims, office.site.clock())

    assert office.wait(one) == 0
    assert len(claim(office, by="second")) == 1


def test_a_claim_can_be_handed_on_once(office: Any) -> None:
    (one,) = office.post()
    claim(office, by="relay")
    until = office.site.clock() + timedelta(seconds=60)
    with office.site.rooms.database.write() as unit:
        taken = deliveries.take_over(unit, one, holder="relay", by="me", until=until)
        again = deliveries.take_over(unit, one, holder="relay", by="me too", until=until)
        unknown = deliveries.take_over(unit, new_id(), holder="relay", by="me", until=until)

    assert (taken and taken.by, again, unknown) == ("me", None, None)
    assert settle(office, taken) == 1
    assert office.state(one) == "done"


def test_a_running_engine_hears_of_a_commit_and_stops(office: Any) -> None:
    engine = create_worker(office.site.rooms, threads=4)
    arrived = threading.Event()
    usual = office.receiver.answer

    def answer(request: Any) -> Any:
        arrived.set()
        return usual(request)

    office.receiver.answer = answer
    engine.start()
    try:
        (one,) = office.post()
        assert arrived.wait(5)
    finally:
        engine.stop(10)
    assert office.state(one) == "done"  # what was being sent when it stopped is settled


def test_an_engine_that_stops_finishes_what_it_sends_and_gives_the_rest_back(
    office: Any, answers: Any
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def answer(_request: Any) -> Any:
        begun.set()
        assert go_on.wait(10)
        return answers(200)

    office.receiver.answer = answer
    ids = office.post(5)
    engine = create_worker(office.site.rooms, threads=1)
    engine.start()
    assert begun.wait(5)
    stopping = threading.Thread(target=engine.stop, args=(10,))
    stopping.start()
    threading.Timer(0.3, go_on.set).start()
    stopping.join(10)

    assert sorted(office.state(one) for one in ids) == ["done"] + ["pending"] * 4
    assert all(office.row(one)["claimed_by"] is None for one in ids)
    assert len(office.receiver.requests) == 1
    assert office.work() == 4
