"""Whether a worker's memory grows with what it has sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from bench.dispatching import BOOKS, DispatchRounds, books, dispatch, listed, total
from bench.outbox import receiving, set_up_outbox
from bench.places import Place
from bench.plan import Plan
from bench.results import unbalanced

PORTIONS = 10
"""After each of so many equal parts the memory is read."""


@dataclass(frozen=True)
class Footprint:
    """A worker's resident memory by what it has sent so far."""

    columns: ClassVar[Sequence[str]] = (
        "database",
        "portion",
        "resident MB after each portion",
        "last/first",
        "MB/1,000",
        *BOOKS,
    )

    database: str
    portion: int
    rounds: DispatchRounds

    @property
    def resident(self) -> list[float]:
        """Megabytes after each portion."""
        return [sample.resident_mb for sample in self.rounds.samples]

    @property
    def slope(self) -> float:
        """Megabytes that a thousand deliveries leave behind, in the second half: by then caches and
        pools are full."""
        later = self.resident[len(self.resident) // 2 :]
        return (later[-1] - later[0]) / ((len(later) - 1) * self.portion) * 1000

    def cells(self) -> list[str]:
        """The row of the table."""
        return [
            self.database,
            f"{self.portion:,}",
            " ".join(f"{size:.0f}" for size in self.resident),
            f"{self.resident[-1] / self.resident[0]:.2f}",
            f"{self.slope:.3f}",
            *books(self.rounds),
        ]

    def verdict(self) -> None:
        """Left to the reader: flat is what levels off."""

    def faults(self) -> list[str]:
        """Books that do not balance."""
        return unbalanced(total(self.rounds))

    def as_dict(self) -> dict[str, object]:
        """The samples, and each round."""
        return {
            "database": self.database,
            "portion": self.portion,
            "resident_mb": self.resident,
            "mb_per_1000": self.slope,
            "rounds": listed(self.rounds),
        }


def watch_memory(place: Place, plan: Plan) -> Iterator[Footprint]:
    """One worker that sends portion after portion."""
    portion = max(1, plan.long_run // PORTIONS)
    with receiving(place, "memory") as receiver:
        outbox = set_up_outbox(place, "memory", receiver)
        place.log(f"{place.database}: {PORTIONS} times {portion:,} deliveries by one worker")
        with outbox.worker(plan.threads) as worker:
            rounds = [dispatch(outbox, worker, receiver, portion) for _ in range(PORTIONS)]
    yield Footprint(place.database, portion, DispatchRounds(rounds))
