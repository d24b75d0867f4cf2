"""Form bodies (``application/x-www-form-urlencoded``): their fields in the order sent, and the nesting
that names such as ``buyer[email]`` and ``items[][id]`` stand for.

A field that comes twice counts once, with its last value, as web frameworks have it. One reading for
all: what a signature covers is what an adapter is given.
"""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_plus

from hub.contract.errors import PayloadError
from hub.contract.reading import Payload
from hub.support.jsontext import storable

MEDIA_TYPE = "application/x-www-form-urlencoded"

MAX_FIELDS = 2_000
"""How many fields a form may have."""

MAX_NESTING = 16
"""How deep names may nest."""

_NESTED = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")


def read_form(body: bytes) -> Payload:
    """The form as a payload: texts, and ``None`` for a bare name. ``a[b]=…`` is a member of an object,
    ``a[]=…`` an element of a list, and ``a[][b]=…`` begins a new element when the last one has a ``b``.

    >>> form = read_form(b"id=7&buyer[email]=max%40example.com&items[][sku]=A&items[][sku]=B")
    >>> form["buyer"]["email"].email(), [item["sku"].text() for item in form["items"]]
    ('max@example.com', ['A', 'B'])

    Raises PayloadError with the codes ``empty_body``, ``not_utf8``, ``too_many_fields``, ``too_deep`` and
    ``contradictory_fields``.
    """
    return nested(read_pairs(body))


def nested(pairs: Iterable[tuple[str, str | None]]) -> Payload:
    """The payload that names and values stand for. Raises PayloadError with the codes ``too_deep`` and
    ``contradictory_fields``."""
    form: dict[str, Any] = {}
    for name, value in pairs:
        names = split_name(storable(name))
        if len(names) > MAX_NESTING:
            raise PayloadError(
                f"A field's name nests deeper than {MAX_NESTING} levels.", code="too_deep", path=names[0]
            )
        _put(form, names, None if value is None else storable(value))
    return Payload(form)


def read_pairs(body: bytes) -> list[tuple[str, str | None]]:
    """Names and values as they stand in the body, decoded; the value of a bare name is ``None``.
    Raises PayloadError with the codes ``empty_body``, ``not_utf8`` and ``too_many_fields``."""
    try:
        parts = [part for part in body.decode().strip("\r\n").split("&") if part]
        pairs = [_pair(part) for part in parts]
    except UnicodeDecodeError:
        raise PayloadError("The form is not UTF-8.", code="not_utf8") from None
    if not pairs:
        raise PayloadError("The body is empty; send form fields.", code="empty_body")
    if len(pairs) > MAX_FIELDS:
        raise PayloadError(f"The form has more than {MAX_FIELDS} fields.", code="too_many_fields")
    return pairs


def split_name(name: str) -> list[str]:
    """The levels of a field's name: ``items[][id]`` is ``items``, an empty text for the list, ``id``."""
    nested = _NESTED.fullmatch(name)
    return [nested[1], *nested[2][1:-1].split("][")] if nested else [name]


def dotted(name: str) -> str:
    """A field's name as the path that a manifest's ``redact`` would write: ``items[][id]`` is
    ``items.id``."""
    return ".".join(level for level in split_name(name) if level)


def _pair(part: str) -> tuple[str, str | None]:
    name, equals, value = part.partition("=")
    return unquote_plus(name, errors="strict"), unquote_plus(value, errors="strict") if equals else None


def _put(owner: dict[str, Any], names: list[str], value: str | None) -> None:
    name, *rest = names
    known = owner.get(name)
    if not rest:
        if isinstance(known, dict | list):
            raise _contradiction(name)
        owner[name] = value
        return
    if known is None:
        known = owner[name] = [] if rest[0] == "" else {}
    if isinstance(known, list) and rest[0] == "":
        _append(known, name, rest[1:], value)
    elif isinstance(known, dict) and rest[0] != "":
        _put(known, rest, value)
    else:
        raise _contradiction(name)


def _append(items: list[Any], name: str, names: list[str], value: str | None) -> None:
    """A value for a list, or for a member of its last element."""
    if not names:
        items.append(value)
        return
    if names[0] == "":
        raise _contradiction(name)
    last = items[-1] if items else None
    if not isinstance(last, dict) or _has(last, names):
        last = {}
        items.append(last)
    _put(last, names, value)


def _has(element: dict[str, Any], names: list[str]) -> bool:
    found: Any = element
    for name in names:
        if not isinstance(found, dict) or name not in found:
            return False
        found = found[name]
    return True


def _contradiction(name: str) -> PayloadError:
    return PayloadError(
        f"The form's fields contradict each other: {name[:80]!r} is both a value and a group of values.",
        code="contradictory_fields",
        path=name,
    )
