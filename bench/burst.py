"""Very many requests at once: how long until the last of them is acknowledged, and how long each waits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from bench.measuring import Sample, measure, warm_up
from bench.places import Place, set_up_hub, yardstick_running
from bench.plan import Plan
from bench.results import BOOKS, books, faults

CONNECTIONS = 256


@dataclass(frozen=True)
class Burst:
    """One application that was sent very many requests at once."""

    columns: ClassVar[Sequence[str]] = (
        "database", "conn.", "application", "requests", "seconds", "req/s", "p50 ms", "p99 ms", "max ms",
        "CPU s/1,000", *BOOKS,
    )  # fmt: skip

    database: str
    application: str
    requests: int
    sample: Sample

    def cells(self) -> list[str]:
        """The row of the table."""
        sample = self.sample
        return [
            self.database,
            str(CONNECTIONS),
            self.application,
            f"{self.requests:,}",
            f"{sample.seconds:.1f}",
            f"{sample.rate:,.0f}",
            f"{sample.p50_ms:.0f}",
            f"{sample.p99_ms:.0f}",
            f"{sample.max_ms:.0f}",
            f"{sample.cpu:.2f}",
            *books(sample),
        ]

    def verdicts(self) -> list[str]:
        """None: what is asked of a burst is that nothing is lost."""
        return []

    def faults(self) -> list[str]:
        """Why it does not count."""
        return faults(self.sample)

    def as_dict(self) -> dict[str, object]:
        """All figures."""
        return {
            "database": self.database,
            "connections": CONNECTIONS,
            "application": self.application,
            "requests": self.requests,
            **self.sample.as_dict(),
        }


def burst(place: Place, plan: Plan) -> Iterator[Burst]:
    """The yardstick, then the hub."""
    with (
        yardstick_running(place, "yardstick-burst") as yardstick,
        set_up_hub(place, "burst").running() as hub,
    ):
        for name, target in (("yardstick", yardstick), ("hub", hub)):
            warm_up(target)
            place.log(f"{place.database}: {plan.burst:,} requests at once to the {name}")
            sample = measure(target, CONNECTIONS, plan.burst)
            yield Burst(place.database, name, plan.burst, sample)
