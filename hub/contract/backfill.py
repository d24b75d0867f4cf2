"""Asking a provider what happened, for what its webhooks lost.

What is given back are bodies as a webhook would have carried them. They go through the same pipeline:
the same event key, the same facts, the same records. That nobody signed them is made up for by who
fetched them: the hub itself, over the provider's authenticated API; the event says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookback:
    """How a connection can be asked what happened. ``missing`` are names of its settings that have to be
    filled in first. ``days`` is how far back the provider knows, ``None`` for ever. ``regular`` says that
    the hub shall ask every hour by itself, for a provider that does not send again what was lost."""

    missing: tuple[str, ...] = ()
    days: int | None = None
    regular: bool = False

    @property
    def ready(self) -> bool:
        """Whether it can be asked now."""
        return not self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillQuery:
    """A page that is wanted: what happened after ``since`` (an aware UTC time), from ``cursor`` on if an
    earlier page gave one, ``size`` originals at most."""

    since: datetime
    cursor: str | None = None
    size: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """One event as a webhook would have brought it: the body, and the headers that say what it is. Headers
    that prove something are not needed."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillPage:
    """Some of what happened. With a ``cursor`` there may be more. ``path`` is the API's address without
    its host; it is kept with each event."""

    originals: tuple[Original, ...] = ()
    cursor: str | None = None
    path: str = ""


class BackfillError(Exception):
    """The provider did not tell what happened. The message is shown to people: it says why, and holds no
    secret. ``retry_after`` are seconds that the provider asked for. Codes: ``settings_missing``,
    ``key_refused``, ``not_found``, ``too_often``, ``address_refused``, ``no_answer``, ``failed``."""

    def __init__(self, message: str, *, code: str = "failed", retry_after: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAnswer:
    """What an API answered with a 2xx."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def items(self, member: str | None = None) -> tuple[bytes, ...]:
        """The elements of a JSON list, each in the very bytes that it came in; of the list in that member
        of an object, if one is named. Raises BackfillError."""
        try:
            listed: bytes | msgspec.Raw = self.body
            if member is not None:
                listed = msgspec.json.decode(self.body, type=dict[str, msgspec.Raw])[member]
            return tuple(bytes(item) for item in msgspec.json.decode(listed, type=list[msgspec.Raw]))
        except (msgspec.DecodeError, KeyError, RecursionError):
            raise BackfillError("the answer is no JSON list; is this the address of the API?") from None


class Web(Protocol):
    """The way to a provider's API that the hub lends: addresses within the installation's own network are
    refused, redirects are not followed, and an answer that takes too long or is too large is given up."""

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None,
    ) -> WebAnswer:
        """Ask for it; ``basic`` are user and password. Raises BackfillError for anything but a 2xx."""
