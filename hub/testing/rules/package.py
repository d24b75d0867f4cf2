"""Rules about the package around an adapter: what it imports, hides, documents and lets people set."""

import ast
import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from hub.contract.errors import PayloadError
from hub.registry.discovery import GROUP
from hub.registry.fixtures import Fixture
from hub.support.redaction import MASK, masked
from hub.testing.adapter import Adapter
from hub.testing.mutating import places
from hub.testing.requests import arrived
from hub.testing.rules.registry import anybody, from_source_tree, rule, sampled, source

EMAIL = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[A-Za-z]{2,}")
HEADING = re.compile(r"^#{2,3} (.+?)\s*$", re.MULTILINE)
LONGEST = 250
"""Lines of an adapter's file. What is longer is two things."""

CONTRACT = ("hub", "hub.contract")
"""What a source may import of the hub: the names of ``hub`` itself, and its contract."""

ROOMS = (*CONTRACT, "hub.records", "hub.support", "hub.config")
"""What an effect may import; commands, pages and resources of the API what they need of the doors besides."""

DOORS = {
    "commands": ("hub.cli.common",),
    "pages": ("hub.web", "flask", "flask_babel", "wtforms", "flask_wtf"),
    "resources": ("hub.api",),
}
OTHERS = ("flask", "flask_babel", "flask_wtf", "werkzeug", "wtforms")
SQL = ("sqlalchemy", "sqlmodel", "sqlite3", "psycopg")


@rule(
    "K801-redactions", "What is declared as personal is masked, and no e-mail address is left", only=sampled
)
def redactions(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """``redact`` names dotted paths in the body. In some sample there must be an object that the last name
    can be a member of, or the path may be a misspelling that masks nothing; and in no masked sample may an
    e-mail address be left that staff would see."""
    trees = {name: _tree(adapter, sample) for name, sample in adapter.fixtures.items()}
    paths = adapter.manifest.redact
    for path in paths:
        above = path.rpartition(".")[0]
        if not any(_has_object(tree, above.split(".") if above else []) for tree in trees.values()):
            yield f"manifest.redact: {path}", f"no sample has an object at {above!r}; correct it, or add one"
    for name, tree in trees.items():
        hidden = masked(tree, paths)
        for place in places(hidden):
            value = _at(hidden, place)
            if isinstance(value, str) and value != MASK and EMAIL.search(value):
                dotted = ".".join(str(part) for part in place if isinstance(part, str))
                yield f"fixtures/{name}", f"{dotted} shows an e-mail address; declare it in manifest.redact"


@rule(
    "K802-settings", "Each setting has a default or is required, and its words in two languages", only=anybody
)
def settings(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """The form to connect a plugin is made from its settings model. A setting says what it is called and what
    it is for, in English (``title``, ``description``) and German (``json_schema_extra=hub.german(…)``); its
    default is one that it takes; one that is required is in ``[settings]`` of ``fixtures/demo.toml``."""
    model = adapter.manifest.settings
    for name, info in model.model_fields.items():
        for what in _missing_words(info):
            yield f"settings: {name}", f"add its {what}"
    try:
        defaults = adapter.door.settings(())
        model.model_validate({name: getattr(defaults, name) for name in model.model_fields})
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            name = ".".join(map(str, fault["loc"]))
            yield f"settings: {name}", f"{fault['msg']} (the default, or [settings] of fixtures/demo.toml)"


@rule("K803-readme", "The README says how to set it up, what it receives and how to remove it", only=anybody)
def readme(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Sections *Set up* and *Remove*; a source also has *Events*, and names each event that it declares."""
    if adapter.readme is None:
        yield "README.md", "add it, with the sections Set up, Events and Remove"
        return
    heads = {head.strip("*` ").lower() for head in HEADING.findall(adapter.readme)}
    for head in ("Set up", "Remove", *(["Events"] if adapter.manifest.is_source else [])):
        if head.lower() not in heads:
            yield "README.md", f"add the section ## {head}"
    for event in adapter.manifest.events if adapter.manifest.is_source else ():
        if event not in adapter.readme:
            yield "README.md", f"name the event {event}"


@rule("K804-imports", "Imports stay on the surface", only=anybody)
def imports(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """A source imports ``hub`` and ``hub.contract`` only, no web framework and no database; so the next
    version of the hub does not break it. An effect may also use ``hub.records``, and in its ``commands``,
    ``pages`` and ``resources`` the doors. No plugin imports another."""
    others = _other_plugins(adapter)
    for path in _modules(adapter):
        allowed, refused = _allowed(adapter, path)
        for line, name in _imported(path):
            top = name.partition(".")[0]
            outside = top == "hub" and not _under(name, allowed)
            if outside or top in others or (_under(name, refused) and not _under(name, allowed)):
                where = f"{path.relative_to(adapter.package.parent)}:{line}"
                yield where, f"imports {name}; a plugin stays on {', '.join(allowed)}"


@rule("K805-small", f"No file of an adapter is longer than {LONGEST} lines", only=source)
def small(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """What is longer is two things: a mapper for each family of events is a file of its own."""
    for path in _modules(adapter):
        if (lines := len(path.read_text("utf-8").splitlines())) > LONGEST:
            yield str(path.relative_to(adapter.package.parent)), f"has {lines} lines; part it"


@rule("K806-typed", "The package says that it is typed", only=from_source_tree)
def typed(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """An empty file ``py.typed`` lets type checkers of others read the package's types."""
    if not (adapter.package / "py.typed").is_file():
        yield f"{adapter.package.name}/py.typed", "add the empty file, and to package-data in pyproject.toml"


def _tree(adapter: Adapter, sample: Fixture) -> Any:
    """The body as the event log shows it: JSON, or the fields of a form, in groups as their names say."""
    try:
        return arrived(adapter, sample).payload.raw()
    except PayloadError:
        return None


def _has_object(tree: Any, names: list[str]) -> bool:
    """Whether an object is at a dotted path; a list on the way means any of its items."""
    if isinstance(tree, list):
        return any(_has_object(item, names) for item in tree)
    if not isinstance(tree, dict):
        return False
    return not names or _has_object(tree.get(names[0]), names[1:])


def _at(tree: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        tree = tree[key]
    return tree


def _missing_words(info: FieldInfo) -> Iterator[str]:
    extra = info.json_schema_extra
    told: Any = extra.get("de", {}) if isinstance(extra, dict) else {}
    if not info.title:
        yield "title"
    if not info.description:
        yield "description"
    if not told.get("title"):
        yield "German title: json_schema_extra=hub.german(…)"
    if info.description and not told.get("description"):
        yield "German description"
    if get_origin(info.annotation) is Literal and not set(get_args(info.annotation)) <= set(told["choices"]):
        yield "German choices, one word for each value"


def _modules(adapter: Adapter) -> list[Path]:
    found = sorted(adapter.package.rglob("*.py"))
    outside = {"migrations", "tests"}
    return [path for path in found if not outside & set(path.relative_to(adapter.package).parts)]


def _allowed(adapter: Adapter, path: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a module may import of the hub, and what of others it may not."""
    parts = [part.removesuffix(".py") for part in path.relative_to(adapter.package).parts]
    doors = tuple(name for part in parts for name in DOORS.get(part, ()))
    if adapter.manifest.is_source:
        return (*CONTRACT, *doors), (*OTHERS, *SQL)
    return (*ROOMS, *doors), OTHERS


def _imported(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=str(module), level=0, names=names):
                whole = module == "hub"
                yield from (
                    (node.lineno, f"hub.{alias.name}" if whole and _is_room(alias.name) else module)
                    for alias in names
                )
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if _called(node) in LOADERS:
                yield node.lineno, name


LOADERS = ("import_module", "__import__")


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _is_room(name: str) -> bool:
    """Whether ``from hub import name`` takes a room of the hub and not a name of its surface."""
    import hub

    return name not in hub.__all__


def _under(name: str, places: tuple[str, ...]) -> bool:
    """Whether the module is one of these or inside of one; of ``hub`` itself only its own names."""
    return any(name == place or (place != "hub" and name.startswith(f"{place}.")) for place in places)


def _other_plugins(adapter: Adapter) -> set[str]:
    return {point.module.partition(".")[0] for point in entry_points(group=GROUP)} - {adapter.package.name}
