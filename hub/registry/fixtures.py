"""A plugin's sample requests: ``fixtures/<event>__<case>.json``, or ``.form`` for a form body.

A form is written one field to a line, encoded as it is sent: line breaks become ``&``. Beside the body may
stand ``<name>.headers`` (lines of ``Name: value``) and
``<name>.expected.json`` (the facts, as ``hub.contract.describing`` writes them). A ``/`` in an
event type is a ``.`` in the file name. The folder lies in the package, where a wheel has it, or
beside the package, where its source tree has it.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.contract.forms import MEDIA_TYPE as FORM
from hub.contract.hookspecs import Plugin
from hub.support import jsontext

BODIES = {".json", ".form"}
"""What the file of a sample's body may end in."""


@dataclass(frozen=True, kw_only=True)
class Fixture:
    """One sample request. ``name`` is ``<event>__<case>``; ``expected`` is ``None`` if the plugin
    does not say which facts it gives."""

    name: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    expected: list[Any] | None = field(default=None, repr=False)

    @property
    def event(self) -> str:
        """The event's part of the name, as in the file's name."""
        return self.name.partition("__")[0]


def is_form(sample: Fixture) -> bool:
    """Whether the sample's body is a form."""
    return sample.headers.get("Content-Type") == FORM


def fixtures_of(plugin: Plugin) -> dict[str, Fixture]:
    """All samples of a plugin by name; empty if it ships none."""
    folder = fixtures_folder(plugin)
    if folder is None:
        return {}
    files = sorted(path for path in folder.iterdir() if path.suffix in BODIES)
    return {path.stem: _load(path) for path in files if not path.name.endswith(".expected.json")}


def fixtures_folder(plugin: Plugin) -> Path | None:
    """Where the plugin keeps its samples; ``None`` if it ships none."""
    module = sys.modules[type(plugin).__module__.partition(".")[0]]
    if module.__file__ is None:
        return None
    package = Path(module.__file__).parent
    beside = package.parent / "fixtures"
    if (package.parent / "pyproject.toml").is_file() and beside.is_dir():
        return beside
    inside = package / "fixtures"
    return inside if inside.is_dir() else None


def _load(path: Path) -> Fixture:
    headers = path.with_suffix(".headers")
    expected = path.with_name(f"{path.stem}.expected.json")
    own = _headers(headers.read_text("utf-8")) if headers.is_file() else {}
    form = path.suffix == ".form"
    return Fixture(
        name=path.stem,
        body=b"&".join(path.read_bytes().split()) if form else path.read_bytes(),
        headers={"Content-Type": FORM, **own} if form else own,
        expected=jsontext.decode(expected.read_bytes()) if expected.is_file() else None,
    )


def _headers(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}
