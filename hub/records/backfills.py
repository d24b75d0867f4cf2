"""How far each connection's provider was asked what happened, and who is at it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit, insert_into
from hub.records.tables import Backfill
from hub.records.tenants import CONNECTIONS, table

BACKFILLS = table(Backfill)

RUN = ("known", "imported", "refused")
"""Columns that count within a run."""


def get(unit: Unit, connection_id: UUID) -> Row | None:
    """How far a connection is; ``None`` if it was never asked."""
    return unit.one(sa.select(BACKFILLS).where(BACKFILLS.c.connection_id == connection_id))


def add_missing(unit: Unit, plugins: Collection[str], now: datetime) -> None:
    """A row, due at once, for each connection of these plugins that is on and has none."""
    wanted = (
        sa.select(CONNECTIONS.c.id, CONNECTIONS.c.tenant_id)
        .outerjoin(BACKFILLS, BACKFILLS.c.connection_id == CONNECTIONS.c.id)
        .where(CONNECTIONS.c.plugin.in_(plugins), CONNECTIONS.c.enabled, BACKFILLS.c.connection_id.is_(None))
    )
    for row in unit.rows(wanted):
        _add(unit, row["id"], row["tenant_id"], now)


def due(unit: Unit, plugins: Collection[str], now: datetime) -> Row | None:
    """The connection of these plugins that is due longest: it is on, and nobody is at it. One whose settings
    were changed since it was looked at is due at once."""
    # A clock that was set back must not make it look changed for ever.
    since = sa.and_(CONNECTIONS.c.updated_at > BACKFILLS.c.asked_at, CONNECTIONS.c.updated_at <= now)
    changed = sa.or_(BACKFILLS.c.asked_at.is_(None), since)
    query = (
        sa.select(BACKFILLS)
        .join(CONNECTIONS, CONNECTIONS.c.id == BACKFILLS.c.connection_id)
        .where(
            CONNECTIONS.c.plugin.in_(plugins),
            CONNECTIONS.c.enabled,
            sa.or_(BACKFILLS.c.next_at <= now, changed),
            _is_free(now),
        )
        .order_by(BACKFILLS.c.next_at)
        .limit(1)
    )
    return unit.one(query)


def claim(
    unit: Unit, connection_id: UUID, tenant_id: UUID, *, by: str, now: datetime, until: datetime
) -> Row | None:
    """Take a connection, with how far it is; ``None`` if somebody else is at it."""
    _add(unit, connection_id, tenant_id, now)
    its = sa.update(BACKFILLS).where(BACKFILLS.c.connection_id == connection_id, _is_free(now))
    taken = unit.execute(its.values(claimed_by=by, claimed_until=until))
    return get(unit, connection_id) if taken.rowcount else None


def change(unit: Unit, connection_id: UUID, by: str, **values: Any) -> bool:
    """Note how far it is. ``False`` if somebody else has taken it since."""
    its = sa.update(BACKFILLS).where(BACKFILLS.c.connection_id == connection_id, BACKFILLS.c.claimed_by == by)
    return unit.execute(its.values(**values)).rowcount > 0


def put_off(unit: Unit, connection_id: UUID, *, asked_at: datetime, next_at: datetime) -> None:
    """Look at it later: it is not to be asked."""
    its = sa.update(BACKFILLS).where(BACKFILLS.c.connection_id == connection_id)
    unit.execute(its.values(asked_at=asked_at, next_at=next_at))


def _is_free(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(BACKFILLS.c.claimed_until.is_(None), BACKFILLS.c.claimed_until <= now)


def _add(unit: Unit, connection_id: UUID, tenant_id: UUID, now: datetime) -> None:
    statement = insert_into(BACKFILLS, unit.dialect).on_conflict_do_nothing()
    counts = dict.fromkeys(RUN, 0)
    row = {"connection_id": connection_id, "tenant_id": tenant_id, "next_at": now, **counts}
    unit.execute(statement, row)
