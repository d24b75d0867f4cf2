"""Is a fact whole? Each field must hold what its type says: money exact, times aware, required ids there."""

import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hub.contract.facts import Fact
from hub.support.jsontext import storable

FACTS = get_args(Fact)


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    return get_type_hints(kind)


def faults(fact: Any) -> list[str]:
    """What is wrong with a fact, each as ``<path>: <what>``; empty if it is whole."""
    if not isinstance(fact, FACTS):
        return [f"{type(fact).__name__} is no fact of the hub"]
    return list(_of_object(fact, type(fact).__name__))


def floats(value: Any, path: str) -> Iterator[str]:
    """Where a float stands, at any depth."""
    if isinstance(value, float):
        yield path
    elif is_dataclass(value):
        for field in fields(value):
            yield from floats(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from floats(item, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from floats(item, f"{path}[{number}]")


def _of_object(value: Any, path: str) -> Iterator[str]:
    kind: Any = type(value)
    hints = _hints(kind)
    for field in fields(value):
        yield from _of(getattr(value, field.name), hints[field.name], f"{path}.{field.name}")


def _of(value: Any, hint: Any, path: str) -> Iterator[str]:
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        yield from _of_extra(value, path)
    elif origin in (Union, types.UnionType):
        yield from _of_one_of(value, arguments, path)
    elif origin is Literal:
        if value not in arguments:
            yield f"{path}: {value!r} is none of {', '.join(map(repr, arguments))}"
    elif origin is tuple:
        yield from _of_items(value, arguments[0], path)
    elif origin is not None and issubclass(origin, Mapping):
        yield from _of_mapping(value, path)
    else:
        yield from _of_plain(value, hint, path)


def _of_one_of(value: Any, hints: tuple[Any, ...], path: str) -> Iterator[str]:
    if value is None and type(None) in hints:
        return
    found = [list(_of(value, hint, path)) for hint in hints if hint is not type(None)]
    if all(found):
        yield from found[0]


def _of_items(value: Any, hint: Any, path: str) -> Iterator[str]:
    if not isinstance(value, tuple):
        yield f"{path}: must be a tuple, is {type(value).__name__}"
        return
    for number, item in enumerate(value):
        yield from _of(item, hint, f"{path}[{number}]")


def _of_mapping(value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield f"{path}: must be a mapping, is {type(value).__name__}"
        return
    yield from _of_extra(value, path)


def _of_extra(value: Any, path: str) -> Iterator[str]:
    """JSON values, fractions as ``Decimal``."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _of_plain(key, str, f"{path}: a name")
            yield from _of_extra(item, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _of_extra(item, f"{path}[{number}]")
    elif isinstance(value, str):
        yield from _of_plain(value, str, path)
    elif not isinstance(value, int | Decimal | None):
        yield f"{path}: {type(value).__name__} is no JSON value"


def _of_plain(value: Any, hint: Any, path: str) -> Iterator[str]:
    wrong_kind = not isinstance(value, hint) or (hint is int and isinstance(value, bool))
    if wrong_kind:
        yield f"{path}: must be {hint.__name__}, is {type(value).__name__}"
    elif isinstance(value, datetime) and value.tzinfo is None:
        yield f"{path}: must be an aware time"
    elif isinstance(value, str) and storable(value) != value:
        yield f"{path}: holds a character that no database text can hold"
    elif isinstance(value, str) and path.endswith("external_id") and not value.strip():
        yield f"{path}: must not be empty"
    elif is_dataclass(value):
        yield from _of_object(value, path)
