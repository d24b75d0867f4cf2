"""Whether what was sent long ago slows down what is due: the same deliveries beside none and beside very
many finished ones.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from bench.dispatching import BOOKS, DispatchRounds, books, dispatch, listed, total
from bench.measuring import in_turn
from bench.outbox import receiving, set_up_outbox
from bench.places import Place
from bench.plan import Plan
from bench.results import unbalanced

WARM_UP = 200


@dataclass(frozen=True)
class Ballast:
    """An outbox that is new, and one with a long past."""

    columns: ClassVar[Sequence[str]] = (
        "database", "finished", "due", "CPU s/1,000", "CPU ratio", "ms for all due", "time ratio", *BOOKS,
    )  # fmt: skip

    database: str
    finished: int
    due: int
    base: DispatchRounds
    grown: DispatchRounds

    @property
    def ratios(self) -> dict[str, float]:
        """What the past multiplied each figure by; 1 is the aim."""
        return {
            "cpu": self.grown.ratio(self.base, lambda sample: sample.cpu),
            "time": self.grown.ratio(self.base, lambda sample: sample.seconds),
        }

    def cells(self) -> list[str]:
        """The row of the table."""
        both = (self.base, self.grown)
        cpu = [f"{rounds.middle(lambda sample: sample.cpu):.2f}" for rounds in both]
        time = [f"{rounds.middle(lambda sample: sample.seconds) * 1000:,.0f}" for rounds in both]
        return [
            self.database,
            f"0 → {self.finished:,}",
            f"{self.due:,}",
            " → ".join(cpu),
            f"{self.ratios['cpu']:.2f}",
            " → ".join(time),
            f"{self.ratios['time']:.2f}",
            *books(*both),
        ]

    def verdicts(self) -> list[str]:
        """None, left to the reader: the aim is about 1, whatever the noise was."""
        return []

    def faults(self) -> list[str]:
        """Books that do not balance."""
        return unbalanced(total(self.base)) + unbalanced(total(self.grown))

    def as_dict(self) -> dict[str, object]:
        """The ratios, and each round."""
        return {
            "database": self.database,
            "finished": self.finished,
            "due": self.due,
            "ratios": self.ratios,
            "base": listed(self.base),
            "grown": listed(self.grown),
        }


def add_past(place: Place, plan: Plan) -> Iterator[Ballast]:
    """A new outbox and one with a past, emptied in turn."""
    with receiving(place, "finished") as receiver:
        new = set_up_outbox(place, "finished-none", receiver)
        old = set_up_outbox(place, "finished-many", receiver)
        place.log(f"{place.database}: adding {plan.finished:,} finished deliveries")
        old.add_finished(plan.finished)
        place.log(f"{place.database}: {plan.rounds} rounds of {plan.due:,} due deliveries")
        with new.worker(plan.threads) as one, old.worker(plan.threads) as other:
            for outbox, worker in ((new, one), (old, other)):
                dispatch(outbox, worker, receiver, WARM_UP)
            candidates = {
                "new": partial(dispatch, new, one, receiver, plan.due),
                "old": partial(dispatch, old, other, receiver, plan.due),
            }
            found = in_turn(candidates, plan.rounds)
    yield Ballast(
        place.database, plan.finished, plan.due, DispatchRounds(found["new"]), DispatchRounds(found["old"])
    )
