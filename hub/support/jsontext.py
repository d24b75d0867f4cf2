"""JSON that keeps what the sender wrote: exact decimals, big integers, no key twice.

The standard library's decoder is used because it alone reports a key that stands twice; see
docs/adr/0003-json-decoding.md.
"""

import json
import re
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

MAX_DEPTH = 64
"""How deep arrays and objects may nest."""

MAX_EXPONENT = 400
"""A number may have this many digits before or after its point."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What a database text cannot hold: NUL and halves of a surrogate pair."""


class JsonError(ValueError):
    """The text is not JSON that can be taken; ``code`` names the fault, the message explains it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def decode(raw: bytes) -> Any:
    """The value of a UTF-8 JSON text: fractions as ``Decimal``, integers exact.

    Characters that no database text can hold (NUL, lone surrogates) become U+FFFD.
    Raises JsonError for anything that is not one well-formed, finite, unambiguous JSON value.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise JsonError("not_utf8", f"The body is not UTF-8 (byte {error.start}).") from None
    if not text.strip():
        raise JsonError("empty_body", "The body is empty; send a JSON object.")
    value = _parse(text)
    if _nests_too_deep(text, value):
        raise JsonError("too_deep", f"The JSON nests deeper than {MAX_DEPTH} levels.")
    if b"\\u0000" in raw or b"\\ud" in raw.lower():
        return _storable(value)
    return value


def encode(value: Any) -> bytes:
    """Compact JSON; ``Decimal`` as a number with all its digits, times as RFC 3339, UUIDs as text."""
    return _ENCODER.encode(value)


def encode_text(value: Any) -> str:
    """What ``encode`` gives, as text."""
    return _ENCODER.encode(value).decode()


def decode_stored(text: str | bytes) -> Any:
    """The value of JSON that the hub itself wrote."""
    return _STORED.decode(text)


def storable(text: str) -> str:
    """The text with U+FFFD for each character that no database text can hold."""
    return _UNSTORABLE.sub("\ufffd", text)


def _parse(text: str) -> Any:
    try:
        return _DECODER.decode(text.strip(" \t\r\n"))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise JsonError("invalid_json", f"The body is not valid JSON: {error.msg} ({where}).") from None
    except RecursionError:
        raise JsonError("too_deep", f"The JSON nests deeper than {MAX_DEPTH} levels.") from None
    except JsonError:
        raise
    except ValueError:
        raise JsonError("number_out_of_range", "The JSON holds a number with too many digits.") from None


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise JsonError("duplicate_key", f"The JSON names the key {twice[:80]!r} twice in one object.")
    return found


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise JsonError("number_out_of_range", "The JSON holds a number out of range.") from None
    if abs(number.adjusted()) > MAX_EXPONENT or len(text) > 2 * MAX_EXPONENT:
        raise JsonError("number_out_of_range", f"The number {text[:40]} is out of range.")
    return number


def _no_constant(name: str) -> Any:
    raise JsonError("invalid_json", f"{name} is not JSON; send a number or null.")


def _nests_too_deep(text: str, value: Any) -> bool:
    """Whether the value nests too deep; few brackets prove the contrary without a walk."""
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return False
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return [child for child in node.values() if isinstance(child, dict | list)]
    if isinstance(node, list):
        return [child for child in node if isinstance(child, dict | list)]
    return []


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return _unique_pairs([(_storable(key), _storable(item)) for key, item in value.items()])
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_pairs, parse_float=_decimal, parse_constant=_no_constant
)
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_STORED = msgspec.json.Decoder(float_hook=Decimal)
