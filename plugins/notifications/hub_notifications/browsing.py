"""Outgoing webhooks as their pages read them: an endpoint's deliveries, how many arrive, and those that are
to be sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit
from hub.records.deliveries import DELIVERIES, STATES, UNCLAIMED
from hub_notifications.manifest import WEBHOOK
from hub_notifications.queries import ENDPOINTS

SCANNED = 20_000
"""So many of a tenant's newest deliveries one look goes through: no index knows their endpoints."""

RATED = 2_000
"""So many of a tenant's newest deliveries the rate of success is made of."""

MOST = 1_000
"""So many are sent again at once."""

_STATES: dict[str, sa.ColumnElement[str]] = {state: sa.literal_column(f"'{state}'") for state in STATES}
"""Written out, so that the database knows which of its partial indexes fits."""


@dataclass(frozen=True)
class Tally:
    """How an endpoint's latest deliveries went."""

    done: int = 0
    dead: int = 0
    pending: int = 0

    @property
    def share(self) -> float | None:
        """The part that arrived, of those that are decided."""
        decided = self.done + self.dead
        return self.done / decided if decided else None


def tallies(unit: Unit, tenant_id: UUID) -> dict[str, Tally]:
    """How the tenant's newest deliveries went, by endpoint."""
    newest = _newest(tenant_id, limit=RATED).subquery()
    query = (
        sa.select(DELIVERIES.c.target, DELIVERIES.c.state, sa.func.count().label("number"))
        .join_from(newest, DELIVERIES, DELIVERIES.c.id == newest.c.id)
        .where(DELIVERIES.c.channel == WEBHOOK.name, DELIVERIES.c.state != "cancelled")
        .group_by(DELIVERIES.c.target, DELIVERIES.c.state)
    )
    counted: dict[str, dict[str, int]] = {}
    for row in unit.rows(query):
        counted.setdefault(row["target"], {})[row["state"]] = row["number"]
    return {target: Tally(**numbers) for target, numbers in counted.items()}


def deliveries(
    unit: Unit,
    tenant_id: UUID,
    endpoint_id: UUID,
    *,
    state: str | None = None,
    before: UUID | None = None,
    limit: int = 25,
) -> Sequence[Row]:
    """An endpoint's deliveries with what they say, newest first."""
    newest = _newest(tenant_id, state=state, before=before).subquery()
    query = (
        sa.select(DELIVERIES)
        .join_from(newest, DELIVERIES, DELIVERIES.c.id == newest.c.id)
        .where(*_goes_to(endpoint_id))
    )
    return unit.rows(query.order_by(DELIVERIES.c.id.desc()).limit(limit))


def delivery(unit: Unit, tenant_id: UUID, delivery_id: UUID) -> Row | None:
    """One of the tenant's webhooks."""
    return unit.one(
        sa.select(DELIVERIES).where(
            DELIVERIES.c.id == delivery_id,
            DELIVERIES.c.tenant_id == tenant_id,
            DELIVERIES.c.channel == WEBHOOK.name,
        )
    )


def some_ids(
    unit: Unit, tenant_id: UUID, endpoint_id: UUID, *, state: str | None = None, since: datetime | None = None
) -> list[UUID]:
    """Up to ``MOST`` of an endpoint's deliveries: the newest in that state, or made since then."""
    newest = _newest(tenant_id, state=state).subquery()
    query = (
        sa.select(DELIVERIES.c.id)
        .join_from(newest, DELIVERIES, DELIVERIES.c.id == newest.c.id)
        .where(*_goes_to(endpoint_id))
    )
    if since is not None:
        query = query.where(DELIVERIES.c.created_at >= since)
    return unit.column(query.order_by(DELIVERIES.c.id.desc()).limit(MOST))


def send_again(unit: Unit, delivery_ids: Sequence[UUID], now: datetime) -> int:
    """Make these due now, whatever became of them, under the ids that they have: a receiver can tell that it
    knows them. Gives their number, without those that a worker has at this moment."""
    query = sa.update(DELIVERIES).where(
        DELIVERIES.c.id.in_(delivery_ids),
        sa.or_(DELIVERIES.c.claimed_until.is_(None), DELIVERIES.c.claimed_until <= now),
    )
    changes: dict[str, Any] = {"state": "pending", "next_at": now, "finished_at": None, **UNCLAIMED}
    unit.wake_workers()
    return unit.execute(query.values(schedule_from=DELIVERIES.c.attempts, **changes)).rowcount


def cancel(unit: Unit, tenant_id: UUID, endpoint_id: UUID, now: datetime) -> None:
    """Send nothing of what still waits for the endpoint."""
    query = sa.update(DELIVERIES).where(
        DELIVERIES.c.tenant_id == tenant_id,
        DELIVERIES.c.state == _STATES["pending"],
        *_goes_to(endpoint_id),
    )
    unit.execute(query.values(state="cancelled", finished_at=now, **UNCLAIMED))


def delete(unit: Unit, tenant_id: UUID, endpoint_id: UUID) -> None:
    """Forget the endpoint and its secrets."""
    unit.execute(
        sa.delete(ENDPOINTS).where(ENDPOINTS.c.id == endpoint_id, ENDPOINTS.c.tenant_id == tenant_id)
    )


def _newest(
    tenant_id: UUID, *, state: str | None = None, before: UUID | None = None, limit: int = SCANNED
) -> sa.Select[Any]:
    query = sa.select(DELIVERIES.c.id).where(DELIVERIES.c.tenant_id == tenant_id)
    if state is not None:
        query = query.where(DELIVERIES.c.state == _STATES[state])
    if before is not None:
        query = query.where(DELIVERIES.c.id < before)
    return query.order_by(DELIVERIES.c.id.desc()).limit(limit)


def _goes_to(endpoint_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return DELIVERIES.c.channel == WEBHOOK.name, DELIVERIES.c.target == str(endpoint_id)
