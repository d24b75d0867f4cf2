"""Masking of personal and secret fields in what a person looks at."""

from collections.abc import Iterable
from typing import Any

MASK = "***"


def masked(value: Any, paths: Iterable[str]) -> Any:
    """The value with ``***`` for what stands at these dotted paths; a list on the way means each of its
    items, and a name may have a dot in it. What is absent or empty stays so: that nothing was sent is no
    secret."""
    for path in paths:
        value = _mask(value, path.split("."))
    return value


def _mask(value: Any, names: list[str]) -> Any:
    if not names:
        return value if value in (None, "", {}, []) else MASK
    if isinstance(value, list):
        return [_mask(item, names) for item in value]
    if isinstance(value, dict):
        for count in range(1, len(names) + 1):
            if (name := ".".join(names[:count])) in value:
                value = {**value, name: _mask(value[name], names[count:])}
    return value
