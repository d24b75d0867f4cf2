"""What was kept long enough goes: by tenant and kind, some rows in a transaction."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from hub.records.audit import ENTRIES
from hub.records.database import Unit
from hub.records.deliveries import ATTEMPTS, DELIVERIES
from hub.records.emptying import HAS_BYTES, empty
from hub.records.events import EVENTS
from hub.records.notifications import NOTIFICATIONS
from hub.support.ids import earliest_id

BATCH = 500
"""Rows that one transaction lets go."""

WHY = "retention"

_OVER = ("done", "dead", "cancelled")


def overdue(unit: Unit, tenant_id: UUID, kind: str, before: datetime) -> int:
    """How much of a kind is older than that."""
    number: int = unit.scalar(
        sa.select(sa.func.count()).select_from(_old(kind, tenant_id, before).subquery())
    )
    return number


def let_go(unit: Unit, tenant_id: UUID, kind: str, *, before: datetime, now: datetime) -> int:
    """Let the oldest ``BATCH`` of a kind go that are older than that. Gives how many they were; what
    another worker is at is left to it."""
    query = _old(kind, tenant_id, before).limit(BATCH)
    ids = unit.column(query.with_for_update(skip_locked=True))
    if ids:
        _GO[kind](unit, ids, now)
    return len(ids)


def _old(kind: str, tenant_id: UUID, before: datetime) -> sa.Select[tuple[UUID]]:
    return {"bodies": _bodies, "rejected": _rejected, "deliveries": _deliveries}.get(kind, _rows(kind))(
        tenant_id, before
    )


def _bodies(tenant_id: UUID, before: datetime) -> sa.Select[tuple[UUID]]:
    """What is parked is still to be read."""
    return (
        sa.select(EVENTS.c.id)
        .where(EVENTS.c.tenant_id == tenant_id, EVENTS.c.received_at < before)
        .where(EVENTS.c.outcome.not_in(("parked", "rejected")), HAS_BYTES)
    )


def _rejected(tenant_id: UUID, before: datetime) -> sa.Select[tuple[UUID]]:
    return sa.select(EVENTS.c.id).where(
        EVENTS.c.tenant_id == tenant_id, EVENTS.c.received_at < before, EVENTS.c.outcome == "rejected"
    )


def _deliveries(tenant_id: UUID, before: datetime) -> sa.Select[tuple[UUID]]:
    """What is not over yet stays, however old."""
    rows = DELIVERIES.c
    return sa.select(rows.id).where(
        rows.tenant_id == tenant_id, rows.id < earliest_id(before), rows.state.in_(_OVER)
    )


def _rows(kind: str) -> Callable[[UUID, datetime], sa.Select[tuple[UUID]]]:
    """Rows whose ids follow the time at which they were made."""
    rows = (ENTRIES if kind == "audit" else NOTIFICATIONS).c
    return lambda tenant_id, before: sa.select(rows.id).where(
        rows.tenant_id == tenant_id, rows.id < earliest_id(before)
    )


def _empty_events(unit: Unit, ids: list[UUID], now: datetime) -> None:
    empty(unit, ids, why=WHY, now=now)


def _delete_deliveries(unit: Unit, ids: list[UUID], _now: datetime) -> None:
    unit.execute(sa.delete(ATTEMPTS).where(ATTEMPTS.c.delivery_id.in_(ids)))
    unit.execute(sa.delete(DELIVERIES).where(DELIVERIES.c.id.in_(ids)))


def _delete_from(rows: sa.Table) -> Callable[[Unit, list[UUID], datetime], None]:
    def delete(unit: Unit, ids: list[UUID], _now: datetime) -> None:
        unit.execute(sa.delete(rows).where(rows.c.id.in_(ids)))

    return delete


_GO: dict[str, Callable[[Unit, list[UUID], datetime], None]] = {
    "bodies": _empty_events,
    "rejected": _delete_from(EVENTS),
    "deliveries": _delete_deliveries,
    "notifications": _delete_from(NOTIFICATIONS),
    "audit": _delete_from(ENTRIES),
}
