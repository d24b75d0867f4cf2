"""What the specs find: rows of tables, figures for JSON, how they stand against an aim, and whether they
count at all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from bench.measuring import Sample, Series
from bench.verify import Account

TOLERATED_REFUSALS = 0.01

FLAT = 1.1
"""What growth may multiply the CPU per request by."""

BOOKS = ("acknowledged", "lost", "doubled", "refused")


class Result(Protocol):
    """One row of a spec's table. ``columns`` are the same for all rows."""

    columns: ClassVar[Sequence[str]]

    def cells(self) -> list[str]:
        """The row."""

    def verdicts(self) -> list[str]:
        """How it stands against each of its aims."""

    def faults(self) -> list[str]:
        """Why it does not count; empty if it does."""

    def as_dict(self) -> dict[str, object]:
        """All figures, unrounded."""


@dataclass(frozen=True)
class Aim:
    """What a figure of a comparison is to be, at most or at least."""

    figure: Callable[["Comparison"], float]
    limit: float
    said: str
    """The figure in words, with a place for its value, such as ``{:.2f}× the CPU``."""

    at_least: bool = False

    def verdict(self, found: "Comparison") -> str:
        """How the comparison stands against it."""
        value = self.figure(found)
        reached = value >= self.limit if self.at_least else value <= self.limit
        return (
            f"{found.database}, {found.connections} connections, {found.application}: "
            f"{self.said.format(value)}, {judged(reached)} the aim of at "
            f"{'least' if self.at_least else 'most'} {self.limit:g}"
        )


def cpu_at_most(times: float, of: str) -> Aim:
    """The CPU per request, as a multiple of the base's."""
    return Aim(lambda found: found.ratio, times, f"{{:.2f}} times {of}")


def rate_at_least(times: float, of: str) -> Aim:
    """Acknowledged requests per second, as a multiple of the base's."""
    return Aim(lambda found: found.rate_ratio, times, f"{{:.2f}} times {of}", at_least=True)


def p99_at_most(milliseconds: float) -> Aim:
    """The time in which 99 of 100 requests were answered."""
    return Aim(lambda found: found.series.median.p99_ms, milliseconds, "p99 {:.0f} ms")


@dataclass(frozen=True)
class Comparison:
    """One application on one database under so many connections, beside what it is compared with."""

    columns: ClassVar[Sequence[str]] = (
        "database", "conn.", "application", "req/s", "req/s ratio", "p50 ms", "p99 ms", "CPU s/1,000",
        "CPU ratio", "peak MB", *BOOKS,
    )  # fmt: skip

    database: str
    connections: int
    application: str
    series: Series
    base: Series
    aims: Sequence[Aim] = ()

    @property
    def ratio(self) -> float:
        """CPU per request, as a multiple of the base's."""
        return self.series.ratio(self.base, lambda sample: sample.cpu)

    @property
    def rate_ratio(self) -> float:
        """Requests per second, as a multiple of the base's."""
        return self.series.ratio(self.base, lambda sample: sample.rate)

    def cells(self) -> list[str]:
        """The row of the table."""
        sample = self.series.median
        return [
            self.database,
            str(self.connections),
            self.application,
            f"{sample.rate:,.0f}",
            f"{self.rate_ratio:.2f}",
            f"{sample.p50_ms:.1f}",
            f"{sample.p99_ms:.1f}",
            f"{sample.cpu:.2f}",
            f"{self.ratio:.2f}",
            f"{sample.peak_mb:.0f}",
            *books(sample),
        ]

    def verdicts(self) -> list[str]:
        """The figures beside their aims."""
        return [aim.verdict(self) for aim in self.aims]

    def faults(self) -> list[str]:
        """What the median says."""
        return faults(self.series.median)

    def as_dict(self) -> dict[str, object]:
        """The medians, and each round."""
        return {
            "database": self.database,
            "connections": self.connections,
            "application": self.application,
            "cpu_ratio": self.ratio,
            "rate_ratio": self.rate_ratio,
            **self.series.median.as_dict(),
            "rounds": [sample.as_dict() for sample in self.series.samples],
        }


@dataclass(frozen=True)
class Growth:
    """The hub small, and the hub grown along one axis."""

    columns: ClassVar[Sequence[str]] = (
        "database", "axis", "from", "to", "CPU s/1,000", "CPU ratio", "p50 ms", "p50 ratio", "p99 ratio",
        "req/s ratio", *BOOKS,
    )  # fmt: skip

    database: str
    axis: str
    base_label: str
    grown_label: str
    base: Series
    grown: Series

    @property
    def ratios(self) -> dict[str, float]:
        """What growing multiplied each figure by; 1 is the aim."""
        return {
            "cpu": self.grown.ratio(self.base, lambda sample: sample.cpu),
            "p50": self.grown.ratio(self.base, lambda sample: sample.p50_ms),
            "p99": self.grown.ratio(self.base, lambda sample: sample.p99_ms),
            "rate": self.grown.ratio(self.base, lambda sample: sample.rate),
        }

    def cells(self) -> list[str]:
        """The row of the table."""
        base, grown, ratios = self.base.median, self.grown.median, self.ratios
        return [
            self.database,
            self.axis,
            self.base_label,
            self.grown_label,
            f"{base.cpu:.2f} → {grown.cpu:.2f}",
            f"{ratios['cpu']:.2f}",
            f"{base.p50_ms:.1f} → {grown.p50_ms:.1f}",
            f"{ratios['p50']:.2f}",
            f"{ratios['p99']:.2f}",
            f"{ratios['rate']:.2f}",
            *books(base, grown),
        ]

    def verdicts(self) -> list[str]:
        """The CPU per request beside the aim."""
        cpu = self.ratios["cpu"]
        return [
            f"{self.database}, {self.axis} {self.base_label} → {self.grown_label}: {cpu:.2f} times the CPU "
            f"per request, {judged(cpu <= FLAT)} the aim of at most {FLAT:g}"
        ]

    def faults(self) -> list[str]:
        """What both medians say."""
        return faults(self.base.median) + faults(self.grown.median)

    def as_dict(self) -> dict[str, object]:
        """Ratios and medians."""
        return {
            "database": self.database,
            "axis": self.axis,
            "from": self.base_label,
            "to": self.grown_label,
            "ratios": self.ratios,
            "base": self.base.median.as_dict(),
            "grown": self.grown.median.as_dict(),
        }


def judged(reached: bool) -> str:
    """How a figure stands against its aim, in a word that stands out if it misses it."""
    return "within" if reached else "OUTSIDE"


def unbalanced(account: Account) -> list[str]:
    """The fault of books that do not balance."""
    return [] if account.balanced else [f"the books do not balance: {account}"]


def faults(sample: Sample) -> list[str]:
    """Why a sample does not count."""
    found = unbalanced(sample.account)
    if sample.refused > TOLERATED_REFUSALS * sum(sample.statuses.values()):
        found.append(f"too many requests were not acknowledged: {sample.statuses}")
    return found


def books(*samples: Sample) -> list[str]:
    """The last columns of a table."""
    accounts = [sample.account for sample in samples]
    return [
        f"{sum(account.acknowledged for account in accounts):,}",
        str(sum(account.lost for account in accounts)),
        str(sum(account.doubled for account in accounts)),
        str(sum(sample.refused for sample in samples)),
    ]
