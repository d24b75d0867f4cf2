"""What became of a request, and what its sender is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from hub.contract.inbound import Connection


class OutcomeKind(StrEnum):
    """The six things that can become of an inbound event."""

    PROCESSED = "processed"
    """Records were made or changed."""
    SKIPPED = "skipped"
    """A repetition: everything it says is known."""
    IGNORED = "ignored"
    """Authentic, and of no meaning to the hub."""
    PARKED = "parked"
    """Right but early: applied when its counterpart arrives."""
    REJECTED = "rejected"
    """Refused: the sender has to change something."""
    FAILED = "failed"
    """The hub's own fault: the sender shall try again."""


ACCEPTED = (OutcomeKind.PROCESSED, OutcomeKind.IGNORED, OutcomeKind.PARKED)
"""Outcomes that claim the event's key: a second event with it is a repetition."""

Action = Literal["created", "changed", "unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Persisted:
    """One record that a fact was turned into. ``signal`` is announced unless it is unchanged."""

    kind: str
    id: UUID
    action: Action
    signal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of a request's path. ``status`` is the HTTP status of the answer.

    ``reason`` is a stable code (``invalid_signature``, ``unknown_event_type``), ``message`` the
    sentence for the sender. ``event_type`` is what the event was, if it could be read.
    """

    kind: OutcomeKind
    status: int
    event_id: UUID | None = None
    event_type: str | None = None
    reason: str | None = None
    message: str | None = None
    records: tuple[Persisted, ...] = ()
    retry_after: int | None = None
    connection: Connection | None = field(default=None, repr=False, compare=False)
    """The connection, once the sender has proved that it may speak to it."""

    @property
    def ok(self) -> bool:
        """Whether the event was taken: a 2xx answer."""
        return self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP answer. ``body`` is JSON, or text for providers that want a bare word such as OK."""

    status: int
    body: Mapping[str, Any] | str
    headers: Mapping[str, str] = field(default_factory=dict)
