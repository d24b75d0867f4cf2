"""Who there is: the tenants, with the figures that an operator wants to see beside them, and which plugins
they use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from hub.records import health
from hub.records.database import Row, Unit
from hub.records.events import EVENTS
from hub.records.tenants import CONNECTIONS, TENANTS


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Of one tenant: connections that are on, events of late, and events that failed and were not healed."""

    connections: int = 0
    events: int = 0
    failed: int = 0


def find(unit: Unit, text: str = "", *, before: UUID | None = None, limit: int) -> Sequence[Row]:
    """Tenants whose name or slug contains the text, the newest first; ``before`` is the id of the last one
    seen."""
    query = sa.select(TENANTS).order_by(TENANTS.c.id.desc()).limit(limit)
    if text:
        found = (column.icontains(text, autoescape=True) for column in (TENANTS.c.name, TENANTS.c.slug))
        query = query.where(sa.or_(*found))
    if before is not None:
        query = query.where(TENANTS.c.id < before)
    return unit.rows(query)


def count(unit: Unit) -> int:
    """How many tenants there are."""
    number: int = unit.scalar(sa.select(sa.func.count()).select_from(TENANTS))
    return number


def figures(unit: Unit, tenant_ids: Sequence[UUID], since: datetime) -> dict[UUID, Figures]:
    """The figures of these tenants; events are those since then."""
    connected = sa.select(CONNECTIONS.c.tenant_id, sa.func.count().label("number")).where(
        CONNECTIONS.c.tenant_id.in_(tenant_ids), CONNECTIONS.c.enabled
    )
    came = sa.select(EVENTS.c.tenant_id, sa.func.count().label("number")).where(
        EVENTS.c.tenant_id.in_(tenant_ids), EVENTS.c.received_at >= since
    )
    connections = _numbers(unit, connected.group_by(CONNECTIONS.c.tenant_id))
    events = _numbers(unit, came.group_by(EVENTS.c.tenant_id))
    undone = health.open_events(unit, tenant_ids)
    return {
        its_id: Figures(
            connections=connections.get(its_id, 0),
            events=events.get(its_id, 0),
            failed=undone.get(its_id, {}).get("failed", 0),
        )
        for its_id in tenant_ids
    }


def users_of_plugins(unit: Unit) -> dict[str, int]:
    """For how many tenants each plugin is on."""
    query = (
        sa.select(CONNECTIONS.c.plugin, sa.func.count(sa.distinct(CONNECTIONS.c.tenant_id)).label("number"))
        .where(CONNECTIONS.c.enabled)
        .group_by(CONNECTIONS.c.plugin)
    )
    return {row["plugin"]: row["number"] for row in unit.rows(query)}


def _numbers(unit: Unit, query: sa.Select[tuple[UUID, int]]) -> dict[UUID, int]:
    return {row["tenant_id"]: row["number"] for row in unit.rows(query)}
