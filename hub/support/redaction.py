"""Masking of personal and secret fields in what a person looks at."""

from collections.abc import Iterable
from typing import Any

MASK = "***"


def masked(value: Any, paths: Iterable[str]) -> Any:
    """The value with ``***`` for what stands at these dotted paths; a list on the way means each of its
    items. What is absent or empty stays so: that nothing was sent is no secret."""
    for path in paths:
        value = _mask(value, path.split("."))
    return value


def _mask(value: Any, names: list[str]) -> Any:
    if not names:
        return value if value in (None, "", {}, []) else MASK
    if isinstance(value, list):
        return [_mask(item, names) for item in value]
    if isinstance(value, dict) and names[0] in value:
        return {**value, names[0]: _mask(value[names[0]], names[1:])}
    return value
