"""The English texts of the web UI. Texts stand in German in templates and code; this collects them and
enters new ones into hub/web/translations/en/<group>.po, and those of a plugin's pages into
plugins/<plugin>/hub_<plugin>/translations/en/<plugin>.po, to be translated there. Texts that are used
no more are taken out. ``--check`` changes nothing and says what is missing."""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
WEB = ROOT / "hub" / "web"
COMMON = "common"

KEYWORDS: dict[str, Any] = {
    "_": None,
    "_l": None,
    "_p": ((1, "c"), 2),
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
OPTIONS = {"trimmed": "true", "silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}
PLACE = re.compile(r"%\(\w+\)[a-z]")


@dataclass(frozen=True)
class Home:
    """Texts that belong together: those of the hub, or those of one plugin's pages, which all stand in
    one catalogue."""

    folder: Path
    """Where templates and modules are, and ``translations``."""
    plugin: str | None = None

    @property
    def catalogues(self) -> Path:
        return self.folder / "translations" / "en"

    def sources(self) -> list[Path]:
        """Templates and modules."""
        return sorted([*self.folder.rglob("*.html"), *self.folder.rglob("*.py")])

    def group_of(self, path: Path) -> str:
        """The catalogue in which a new text of that file is entered."""
        if self.plugin is not None:
            return self.plugin
        parts = path.relative_to(self.folder).parts
        if parts[0] == "pages":
            return parts[1].removesuffix(".py")
        return parts[1] if parts[0] == "templates" and len(parts) > 2 and parts[1] != "parts" else COMMON


def homes() -> Iterator[Home]:
    """The hub, and each plugin that brings pages."""
    yield Home(WEB)
    for pages in sorted(ROOT.glob("plugins/*/hub_*/templates")):
        yield Home(pages.parent, pages.parent.name.removeprefix("hub_"))


Id = tuple[str | None, str]
"""Context and German text (of a plural: the singular)."""


@dataclass
class Used:
    """A text that the UI uses, and the groups of pages that use it."""

    id: str | tuple[str, ...]
    context: str | None
    groups: set[str] = field(default_factory=set)

    @property
    def key(self) -> Id:
        return key(self.id, self.context)

    @property
    def home(self) -> str:
        """Where a new text is entered: with its group, or with all if several use it."""
        return next(iter(self.groups)) if len(self.groups) == 1 else COMMON


def key(text: Any, context: str | None) -> Id:
    return context, text[0] if isinstance(text, (tuple, list)) else text


def used(home: Home) -> dict[Id, Used]:
    """All texts of templates and modules."""
    found: dict[Id, Used] = {}
    for path in home.sources():
        method = "jinja2.ext:babel_extract" if path.suffix == ".html" else "python"
        options = OPTIONS if path.suffix == ".html" else {}
        for _line, text, _comments, context in extract_from_file(method, path, KEYWORDS, options=options):
            one = Used(text, context)
            found.setdefault(one.key, one).groups.add(home.group_of(path))
    return found


def catalogues(home: Home) -> dict[str, Catalog]:
    """The catalogues by group."""
    found = {}
    for path in sorted(home.catalogues.glob("*.po")):
        with path.open("rb") as source:
            found[path.stem] = read_po(source, locale="en")
    return found


def messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def update(home: Home) -> None:
    """Enter what is new, and take out what is used no more."""
    texts, known = used(home), catalogues(home)
    seen: set[Id] = set()
    kept: dict[str, list[tuple[Any, Any, str | None]]] = {}
    for group, catalogue in known.items():
        for message in messages(catalogue):
            its = key(message.id, message.context)
            if its in texts and its not in seen:
                seen.add(its)
                kept.setdefault(group, []).append((message.id, message.string, message.context))
    for its, text in texts.items():
        if its not in seen:
            empty = ("", "") if isinstance(text.id, tuple) else ""
            kept.setdefault(text.home, []).append((text.id, empty, text.context))
    for group in {*known, *kept}:
        write(home.catalogues / f"{group}.po", kept.get(group, []))


def write(path: Path, entries: Iterable[tuple[Any, Any, str | None]]) -> None:
    catalogue = Catalog(locale="en")
    for text, string, context in entries:
        catalogue.add(text, string, context=context)
    if not len(catalogue):
        path.unlink(missing_ok=True)
        return
    with path.open("wb") as target:
        write_po(target, catalogue, omit_header=True, no_location=True, sort_output=True, width=100)


def faults(home: Home) -> Iterator[str]:
    """What is missing, left over, or has lost a place to be filled in."""
    texts = used(home)
    there: set[Id] = set()
    for group, catalogue in catalogues(home).items():
        for message in messages(catalogue):
            its = key(message.id, message.context)
            if its in there:
                yield f"{group}.po has a text that is in another catalogue too: {its[1]!r}"
            there.add(its)
            if its not in texts:
                yield f"{group}.po has a text that is not used: {its[1]!r}"
            yield from (f"{group}.po: {fault}: {its[1]!r}" for fault in faults_of(message))
    yield from (f"no English for {its[1]!r}" for its in sorted(set(texts) - there, key=str))


def faults_of(message: Message) -> Iterator[str]:
    ids = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
    strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    if not all(strings):
        yield "not translated"
        return
    for text, string in zip(ids, strings, strict=True):
        if set(PLACE.findall(text)) != set(PLACE.findall(string)):
            yield "other places to be filled in"


def main() -> int:
    if "--check" not in sys.argv:
        for home in homes():
            update(home)
    found = [fault for home in homes() for fault in faults(home)]
    for fault in found:
        print(fault)
    print(f"English texts of the web UI: {len(found) or 'no'} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
