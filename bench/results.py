"""What the specs find: rows of tables, figures for JSON, how they stand against an aim, and whether they
count at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from bench.measuring import Sample, Series
from bench.verify import Account

TOLERATED_REFUSALS = 0.01

BOOKS = ("acknowledged", "lost", "doubled", "refused")


class Result(Protocol):
    """One row of a spec's table. ``columns`` are the same for all rows."""

    columns: ClassVar[Sequence[str]]

    def cells(self) -> list[str]:
        """The row."""

    def verdict(self) -> str | None:
        """How it stands against the aim, if it has one."""

    def faults(self) -> list[str]:
        """Why it does not count; empty if it does."""

    def as_dict(self) -> dict[str, object]:
        """All figures, unrounded."""


@dataclass(frozen=True)
class Aim:
    """The CPU per request may be so many times that of something."""

    times: float
    of: str


@dataclass(frozen=True)
class Comparison:
    """One application on one database under so many connections, beside what it is compared with."""

    columns: ClassVar[Sequence[str]] = (
        "database", "conn.", "application", "req/s", "p50 ms", "p99 ms", "CPU s/1,000", "peak MB",
        "CPU ratio", *BOOKS,
    )  # fmt: skip

    database: str
    connections: int
    application: str
    series: Series
    base: Series
    aim: Aim | None = None

    @property
    def ratio(self) -> float:
        """CPU per request, as a multiple of the base's."""
        return self.series.ratio(self.base, lambda sample: sample.cpu)

    def cells(self) -> list[str]:
        """The row of the table."""
        sample = self.series.median
        return [
            self.database,
            str(self.connections),
            self.application,
            f"{sample.rate:,.0f}",
            f"{sample.p50_ms:.1f}",
            f"{sample.p99_ms:.1f}",
            f"{sample.cpu:.2f}",
            f"{sample.peak_mb:.0f}",
            f"{self.ratio:.2f}",
            *_books(sample),
        ]

    def verdict(self) -> str | None:
        """The ratio beside the aim."""
        if self.aim is None:
            return None
        return (
            f"{self.database}, {self.connections} connections: {self.ratio:.2f}× {self.aim.of}, "
            f"{judged(self.ratio <= self.aim.times)} the aim of {self.aim.times:g}×"
        )

    def faults(self) -> list[str]:
        """What the median says."""
        return _faults(self.series.median)

    def as_dict(self) -> dict[str, object]:
        """The medians, and each round."""
        return {
            "database": self.database,
            "connections": self.connections,
            "application": self.application,
            "cpu_ratio": self.ratio,
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
            *_books(base, grown),
        ]

    def verdict(self) -> None:
        """Left to the reader: the aim is about 1, whatever the noise was."""

    def faults(self) -> list[str]:
        """What both medians say."""
        return _faults(self.base.median) + _faults(self.grown.median)

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


def _faults(sample: Sample) -> list[str]:
    found = unbalanced(sample.account)
    if sample.refused > TOLERATED_REFUSALS * sum(sample.statuses.values()):
        found.append(f"too many requests were not acknowledged: {sample.statuses}")
    return found


def _books(*samples: Sample) -> list[str]:
    accounts = [sample.account for sample in samples]
    return [
        f"{sum(account.acknowledged for account in accounts):,}",
        str(sum(account.lost for account in accounts)),
        str(sum(account.doubled for account in accounts)),
        str(sum(sample.refused for sample in samples)),
    ]
