"""Facts as plain JSON values, for fixtures, previews and docs."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from hub.contract.facts import Fact
from hub.support.money import Money


def describe(fact: Fact) -> dict[str, Any]:
    """The fact by name and what it says. What is empty or false is left out.

    Money reads ``"149.90 EUR"``, other decimals as text, times as RFC 3339.
    """
    return {"fact": type(fact).__name__, **_members(fact)}


def _members(value: Any) -> dict[str, Any]:
    pairs = ((field.name, getattr(value, field.name)) for field in fields(value))
    return {name: _plain(item) for name, item in pairs if not _empty(item)}


def _empty(item: Any) -> bool:
    return item is None or item is False or (isinstance(item, Sequence | Mapping) and not item)


def _plain(item: Any) -> Any:
    match item:
        case Money() | Decimal():
            return str(item)
        case datetime():
            return item.isoformat()
        case Mapping():
            return {key: _plain(value) for key, value in item.items()}
        case list() | tuple():
            return [_plain(value) for value in item]
        case _ if is_dataclass(item):
            return _members(item)
        case _:
            return item
