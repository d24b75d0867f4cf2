"""How long the steps of requests took: written many at once, after they were answered."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit
from hub.records.events import EVENTS, SUMMARY
from hub.records.prepared import Prepared
from hub.records.tables import EventTiming
from hub.records.tenants import table

TIMINGS = table(EventTiming)

STEPS = ("authenticate", "parse", "persist", "announce")
"""In the order in which a request goes through them."""

SCANNED = 2000
"""How many events a look at the newest goes through, if not all of them are wanted."""

_NOTE = Prepared(sa.insert(TIMINGS))
_NOT_REACHED: dict[str, Any] = dict.fromkeys(STEPS)


def note(unit: Unit, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write them down: ``event_id``, and the microseconds of the steps that were reached."""
    _NOTE.insert(unit, [_NOT_REACHED | dict(row) for row in rows])


def of(unit: Unit, event_id: UUID) -> Row | None:
    """The steps of one event; ``None`` if nobody measured them."""
    return unit.one(sa.select(TIMINGS).where(TIMINGS.c.event_id == event_id))


def latest(
    unit: Unit,
    tenant_id: UUID,
    *,
    since: UUID | None = None,
    connection_id: UUID | None = None,
    outcome: str | None = None,
    limit: int = 50,
) -> Sequence[Row]:
    """A tenant's newest events without their bytes, each with its steps, the newest first; ``since`` is the
    lowest id that counts. Those of one connection or outcome are looked for among the newest ``SCANNED``."""
    newest = sa.select(EVENTS.c.id).where(EVENTS.c.tenant_id == tenant_id)
    if since is not None:
        newest = newest.where(EVENTS.c.id >= since)
    some = newest.order_by(EVENTS.c.id.desc()).limit(SCANNED).subquery()
    query = (
        sa.select(*SUMMARY, *(TIMINGS.c[step] for step in STEPS))
        .join_from(some, EVENTS, EVENTS.c.id == some.c.id)
        .outerjoin(TIMINGS, TIMINGS.c.event_id == EVENTS.c.id)
    )
    if connection_id is not None:
        query = query.where(EVENTS.c.connection_id == connection_id)
    if outcome is not None:
        query = query.where(EVENTS.c.outcome == outcome)
    return unit.rows(query.order_by(EVENTS.c.id.desc()).limit(limit))
