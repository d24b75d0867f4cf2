"""The results: as tables on the terminal, as JSON, and as Markdown for the docs."""

import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from bench.results import Result


@dataclass(frozen=True)
class Section:
    """What one spec has found, and the counts it was measured with."""

    name: str
    title: str
    settings: Mapping[str, object]
    results: list[Result] = field(default_factory=list)

    def rows(self) -> list[list[str]]:
        """The table, its head first."""
        return [list(self.results[0].columns), *(result.cells() for result in self.results)]

    def verdicts(self) -> list[str]:
        """How it stands against the aims."""
        return [verdict for result in self.results for verdict in result.verdicts()]


@dataclass
class Report:
    """Everything one call of the bench has found; ``broken`` is what did not work."""

    sections: Sequence[Section]
    databases: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def faults(self) -> list[str]:
        """Why the run does not count; empty if it does."""
        return [
            f"{section.name}: {fault}"
            for section in self.sections
            for result in section.results
            for fault in result.faults()
        ]

    def print(self, console: Console) -> None:
        """Readable tables, and how the figures stand against the aims."""
        for section in self._filled():
            head, *rows = section.rows()
            table = Table(*head, title=section.title, title_justify="left")
            for row in rows:
                table.add_row(*row)
            console.print(table)
            for verdict in section.verdicts():
                console.print(verdict, highlight=False, markup=False)

    def content(self) -> dict[str, Any]:
        """All figures, unrounded."""
        return {
            "machine": machine(),
            "versions": versions(self.databases),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "settings": {section.name: section.settings for section in self._filled()},
            "verdicts": {section.name: section.verdicts() for section in self._filled()},
            "faults": self.faults(),
            "broken": self.broken,
            **{section.name: [result.as_dict() for result in section.results] for section in self._filled()},
        }

    def write_json(self, path: Path) -> None:
        """All figures."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.content(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def write_markdown(self, path: Path) -> None:
        """Each section between its marks in the file, and at its end if it has none there."""
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        for section in self._filled():
            text = _replaced(text, section.name, self._markdown(section))
        path.write_text(text, encoding="utf-8")

    def _markdown(self, section: Section) -> str:
        head, *rows = section.rows()
        settings = ", ".join(f"{name} {_plain(value)}" for name, value in section.settings.items())
        lines = [
            f"**{section.title}**, measured {datetime.now(UTC):%Y-%m-%d} on {machine()}; "
            f"{versions(self.databases)}. Settings: {settings}.",
            "",
            *map(_markdown_row, (head, ["---"] * len(head), *rows)),
        ]
        if verdicts := section.verdicts():
            lines += ["", *(f"- {verdict}" for verdict in verdicts)]
        return "\n".join(lines)

    def _filled(self) -> list[Section]:
        return [section for section in self.sections if section.results]


def _replaced(text: str, name: str, content: str) -> str:
    """The text with this between the marks, which stand on lines of their own."""
    begin, end = f"<!-- bench:{name}:begin -->", f"<!-- bench:{name}:end -->"
    block = f"{begin}\n{content}\n{end}"
    marked = re.compile(f"^{re.escape(begin)}$.*?^{re.escape(end)}$", re.DOTALL | re.MULTILINE)
    if marked.search(text):
        return marked.sub(lambda _: block, text, count=1)
    return f"{text.rstrip()}\n\n{block}\n".lstrip()


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


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return "/".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
