"""Events of which only the row is left: it holds its key, so that nothing happens twice, and it is where
records point to. What the sender sent is gone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit
from hub.records.events import EVENTS

MARK = "Hub-Emptied"
"""The only header that such an event has left; no HTTP request comes without a ``Host`` beside it."""

_HEADERS_TEXT = sa.cast(EVENTS.c.headers, sa.Text)

HAS_BYTES: sa.ColumnElement[bool] = _HEADERS_TEXT.not_like(f'[["{MARK}"%')
"""A condition: whether an event still has what was sent."""


def is_emptied(event: Row | Mapping[str, Any]) -> bool:
    """Whether what was sent is gone."""
    return not event["body"] and [name for name, _ in event["headers"]] == [MARK]


def empty(unit: Unit, event_ids: Sequence[UUID], *, why: str, now: datetime) -> int:
    """Let go what was sent: body, headers, query, the sender's address, and what was said about a fault.
    Gives how many events had it."""
    gone: dict[str, Any] = {
        "body": b"",
        "headers": [[MARK, f"{now.date().isoformat()} {why}"]],
        "query": {},
        "remote_addr": None,
        "message": None,
        "traceback": None,
    }
    statement = sa.update(EVENTS).where(EVENTS.c.id.in_(event_ids), HAS_BYTES).values(**gone)
    return unit.execute(statement).rowcount if event_ids else 0
