"""Texts that grow: a beginning, a piece that is repeated, an end. What reads them may take time in proportion
to their length and no more, or a sender stops the hub with one request."""

import contextlib
import time
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from hub.contract import forms, mapping, multipart
from hub.contract.errors import RequestError
from hub.contract.masking import mask_fields
from hub.contract.reading import OptionalPayload, Payload, read_json
from hub.support.transport import check_url

LENGTH = 20_000
"""Characters: what takes their square takes seconds, what takes their number milliseconds."""

MOST_SECONDS = 0.5
"""Of the processor. Far above what is needed, far below a square."""

BOUNDARY = "multipart/form-data; boundary=x"

Reading = Callable[[str], Any]


def _members(kind: type[Any], made: Callable[[str], Any]) -> dict[str, Reading]:
    """Every method of a payload that needs nothing but a text to read."""
    given: dict[str, tuple[Any, ...]] = {"money": ("EUR",), "minor_units": ("EUR",), "choice": ("a", "b")}
    names = [name for name in vars(kind) if not name.startswith("_") and callable(vars(kind)[name])]
    return {
        f"{kind.__name__}.{name}": lambda text, name=name: getattr(made(text), name)(*given.get(name, ()))
        for name in names
        if name not in ("wrong", "rest")
    }


def _formatted(name: str) -> Reading:
    return lambda text: mapping.FORMATS[name](text, UTC)


READINGS: Mapping[str, Reading] = {
    **_members(Payload, Payload),
    **_members(OptionalPayload, lambda text: OptionalPayload(Payload(text))),
    **{f"format {name}": _formatted(name) for name in mapping.FORMATS},
    "json": lambda text: read_json(text.encode("utf-8", "replace")),
    "json text": lambda text: read_json(f'{{"a": "{text}"}}'.encode("utf-8", "replace")),
    "json number": lambda text: read_json(f'{{"a": {text}}}'.encode("utf-8", "replace")),
    "form": lambda text: forms.read_form(text.encode("utf-8", "replace")),
    "form name": lambda text: forms.split_name(text),
    "multipart": lambda text: multipart.read_multipart(
        f"--x{text}--x--".encode("utf-8", "replace"), BOUNDARY
    ),
    "multipart head": lambda text: multipart.name_of(
        f"content-disposition:{text}".encode("utf-8", "replace")
    ),
    "boundary": multipart.boundary_of,
    "masked form": lambda text: mask_fields(text.encode("utf-8", "replace"), forms.MEDIA_TYPE, {"a"}),
    "masked parts": lambda text: mask_fields(text.encode("utf-8", "replace"), BOUNDARY, {"a"}),
    "mapping line": mapping.read_rule,
    "mapping path": lambda text: mapping.find({"a": {"a": {"b": 1}}}, text[: mapping.MAX_LINE]),
    "address": check_url,
}
"""Everything that reads what a sender or a tenant wrote, by its name."""


def stretched(beginning: str, piece: str, end: str, length: int = LENGTH) -> str:
    """The text of about that length."""
    return beginning + piece * (length // max(len(piece), 1)) + end


def seconds(reading: Reading, text: str) -> float:
    """How long the processor takes; what is refused is read too. Raises what is no refusal."""
    before = time.process_time()
    with contextlib.suppress(RequestError, ValueError):
        reading(text)
    return time.process_time() - before


def is_slow(reading: Reading, beginning: str, piece: str, end: str) -> bool:
    """Whether it takes too long. What seems to is asked again: the machine may have been busy."""
    text = stretched(beginning, piece, end)
    return all(seconds(reading, text) > MOST_SECONDS for _ in range(2))
