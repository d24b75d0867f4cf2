"""What a worker costs that has nothing to do."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import ClassVar

from bench.dispatching import dispatch
from bench.outbox import receiving, set_up_outbox
from bench.places import Place
from bench.plan import Plan
from bench.results import judged, unbalanced
from bench.verify import Account

AIM = 0.01
"""Share of one core."""

WARM_UP = 200
CALM_DOWN = 2.0
"""Seconds: for a second after it had something to do, a worker looks more often."""


@dataclass(frozen=True)
class Idling:
    """An idle worker on one database."""

    columns: ClassVar[Sequence[str]] = ("database", "threads", "seconds", "CPU s", "share of a core")

    database: str
    threads: int
    seconds: float
    cpu: float
    account: Account

    @property
    def share(self) -> float:
        """Of one core."""
        return self.cpu / self.seconds

    def cells(self) -> list[str]:
        """The row of the table."""
        return [
            self.database,
            str(self.threads),
            f"{self.seconds:.0f}",
            f"{self.cpu:.2f}",
            f"{self.share:.2%}",
        ]

    def verdicts(self) -> list[str]:
        """The share beside the aim."""
        return [
            f"{self.database}: {self.share:.2%} of a core, {judged(self.share < AIM)} the aim of {AIM:.0%}"
        ]

    def faults(self) -> list[str]:
        """Whether it worked before it idled."""
        return unbalanced(self.account)

    def as_dict(self) -> dict[str, object]:
        """All figures."""
        return {**asdict(self), "share": self.share}


def watch_idle(place: Place, plan: Plan) -> Iterator[Idling]:
    """A worker that has sent something, left alone."""
    with receiving(place, "idle") as receiver:
        outbox = set_up_outbox(place, "idle", receiver)
        with outbox.worker(plan.threads) as worker:
            sent = dispatch(outbox, worker, receiver, WARM_UP)
            place.log(f"{place.database}: an idle worker for {plan.idle_seconds} s")
            time.sleep(CALM_DOWN)
            before, started = worker.usage(), time.monotonic()
            time.sleep(plan.idle_seconds)
            after, ended = worker.usage(), time.monotonic()
    yield Idling(place.database, plan.threads, ended - started, after.cpu - before.cpu, sent.account)
