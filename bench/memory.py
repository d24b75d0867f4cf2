"""Whether memory grows with what was done: that of a worker with what it has sent, that of a server with what
it has received.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from bench import dispatching, results
from bench.dispatching import DispatchRounds, dispatch, listed, total
from bench.footprint import PORTIONS, Footprint
from bench.measuring import Series, measure, warm_up
from bench.outbox import receiving, set_up_outbox
from bench.places import Place, set_up_hub
from bench.plan import Plan

CONNECTIONS = 16


class OfWorker(Footprint):
    """A worker's memory by what it has sent."""

    columns: ClassVar[Sequence[str]] = (*Footprint.columns, *dispatching.BOOKS)


class OfServer(Footprint):
    """A server's memory by what it has received."""

    columns: ClassVar[Sequence[str]] = (*Footprint.columns, *results.BOOKS)


def watch_memory(place: Place, plan: Plan) -> Iterator[OfWorker]:
    """One worker that sends portion after portion."""
    portion = max(1, plan.long_run // PORTIONS)
    with receiving(place, "memory") as receiver:
        outbox = set_up_outbox(place, "memory", receiver)
        place.log(f"{place.database}: {PORTIONS} times {portion:,} deliveries by one worker")
        with outbox.worker(plan.threads) as worker:
            rounds = DispatchRounds([dispatch(outbox, worker, receiver, portion) for _ in range(PORTIONS)])
    yield OfWorker(
        place.database,
        portion,
        [sample.resident_mb for sample in rounds.samples],
        dispatching.books(rounds),
        results.unbalanced(total(rounds)),
        listed(rounds),
    )


def watch_serving(place: Place, plan: Plan) -> Iterator[OfServer]:
    """One ``hub serve`` that receives portion after portion."""
    portion = max(1, plan.received // PORTIONS)
    with set_up_hub(place, "serving").running() as target:
        warm_up(target)
        place.log(f"{place.database}: {PORTIONS} times {portion:,} requests to one server")
        series = Series([measure(target, CONNECTIONS, portion) for _ in range(PORTIONS)])
    yield OfServer(
        place.database,
        portion,
        [sample.resident_mb for sample in series.samples],
        results.books(series.median),
        results.faults(series.median),
        [sample.as_dict() for sample in series.samples],
    )
