"""The results: as tables on the terminal, as JSON, and as Markdown for the docs."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from bench.measuring import Sample, Series

AIM = 1.5
"""The hub may cost this many times the yardstick's CPU per request."""

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
TOLERATED_REFUSALS = 0.01

MAIN_COLUMNS = (
    "database", "conn.", "application", "req/s", "p50 ms", "p99 ms", "CPU s/1,000", "peak MB", "CPU ratio",
    "acknowledged", "lost", "doubled", "refused",
)  # fmt: skip
GROWTH_COLUMNS = (
    "database", "axis", "from", "to", "CPU s/1,000", "CPU ratio", "p50 ms", "p50 ratio", "p99 ratio",
    "req/s ratio", "acknowledged", "lost", "doubled", "refused",
)  # fmt: skip


@dataclass(frozen=True)
class MainResult:
    """One application on one database under so many connections."""

    database: str
    connections: int
    application: str
    series: Series
    yardstick: Series

    @property
    def ratio(self) -> float:
        """CPU per request, as a multiple of the yardstick's."""
        return self.series.ratio(self.yardstick, lambda sample: sample.cpu)

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


@dataclass(frozen=True)
class GrowthResult:
    """The hub small, and the hub grown along one axis."""

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


@dataclass
class Report:
    """Everything one call of the bench has found."""

    settings: dict[str, object]
    databases: list[str] = field(default_factory=list)
    main: list[MainResult] = field(default_factory=list)
    growth: list[GrowthResult] = field(default_factory=list)

    @property
    def samples(self) -> list[Sample]:
        """The medians of all series, for the books."""
        grown = [series.median for result in self.growth for series in (result.base, result.grown)]
        return [result.series.median for result in self.main] + grown

    def faults(self) -> list[str]:
        """Why the run does not count; empty if it does."""
        found = []
        for sample in self.samples:
            if not sample.account.balanced:
                found.append(f"the books do not balance: {sample.account}")
            if sample.refused > TOLERATED_REFUSALS * sum(sample.statuses.values()):
                found.append(f"too many requests were not acknowledged: {sample.statuses}")
        return found

    def print(self, console: Console) -> None:
        """Readable tables, and how the figures stand against the aim."""
        for title, columns, rows in self._tables():
            table = Table(*columns, title=title, title_justify="left")
            for row in rows:
                table.add_row(*row)
            console.print(table)
        for result in self._hub_results():
            verdict = "within" if result.ratio <= AIM else "ABOVE"
            console.print(
                f"{result.database}, {result.connections} connections: {result.ratio:.2f}× the "
                f"yardstick's CPU per request, {verdict} the aim of {AIM}×"
            )

    def write_json(self, path: Path) -> None:
        """All figures, unrounded."""
        content = {
            "machine": machine(),
            "versions": versions(self.databases),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "settings": self.settings,
            "main": [_main_json(result) for result in self.main],
            "growth": [_growth_json(result) for result in self.growth],
        }
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def write_markdown(self, path: Path) -> None:
        """The tables; between the two markers if the file has them, else as the whole file."""
        text = f"{BEGIN}\n{self._markdown()}{END}\n"
        if path.is_file() and BEGIN in (old := path.read_text(encoding="utf-8")) and END in old:
            before, after = old.split(BEGIN, 1)[0], old.rsplit(END, 1)[1]
            text = before + text.rstrip("\n") + after
        path.write_text(text, encoding="utf-8")

    def _markdown(self) -> str:
        lines = [f"Measured {datetime.now(UTC):%Y-%m-%d} on {machine()}; {versions(self.databases)}.", ""]
        lines += [
            "Settings: " + ", ".join(f"{name} {value}" for name, value in self.settings.items()) + ".",
            "",
        ]
        for title, columns, rows in self._tables():
            lines += [f"**{title}**", "", _markdown_row(columns), _markdown_row(["---"] * len(columns))]
            lines += [_markdown_row(row) for row in rows] + [""]
        return "\n".join(lines)

    def _tables(self) -> list[tuple[str, Sequence[str], list[list[str]]]]:
        main = ("Hub and yardstick", MAIN_COLUMNS, [result.cells() for result in self.main])
        growth = ("Growth", GROWTH_COLUMNS, [result.cells() for result in self.growth])
        return [table for table in (main, growth) if table[2]]

    def _hub_results(self) -> list[MainResult]:
        return [result for result in self.main if result.application == "hub"]


def machine() -> str:
    """Processor, cores, memory and system, without any name of the machine."""
    memory = psutil.virtual_memory().total / 1024**3
    system = f"{platform.system()} {platform.release()}"
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, {system}"


def versions(databases: Sequence[str]) -> str:
    """What was measured, and on what it ran."""
    packages = ("integration-hub", "Flask", "SQLAlchemy", "waitress", "psycopg")
    found = [f"{name} {_version(name)}" for name in packages]
    return ", ".join([f"Python {platform.python_version()}", *found, *databases])


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _books(*samples: Sample) -> list[str]:
    accounts = [sample.account for sample in samples]
    return [
        f"{sum(account.acknowledged for account in accounts):,}",
        str(sum(account.lost for account in accounts)),
        str(sum(account.doubled for account in accounts)),
        str(sum(sample.refused for sample in samples)),
    ]


def _main_json(result: MainResult) -> dict[str, object]:
    return {
        "database": result.database,
        "connections": result.connections,
        "application": result.application,
        "cpu_ratio": result.ratio,
        **result.series.median.as_dict(),
        "rounds": [sample.as_dict() for sample in result.series.samples],
    }


def _growth_json(result: GrowthResult) -> dict[str, object]:
    return {
        "database": result.database,
        "axis": result.axis,
        "from": result.base_label,
        "to": result.grown_label,
        "ratios": result.ratios,
        "base": result.base.median.as_dict(),
        "grown": result.grown.median.as_dict(),
    }


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
