"""What a request costs: the hub beside applications that were written by hand for the one purpose."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from bench.measuring import Target, alternate, warm_up
from bench.places import Place, set_up_hub, yardstick_running
from bench.plan import Plan
from bench.results import Aim, Comparison, cpu_at_most, p99_at_most, rate_at_least

YARDSTICK = "the yardstick's"

CPU = cpu_at_most(1.5, f"{YARDSTICK} CPU per request")
MANY_AT_ONCE = (rate_at_least(2.0, f"{YARDSTICK} requests a second"), p99_at_most(150))
"""SQLite, when very many wait for the same disk."""

FURTHER = {
    ("postgresql", 16): (rate_at_least(0.9, f"{YARDSTICK} requests a second"),),
    ("sqlite", 64): MANY_AT_ONCE,
}
"""Aims of the hub besides CPU, by database and connections."""


@dataclass(frozen=True)
class Candidate:
    """An application, served by so many processes."""

    name: str
    application: str
    processes: int = 1


ALONE = (
    Candidate("yardstick", "bench.yardstick"),
    Candidate("raw yardstick", "bench.rawyardstick"),
    Candidate("hub", "hub"),
)
IN_PAIRS = (
    Candidate("yardstick, 2 processes", "bench.yardstick", 2),
    Candidate("hub, 2 processes", "hub", 2),
)
"""Only where processes can share a database, and somebody waits."""


def compare(place: Place, plan: Plan) -> Iterator[Comparison]:
    """Hub and yardsticks in turn, for each number of connections."""
    candidates = ALONE + (IN_PAIRS if place.database == "postgresql" else ())
    with ExitStack() as running:
        targets = [
            _start(place, candidate, running)
            for candidate in candidates
            if plan.with_hub or candidate.application != "hub"
        ]
        pairs = {candidate.name for candidate in IN_PAIRS}
        for target in targets:
            warm_up(target)
        for connections in plan.connections:
            place.log(f"{place.database}: {plan.rounds} rounds with {connections} connections")
            wanted = [target for target in targets if connections > 1 or target.name not in pairs]
            found = alternate(wanted, connections, plan.requests, plan.rounds)
            for name, series in found.items():
                aims = aims_of(place.database, connections) if name == "hub" else ()
                yield Comparison(place.database, connections, name, series, found["yardstick"], aims)


def aims_of(database: str, connections: int) -> Sequence[Aim]:
    """What the hub is to reach beside the yardstick."""
    return (CPU, *FURTHER.get((database, connections), ()))


def _start(place: Place, candidate: Candidate, running: ExitStack) -> Target:
    name = candidate.name.replace(", ", "-").replace(" ", "-")
    if candidate.application == "hub":
        hub = set_up_hub(place, name)
        return running.enter_context(hub.running(called=candidate.name, processes=candidate.processes))
    return running.enter_context(
        yardstick_running(place, candidate.name, candidate.application, processes=candidate.processes)
    )
