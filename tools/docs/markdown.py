"""Texts as Markdown."""

import inspect
from collections.abc import Iterable, Sequence
from typing import Any

NOTE = "<!-- Written by tools/docs from the code. Change the code, then run `make docs`. -->"


def prose(text: str | None) -> str:
    """A docstring as Markdown."""
    return inspect.cleandoc(text or "").replace("``", "`")


def cell(text: str) -> str:
    """A text for one cell of a table."""
    return " ".join(prose(text).split()).replace("|", "\\|")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *([cell(text) for text in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def page(*parts: str) -> str:
    """A page: parts with an empty line between."""
    return "\n\n".join([NOTE, *(part for part in parts if part)]) + "\n"


def code(text: Any) -> str:
    return f"`{text}`"


def fenced(text: str, language: str = "") -> str:
    """A block of code."""
    return f"```{language}\n{text.rstrip()}\n```"
