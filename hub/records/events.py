"""The event log: written once per request, searched, bounded, replayed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.contract.outcome import ACCEPTED
from hub.records.database import Row, Unit, insert_into
from hub.records.prepared import Prepared
from hub.records.tables import InboundEvent, Installation, ParkedEvent, TransactionReference
from hub.records.tables.events import ACCEPTED_SQL
from hub.records.tenants import table

EVENTS, PARKED, REFERENCES = table(InboundEvent), table(ParkedEvent), table(TransactionReference)
VERSION = sa.select(table(Installation).c.registry_version).scalar_subquery()

SUMMARY = [column for column in EVENTS.c if column.name not in {"body", "headers", "traceback"}]
"""The columns that a list shows: all but the bytes."""


@dataclass(frozen=True, slots=True)
class Logged:
    """Whether the event was written (``False``: its key is claimed by an earlier one), and the
    registry's version in the same transaction."""

    written: bool
    registry_version: int


def log(unit: Unit, row: Mapping[str, Any]) -> Logged:
    """Write an event. An accepted outcome claims the event's key; if it is taken nothing is
    written. The version tells whether the connection that judged the event is still the present one.
    """
    version: int | None = _LOG.scalar(unit, row)
    return Logged(version is not None, version or 0)


def _log_statement(dialect: str) -> sa.Executable:
    statement = insert_into(EVENTS, dialect).on_conflict_do_nothing(
        index_elements=["connection_id", "key"], index_where=sa.text(ACCEPTED_SQL)
    )
    return statement.returning(VERSION)


_LOG = Prepared(_log_statement)


def conclude(unit: Unit, event_id: UUID, **changes: Any) -> None:
    """Correct what became of an event."""
    unit.execute(sa.update(EVENTS).where(EVENTS.c.id == event_id).values(**changes))


def get(unit: Unit, event_id: UUID) -> Row | None:
    """The whole event, bytes included."""
    return unit.one(sa.select(EVENTS).where(EVENTS.c.id == event_id))


def claimant(unit: Unit, connection_id: UUID, key: str) -> Row | None:
    """The accepted event that has this key."""
    query = sa.select(EVENTS).where(
        EVENTS.c.connection_id == connection_id, EVENTS.c.key == key, EVENTS.c.outcome.in_(ACCEPTED)
    )
    return unit.one(query)


def search(
    unit: Unit, *, tenant_id: UUID | None = None, outcome: str | None = None, limit: int = 100
) -> Sequence[Row]:
    """Events, newest first, without their bytes. ``healed`` tells that a later event with the same
    key was accepted after this one failed."""
    other = EVENTS.alias("other")
    healed = sa.exists().where(
        EVENTS.c.outcome == "failed",
        other.c.connection_id == EVENTS.c.connection_id,
        other.c.key == EVENTS.c.key,
        other.c.outcome.in_(ACCEPTED),
    )
    query = sa.select(*SUMMARY, healed.label("healed")).order_by(EVENTS.c.id.desc()).limit(limit)
    if tenant_id is not None:
        query = query.where(EVENTS.c.tenant_id == tenant_id)
    if outcome is not None:
        query = query.where(EVENTS.c.outcome == outcome)
    return unit.rows(query)


def trim_quarantine(unit: Unit, connection_id: UUID | None, *, keep: int, days: int, now: datetime) -> None:
    """Drop rejected events beyond the newest ``keep`` of the connection, and those that are older
    than ``days``."""
    rejected = sa.and_(
        EVENTS.c.connection_id.is_not_distinct_from(connection_id), EVENTS.c.outcome == "rejected"
    )
    oldest_kept = (
        sa.select(EVENTS.c.id).where(rejected).order_by(EVENTS.c.id.desc()).offset(keep - 1).limit(1)
    ).scalar_subquery()
    too_old = EVENTS.c.received_at < now - timedelta(days=days)
    unit.execute(sa.delete(EVENTS).where(rejected, sa.or_(EVENTS.c.id < oldest_kept, too_old)))


def count_open(unit: Unit, tenant_id: UUID) -> dict[str, int]:
    """How many of a tenant's events are rejected, parked, or failed and not healed since."""
    other = EVENTS.alias("other")
    healed = sa.exists().where(
        other.c.connection_id == EVENTS.c.connection_id,
        other.c.key == EVENTS.c.key,
        other.c.outcome.in_(ACCEPTED),
    )
    query = (
        sa.select(EVENTS.c.outcome, sa.func.count().label("number"))
        .where(
            EVENTS.c.tenant_id == tenant_id,
            sa.or_(
                EVENTS.c.outcome.in_(["rejected", "parked"]),
                sa.and_(EVENTS.c.outcome == "failed", ~healed),
            ),
        )
        .group_by(EVENTS.c.outcome)
    )
    return {row["outcome"]: row["number"] for row in unit.rows(query)}


def await_sale(unit: Unit, event_id: UUID, connection_id: UUID, keys: Sequence[str]) -> bool:
    """Leave word that an event waits for a sale that is known by one of these ids. ``False`` if
    the sale has come in the meantime: then nothing is left."""
    statement = insert_into(REFERENCES, unit.dialect)
    statement = statement.on_conflict_do_update(
        index_elements=["connection_id", "key"], set_={"awaited": True}
    )
    sales = unit.column(
        statement.values(
            [
                {"connection_id": connection_id, "key": key, "transaction_id": None, "awaited": True}
                for key in sorted(set(keys))
            ]
        ).returning(REFERENCES.c.transaction_id)
    )
    if any(sale is not None for sale in sales):
        return False
    for key in sorted(set(keys)):
        unit.execute(
            insert_into(PARKED, unit.dialect).on_conflict_do_nothing(),
            {"event_id": event_id, "key": key, "connection_id": connection_id},
        )
    return True


def parked_for(unit: Unit, connection_id: UUID, keys: Sequence[str]) -> list[UUID]:
    """The parked events that wait for one of these ids, oldest first."""
    query = (
        sa.select(PARKED.c.event_id)
        .where(PARKED.c.connection_id == connection_id, PARKED.c.key.in_(keys))
        .distinct()
        .order_by(PARKED.c.event_id)
    )
    return unit.column(query)


def unpark(unit: Unit, event_id: UUID) -> None:
    """Forget what a formerly parked event waited for."""
    unit.execute(sa.delete(PARKED).where(PARKED.c.event_id == event_id))
