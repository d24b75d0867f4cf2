"""Where a provider writes the type and the id of an event, as data that a manifest declares.

A locator returns ``None`` where the request does not say it. ``Json``, ``Field`` and what is made of
them may raise PayloadError, if the body cannot be read or the field has a wrong type.
"""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from hub.contract.inbound import Inbound
from hub.contract.reading import Payload
from hub.support.jsontext import storable


class Locator(Protocol):
    """Finds one text in a request."""

    def __call__(self, inbound: Inbound) -> str | None: ...


@dataclass(frozen=True)
class Json:
    """A member of the JSON body, by its dotted path: ``Json("data.object.id")``."""

    path: str
    required: bool = False

    def __call__(self, inbound: Inbound) -> str | None:
        return _member(inbound.json, self.path, self.required)


@dataclass(frozen=True)
class Field:
    """A member of the body, form or JSON by its Content-Type: ``Field("payer.email")``."""

    path: str
    required: bool = False

    def __call__(self, inbound: Inbound) -> str | None:
        return _member(inbound.payload, self.path, self.required)


@dataclass(frozen=True)
class Header:
    """A header; the first of several names that is present. Values over 255 characters are hashed."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)

    def __call__(self, inbound: Inbound) -> str | None:
        for name in self.names:
            if value := storable(inbound.headers.get(name, "")).strip():
                # Cut off, two long ids would be one, and the second event lost as a repetition.
                return value if len(value) <= 255 else _sha256(value.encode("utf-8", "replace"))
        return None


@dataclass(frozen=True)
class BodyHash:
    """The SHA-256 of the raw body: the id of last resort, and always signed material."""

    def __call__(self, inbound: Inbound) -> str | None:
        return _sha256(inbound.body)


@dataclass(frozen=True)
class Join:
    """All parts with ``:`` between; ``None`` as soon as one is missing."""

    parts: tuple[Locator, ...]

    def __init__(self, *parts: Locator) -> None:
        object.__setattr__(self, "parts", parts)

    def __call__(self, inbound: Inbound) -> str | None:
        found = [part(inbound) for part in self.parts]
        return None if None in found else ":".join(text for text in found if text is not None)


@dataclass(frozen=True)
class First:
    """The first part that finds something."""

    parts: tuple[Locator, ...]

    def __init__(self, *parts: Locator) -> None:
        object.__setattr__(self, "parts", parts)

    def __call__(self, inbound: Inbound) -> str | None:
        return next((text for part in self.parts if (text := part(inbound)) is not None), None)


def _member(value: Payload, path: str, required: bool) -> str | None:
    for name in path.split("."):
        value = value[name]
    return value.identifier() if required else value.optional.identifier()


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
