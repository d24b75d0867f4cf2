"""How fast a worker sends: beside a bare pool of as many threads that posts the same body to the same
receiver.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from bench.dispatching import BOOKS, DispatchRounds, books, dispatch, listed, post_bare, total
from bench.measuring import in_turn
from bench.outbox import receiving, set_up_outbox
from bench.places import Place
from bench.plan import Plan
from bench.results import judged, unbalanced

AIM = 0.6
"""The worker sends at least this share of the bare pool's rate."""

WARM_UP = 200


@dataclass(frozen=True)
class Sending:
    """One sender on one database, beside the bare pool."""

    columns: ClassVar[Sequence[str]] = (
        "database", "threads", "sender", "sent/s", "rate ratio", "CPU s/1,000", "CPU ratio",
        "receiver CPU s/1,000", *BOOKS,
    )  # fmt: skip

    database: str
    threads: int
    sender: str
    rounds: DispatchRounds
    bare: DispatchRounds

    @property
    def rate_ratio(self) -> float:
        """What share of the bare pool's rate it reaches."""
        return self.rounds.ratio(self.bare, lambda sample: sample.rate)

    @property
    def cpu_ratio(self) -> float:
        """CPU per delivery, as a multiple of the bare pool's."""
        return self.rounds.ratio(self.bare, lambda sample: sample.cpu)

    def cells(self) -> list[str]:
        """The row of the table."""
        return [
            self.database,
            str(self.threads),
            self.sender,
            f"{self.rounds.middle(lambda sample: sample.rate):,.0f}",
            f"{self.rate_ratio:.2f}",
            f"{self.rounds.middle(lambda sample: sample.cpu):.2f}",
            f"{self.cpu_ratio:.2f}",
            f"{self.rounds.middle(lambda sample: sample.receiver_cpu):.2f}",
            *books(self.rounds),
        ]

    def verdicts(self) -> list[str]:
        """The worker's rate beside the aim."""
        if self.rounds is self.bare:
            return []
        return [
            f"{self.database}, {self.threads} threads: {self.rate_ratio:.2f} of the bare pool's rate, "
            f"{judged(self.rate_ratio >= AIM)} the aim of at least {AIM:g}"
        ]

    def faults(self) -> list[str]:
        """Books that do not balance."""
        return unbalanced(total(self.rounds))

    def as_dict(self) -> dict[str, object]:
        """The ratios, and each round."""
        return {
            "database": self.database,
            "threads": self.threads,
            "sender": self.sender,
            "rate_ratio": self.rate_ratio,
            "cpu_ratio": self.cpu_ratio,
            "rounds": listed(self.rounds),
        }


def compare_sending(place: Place, plan: Plan) -> Iterator[Sending]:
    """Bare pool and worker in turn."""
    with receiving(place, "deliveries") as receiver:
        outbox = set_up_outbox(place, "deliveries", receiver)
        place.log(f"{place.database}: {plan.rounds} rounds of {plan.deliveries:,} deliveries")
        with outbox.worker(plan.threads) as worker:
            dispatch(outbox, worker, receiver, WARM_UP)
            candidates = {
                "bare pool": partial(post_bare, receiver, outbox.body, plan.deliveries, plan.threads),
                "worker": partial(dispatch, outbox, worker, receiver, plan.deliveries),
            }
            found = {name: DispatchRounds(all_) for name, all_ in in_turn(candidates, plan.rounds).items()}
    for name, rounds in found.items():
        yield Sending(place.database, plan.threads, name, rounds, found["bare pool"])
