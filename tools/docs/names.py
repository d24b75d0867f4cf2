"""The page of everything that ``import hub`` offers."""

import ast
import dataclasses
import inspect
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from types import ModuleType
from typing import Any, get_args

from pydantic import BaseModel

import hub
from hub.contract import facts
from tools.docs.describing import fields_table, settings_rows, type_text
from tools.docs.markdown import code, page, prose, table
from tools.docs.stage import ROOT

CONTRACT = ROOT / "hub" / "contract"

ELSEWHERE: dict[Any, str] = {
    **dict.fromkeys((*get_args(facts.Fact), facts.Person, facts.Line, hub.Money), "facts.md"),
    **dict.fromkeys((hub.LineageQuery, hub.LineageRow), "hooks.md"),
    hub.Announcement: "signals.md",
    hub.Tick: "periodic.md",
    hub.periodic: "periodic.md",
}
"""Names that have a place on another page."""

MODULES = {
    "errors": "errors.md",
    "facts": "facts.md",
    "locators": "schemes.md",
    "schemes": "schemes.md",
    "signals": "signals.md",
}
"""Modules that have a page of their own."""


def names_page() -> str:
    """Each public name: what it is, and what it has."""
    parts = [
        "# The names of `import hub`",
        "All that a source plugin may use, in alphabetical order.",
    ]
    named = sorted((name for name in hub.__all__ if not name.startswith("__")), key=str.lower)
    for name in named:
        parts += [f"## {name}", *_told(name, getattr(hub, name))]
    return page(*parts)


def _told(name: str, item: Any) -> Iterator[str]:
    if isinstance(item, ModuleType):
        yield from _module(name, item)
    elif item == facts.Fact:
        yield "Any of the [facts](facts.md)."
    elif item in ELSEWHERE:
        elsewhere = ELSEWHERE[item]
        words = elsewhere.removesuffix(".md")
        yield f"{_sentence(item)} See [{words}]({elsewhere}#{_anchor(name, item)})."
    elif isinstance(item, type):
        yield from _class(item)
    elif inspect.isfunction(item):
        yield f"```python\n{name}{_signature(item)}\n```"
        yield prose(item.__doc__)
    else:
        yield prose(_constant(name))


def _module(name: str, module: ModuleType) -> Iterator[str]:
    if name in MODULES:
        yield f"A module: {_sentence(module)} See [its page]({MODULES[name]})."
        return
    yield "A module."
    yield prose(module.__doc__)
    own = [item for item in vars(module).values() if getattr(item, "__module__", "") == module.__name__]
    rows = [
        (code(f"{item.__name__}{'' if isinstance(item, type) else _signature(item)}"), item.__doc__ or "")
        for item in own
        if not item.__name__.startswith("_")
    ]
    yield table(("name", "meaning"), rows)


def _constant(name: str) -> str:
    """The text that stands under a name where the contract gives it its value."""
    for path in sorted(CONTRACT.glob("*.py")):
        body = ast.parse(path.read_text("utf-8")).body
        for statement, text in pairwise(body):
            match statement, text:
                case ast.Assign(targets=[ast.Name(id=given)]), ast.Expr(value=ast.Constant(value=str(doc))):
                    if given == name:
                        return doc
    raise LookupError(f"hub.{name} has no text under it")


def _class(cls: Any) -> Iterator[str]:
    yield prose(cls.__doc__)
    if issubclass(cls, BaseModel):
        if cls.model_fields:
            yield table(("setting", "type", "default", "meaning"), settings_rows(cls))
    elif dataclasses.is_dataclass(cls):
        yield fields_table(cls)
    if rows := list(_members(cls)):
        yield table(("member", "meaning"), rows)


def _members(cls: Any) -> Iterator[tuple[str, str]]:
    """Methods and properties that the class itself documents."""
    for name, item in vars(cls).items():
        if name.startswith("_"):
            continue
        if isinstance(item, property | cached_property) and item.__doc__:
            yield code(name), item.__doc__
        elif inspect.isfunction(item) and item.__doc__:
            yield code(f"{name}{_signature(item)}"), item.__doc__


def _signature(function: Any) -> str:
    """Arguments and answer, without ``self``."""
    signature = inspect.signature(function)
    parameters = [one for name, one in signature.parameters.items() if name != "self"]
    shown = [_parameter(one) for one in parameters]
    named = [i for i, one in enumerate(parameters) if one.kind is one.KEYWORD_ONLY]
    if named and all(one.kind is not one.VAR_POSITIONAL for one in parameters):
        shown.insert(named[0], "*")
    answer = signature.return_annotation
    return f"({', '.join(shown)})" + ("" if answer is signature.empty else f" -> {type_text(answer)}")


def _parameter(one: inspect.Parameter) -> str:
    stars = "*" if one.kind is one.VAR_POSITIONAL else "**" if one.kind is one.VAR_KEYWORD else ""
    kind = "" if one.annotation is one.empty else f": {type_text(one.annotation)}"
    default = "" if one.default is one.empty else f" = {one.default!r}"
    return f"{stars}{one.name}{kind}{default}"


def _sentence(item: Any) -> str:
    """The first sentence of a docstring."""
    text = " ".join(prose(item.__doc__).split())
    return text.partition(". ")[0].rstrip(".") + "."


def _anchor(name: str, item: Any) -> str:
    return f"hub{name.lower()}" if item in (hub.LineageQuery, hub.LineageRow) else name.lower()
