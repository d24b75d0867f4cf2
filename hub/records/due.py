"""Rows that are due, found tenant by tenant, so that nobody waits behind another's backlog.

Both queries walk the partial index (tenant, instant) of what is still open: the first jumps from
tenant to tenant, the second reads the first rows of one. What is finished is not in the index.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql import FromClause

from hub.records.database import Row, Unit


@dataclass(frozen=True)
class Lane:
    """A table of work with ``tenant_id``, ``state`` and ``next_at``; ``states`` are those that are
    still open, exactly as its partial index has them."""

    table: sa.Table
    states: tuple[str, ...]

    def is_open(self, rows: FromClause | None = None) -> sa.ColumnElement[bool]:
        """Whether a row is still open: with literals, or no database would take the partial index."""
        state = (self.table if rows is None else rows).c.state
        words: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{word}'") for word in self.states]
        return state == words[0] if len(words) == 1 else state.in_(words)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tenant with open work, and when the first of it is due."""

    tenant_id: UUID
    first_at: datetime


def waiting(unit: Unit, lane: Lane) -> list[Waiting]:
    """All tenants with open work, in the order of their ids."""
    found = unit.connection.execute(_waiting_query(lane))
    return [Waiting(tenant_id, first_at) for tenant_id, first_at in found if first_at]


@cache
def _waiting_query(lane: Lane) -> sa.Select[Any]:
    """Made once: an idle worker asks it each second, and to build it costs more than to run it."""
    first = sa.select(lane.table.c.tenant_id).where(lane.is_open())
    first = first.order_by(lane.table.c.tenant_id, lane.table.c.next_at).limit(1)
    seek = sa.select(first.scalar_subquery().label("tenant_id")).cte("seek", recursive=True)
    other = lane.table.alias("other")
    following = sa.select(other.c.tenant_id).where(lane.is_open(other), other.c.tenant_id > seek.c.tenant_id)
    following = following.order_by(other.c.tenant_id, other.c.next_at).limit(1)
    seek = seek.union_all(
        sa.select(following.scalar_subquery()).select_from(seek).where(seek.c.tenant_id.is_not(None))
    )
    own = lane.table.alias("own")
    first_at = sa.select(own.c.next_at).where(lane.is_open(own), own.c.tenant_id == seek.c.tenant_id)
    first_at = first_at.order_by(own.c.tenant_id, own.c.next_at).limit(1)
    return (
        sa.select(seek.c.tenant_id, first_at.scalar_subquery().label("first_at"))
        .select_from(seek)
        .where(seek.c.tenant_id.is_not(None))
    )


def take(unit: Unit, lane: Lane, tenant_id: UUID, now: datetime, limit: int) -> Sequence[Row]:
    """A tenant's rows that are due, the oldest first, locked until the end of the transaction.
    Those that another transaction has locked are left to it."""
    table = lane.table
    query = (
        sa.select(table)
        .where(lane.is_open(), table.c.tenant_id == tenant_id, table.c.next_at <= now)
        .order_by(table.c.tenant_id, table.c.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return unit.rows(query)
