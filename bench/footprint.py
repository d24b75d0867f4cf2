"""Resident memory of a process by what it has done so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

PORTIONS = 10
"""After each of so many equal parts the memory is read."""


@dataclass(frozen=True)
class Footprint:
    """A process after each portion of its work. ``books`` are the cells of the last columns, which the
    table of each kind of work names; ``rounds`` are for JSON."""

    columns: ClassVar[Sequence[str]] = (
        "database",
        "portion",
        "resident MB after each portion",
        "last/first",
        "MB/1,000",
    )

    database: str
    portion: int
    resident: Sequence[float]
    books: Sequence[str]
    broken: Sequence[str]
    rounds: Sequence[dict[str, object]]

    @property
    def slope(self) -> float:
        """Megabytes that a thousand of it leave behind, in the second half: by then caches and pools are
        full."""
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
            *self.books,
        ]

    def verdicts(self) -> list[str]:
        """None, left to the reader: flat is what levels off."""
        return []

    def faults(self) -> list[str]:
        """Why it does not count."""
        return list(self.broken)

    def as_dict(self) -> dict[str, object]:
        """The sizes, and each round."""
        return {
            "database": self.database,
            "portion": self.portion,
            "resident_mb": self.resident,
            "mb_per_1000": self.slope,
            "rounds": self.rounds,
        }
