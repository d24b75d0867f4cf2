"""How long the steps of a request took: kept for every request, written after it was answered."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from hub.pipeline.timing import Stopwatch
from hub.records import timings


def steps(site: Any, answer: Any) -> dict[str, Any]:
    """The steps that the request reached, with their times."""
    site.rooms.pipeline.timings.settle()
    with site.rooms.database.read() as unit:
        row = timings.of(unit, UUID(answer.headers["X-Event-Id"]))
    assert row is not None
    return {step: row[step] for step in timings.STEPS if row[step] is not None}


def test_a_stopwatch_adds_what_a_step_takes_when_it_goes_on() -> None:
    instants = iter([100, 130, 200, 210])
    watch = Stopwatch(lambda: next(instants))
    watch.begin("persist")
    watch.begin("announce")
    watch.begin("persist")

    assert watch.stop() == {"persist": 40, "announce": 70}
    assert watch.stop() == {"persist": 40, "announce": 70}


def test_a_request_has_the_times_of_the_steps_that_it_reached(site: Any, sale: Callable[..., Any]) -> None:
    sold = site.send(sale("t-1"))
    repeated = site.send(sale("t-1"))
    forged = site.send(sale("t-2"), secret="falsch")
    unreadable = site.send(b"{")
    early = site.send(sale("t-3", event="transaction.refunded"))

    assert set(steps(site, sold)) == {"authenticate", "parse", "persist", "announce"}
    assert min(steps(site, sold).values()) > 0
    assert set(steps(site, repeated)) == {"authenticate", "parse", "persist"}
    assert set(steps(site, forged)) == {"authenticate"}
    assert set(steps(site, unreadable)) == {"authenticate", "parse"}
    assert set(steps(site, early)) == {"authenticate", "parse", "persist"}


def test_times_are_written_without_being_asked_for(site: Any, sale: Callable[..., Any]) -> None:
    answer = site.send(sale("t-1"))
    writer = site.rooms.pipeline.timings._writer
    writer.join(10)

    with site.rooms.database.read() as unit:
        assert timings.of(unit, UUID(answer.headers["X-Event-Id"])) is not None


def test_times_go_with_their_event(make_hub: Callable[..., Any], sale: Callable[..., Any]) -> None:
    site = make_hub(quarantine_events=2)
    for number in range(4):
        steps(site, site.send(sale(f"t-{number}"), secret="falsch"))

    with site.rooms.database.read() as unit:
        assert len(unit.rows(timings.TIMINGS.select())) == 2
