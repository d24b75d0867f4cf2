"""What the state of the installation is read from: of all tenants at once, for those who run it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records import deliveries, due, effects
from hub.records.database import Row, Unit
from hub.records.events import EVENTS, healed
from hub.records.periodic import JOBS
from hub.records.tables import WebhookEndpoint
from hub.records.tables.events import UNDONE_SQL
from hub.records.tenants import CONNECTIONS, KEYS, TENANTS, table

ENDPOINTS = table(WebhookEndpoint)

_VERIFIED: sa.ColumnElement[bool] = sa.literal_column("(verified AND (proof IS NULL OR proof <> 'fetched'))")
"""What senders sent. Written out, so that the database knows that its partial index fits."""


def connections(unit: Unit) -> Sequence[Row]:
    """All connections, each with its ``tenant`` (a slug), and when the last authentic request came
    (``last_at``)."""
    last = (
        sa.select(sa.func.max(EVENTS.c.received_at))
        .where(EVENTS.c.connection_id == CONNECTIONS.c.id, _VERIFIED)
        .scalar_subquery()
    )
    query = (
        sa.select(CONNECTIONS, TENANTS.c.slug.label("tenant"), last.label("last_at"))
        .join(TENANTS, TENANTS.c.id == CONNECTIONS.c.tenant_id)
        .order_by(TENANTS.c.number, CONNECTIONS.c.created_at)
    )
    return unit.rows(query)


def arrivals(unit: Unit, connection_id: UUID, limit: int) -> list[datetime]:
    """When the newest authentic requests of a connection came, the last first."""
    query = sa.select(EVENTS.c.received_at).where(EVENTS.c.connection_id == connection_id, _VERIFIED)
    return unit.column(query.order_by(EVENTS.c.received_at.desc()).limit(limit))


def refused_for(unit: Unit, reasons: Sequence[str], since: datetime) -> Sequence[Row]:
    """How many requests of each connection were refused for these reasons since then: ``connection_id``,
    ``reason`` and ``number``."""
    query = (
        sa.select(EVENTS.c.connection_id, EVENTS.c.reason, sa.func.count().label("number"))
        .where(
            EVENTS.c.outcome == sa.literal_column("'rejected'"),
            EVENTS.c.reason.in_(reasons),
            EVENTS.c.received_at >= since,
            EVENTS.c.connection_id.is_not(None),
        )
        .group_by(EVENTS.c.connection_id, EVENTS.c.reason)
    )
    return unit.rows(query)


def latest_headers(unit: Unit, since: datetime, limit: int) -> list[dict[str, str]]:
    """The headers of the newest requests, by names in lower case; of authentic ones alone, for anybody can
    write into others what they like."""
    newest = sa.select(EVENTS.c.headers, EVENTS.c.received_at, EVENTS.c.verified)
    rows = unit.rows(newest.order_by(EVENTS.c.id.desc()).limit(limit))
    return [
        {name.lower(): value for name, value in row["headers"]}
        for row in rows
        if row["verified"] and row["received_at"] >= since
    ]


def open_events(unit: Unit, tenant_ids: Sequence[UUID] | None = None) -> dict[UUID | None, dict[str, int]]:
    """How many events of each tenant are rejected, parked, or failed and not healed since, by outcome; of
    those of nobody, too. ``tenant_ids`` restricts it to some."""
    query = (
        sa.select(EVENTS.c.tenant_id, EVENTS.c.outcome, sa.func.count().label("number"))
        .where(sa.text(UNDONE_SQL), ~healed())
        .group_by(EVENTS.c.tenant_id, EVENTS.c.outcome)
    )
    if tenant_ids is not None:
        query = query.where(EVENTS.c.tenant_id.in_(tenant_ids))
    found: dict[UUID | None, dict[str, int]] = {}
    for row in unit.rows(query):
        found.setdefault(row["tenant_id"], {})[row["outcome"]] = row["number"]
    return found


def active_keys(unit: Unit, before: datetime) -> Sequence[Row]:
    """The active API keys that were made before then: ``tenant`` (a slug), ``masked`` and ``created_at``."""
    query = (
        sa.select(TENANTS.c.slug.label("tenant"), KEYS.c.masked, KEYS.c.created_at)
        .join(TENANTS, TENANTS.c.id == KEYS.c.tenant_id)
        .where(KEYS.c.deactivated_at.is_(None), KEYS.c.created_at < before)
        .order_by(TENANTS.c.number, KEYS.c.number)
    )
    return unit.rows(query)


def disabled_endpoints(unit: Unit) -> Sequence[Row]:
    """Endpoints of outgoing webhooks that failed so long that they were switched off."""
    query = (
        sa.select(TENANTS.c.slug.label("tenant"), ENDPOINTS.c.url, ENDPOINTS.c.disabled_reason)
        .join(TENANTS, TENANTS.c.id == ENDPOINTS.c.tenant_id)
        .where(ENDPOINTS.c.enabled.is_(False), ENDPOINTS.c.failures > 0)
        .order_by(TENANTS.c.number, ENDPOINTS.c.id)
    )
    return unit.rows(query)


@dataclass(frozen=True)
class Overdue:
    """Work that nobody has taken, and since when the first of it is due."""

    number: int
    since: datetime


def overdue(unit: Unit, until: datetime) -> Overdue | None:
    """What was due by that instant and is in no worker's hands; ``None`` if there is nothing."""
    found = [_overdue(unit, lane, until) for lane in (deliveries.LANE, effects.LANE)]
    numbers = [row["number"] for row in found]
    since = [row["since"] for row in found if row["since"] is not None]
    return Overdue(sum(numbers), min(since)) if since else None


def _overdue(unit: Unit, lane: due.Lane, until: datetime) -> Row:
    rows = lane.table
    query = sa.select(sa.func.count().label("number"), sa.func.min(rows.c.next_at).label("since"))
    found = unit.one(query.where(lane.is_open(), rows.c.next_at <= until))
    return found or {"number": 0, "since": None}


def failing_jobs(unit: Unit) -> Sequence[Row]:
    """Periodic jobs whose last rounds failed for somebody."""
    return unit.rows(sa.select(JOBS).where(JOBS.c.failed_rounds > 0).order_by(JOBS.c.name))


def database_time(unit: Unit) -> datetime | None:
    """What the database's own clock says; ``None`` where that is this machine's."""
    if unit.dialect != "postgresql":
        return None
    at: datetime = unit.scalar(sa.select(sa.func.clock_timestamp()))
    return at


@dataclass(frozen=True)
class Workers:
    """Who holds a lease, and when a worker was last seen to do something."""

    names: tuple[str, ...]
    seen_at: datetime | None


def workers(unit: Unit, now: datetime) -> Workers:
    """The workers, as far as the rows tell: one with nothing to do leaves no trace."""
    held: list[Any] = []
    for rows in (deliveries.DELIVERIES, JOBS):
        query = sa.select(rows.c.claimed_by).where(rows.c.claimed_until > now).distinct()
        if rows is deliveries.DELIVERIES:
            query = query.where(deliveries.LANE.is_open())
        held += unit.column(query)
    names = sorted({str(by).rpartition("/")[0] or str(by) for by in held if by})
    attempts = deliveries.ATTEMPTS
    signs = [
        unit.scalar(sa.select(attempts.c.at).order_by(attempts.c.id.desc()).limit(1)),
        unit.scalar(sa.select(sa.func.max(JOBS.c.last_started_at))),
        unit.scalar(sa.select(sa.func.max(JOBS.c.last_finished_at))),
    ]
    return Workers(tuple(names), max((at for at in signs if at is not None), default=None))
