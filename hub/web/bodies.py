"""The body of an event as a page shows it."""

from dataclasses import dataclass

from hub.records.database import Row
from hub.registry.bodies import readable
from hub.support.redaction import MASK
from hub.web.rights import Right
from hub.web.visit import Visit

LONGEST_BODY = 100_000
"""Characters of a body that a page shows."""


@dataclass(frozen=True)
class Body:
    """A body as a page shows it. ``hidden`` says that only admins see it, because what is personal in it
    cannot be found."""

    text: str
    redacted: bool = False
    cut: bool = False
    hidden: bool = False


def body_of(visit: Visit, event: Row) -> Body:
    """The body with what its plugin declares as personal masked. What cannot be read as fields cannot be
    masked either: that admins alone see."""
    with visit.read() as unit:
        text = readable(unit, visit.rooms.plugins, event)
    if text is not None:
        return Body(text[:LONGEST_BODY], redacted=MASK in text, cut=len(text) > LONGEST_BODY)
    if not visit.may(Right.ADMIN):
        return Body("", hidden=True)
    raw = event["body"].decode("utf-8", "replace")
    return Body(raw[:LONGEST_BODY], cut=len(raw) > LONGEST_BODY)
