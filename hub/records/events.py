"""The event log: written once per request, searched, bounded, replayed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.contract.outcome import ACCEPTED, OutcomeKind
from hub.records import scanning
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


def headers_of(unit: Unit, event_id: UUID | None) -> list[tuple[str, str]]:
    """The headers of an event; none of one that is not there."""
    found = unit.scalar(sa.select(EVENTS.c.headers).where(EVENTS.c.id == event_id))
    return [(name, value) for name, value in found or ()]


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
    query = sa.select(*SUMMARY, healed().label("healed")).order_by(EVENTS.c.id.desc()).limit(limit)
    if tenant_id is not None:
        query = query.where(EVENTS.c.tenant_id == tenant_id)
    if outcome is not None:
        query = query.where(EVENTS.c.outcome == outcome)
    return unit.rows(query)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is looked for in a tenant's log: all that is given must be true of an event. ``text`` is looked
    for in the id, the key, the path and the body."""

    outcome: str | None = None
    plugin: str | None = None
    connection_id: UUID | None = None
    event_type: str | None = None
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is asked for."""
        return self != Wanted()

    @property
    def is_indexed(self) -> bool:
        """Whether the database finds these without looking at others."""
        looked_for = (self.plugin, self.connection_id, self.event_type, self.reason, self.text)
        return not any(looked_for) and self.outcome in (None, *UNDONE)


@dataclass(frozen=True)
class Matches:
    """Events, newest first. ``scanned_to`` is the id of the last event that was looked at, if there are
    older ones that were not."""

    rows: Sequence[Row]
    scanned_to: UUID | None = None


UNDONE = ("failed", "rejected", "parked")
"""Outcomes after which somebody may have to do something."""

_OUTCOMES: dict[str, sa.ColumnElement[str]] = {
    kind.value: sa.literal_column(f"'{kind.value}'") for kind in OutcomeKind
}
"""Written out, so that the database knows which of its partial indexes fits."""


def find(
    unit: Unit, tenant_id: UUID, wanted: Wanted, *, before: UUID | None = None, limit: int = 25
) -> Matches:
    """A tenant's events that match, without their bytes. ``before`` is the id of the last one seen. What
    no index knows is looked for among the newest ``scanning.SCANNED`` of those that an index finds."""
    if (its_id := _as_id(wanted.text)) is not None:
        row = unit.one(sa.select(*SUMMARY).where(EVENTS.c.tenant_id == tenant_id, EVENTS.c.id == its_id))
        if row is not None:
            return Matches([row])
    scope = [EVENTS.c.tenant_id == tenant_id, *_by_index(wanted)]
    if before is not None:
        scope.append(EVENTS.c.id < before)
    edge = None if wanted.is_indexed else scanning.edge(unit, EVENTS.c.id, *scope)
    if edge is not None:
        scope.append(EVENTS.c.id >= edge)
    query = sa.select(*SUMMARY).where(*scope, *_by_looking(unit, wanted))
    rows = unit.rows(query.order_by(EVENTS.c.id.desc()).limit(limit))
    return Matches(rows, edge)


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _by_index(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.outcome in UNDONE:
        conditions.append(EVENTS.c.outcome == _OUTCOMES[wanted.outcome])
    if wanted.since is not None:
        conditions.append(EVENTS.c.received_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(EVENTS.c.received_at < wanted.until)
    return conditions


def _by_looking(unit: Unit, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.outcome is not None and wanted.outcome not in UNDONE:
        conditions.append(EVENTS.c.outcome == _OUTCOMES[wanted.outcome])
    for name in ("plugin", "connection_id", "event_type", "reason"):
        if (value := getattr(wanted, name)) is not None:
            conditions.append(EVENTS.c[name] == value)
    if wanted.text:
        columns = (EVENTS.c.key, EVENTS.c.path, EVENTS.c.event_type)
        found = [scanning.holds(unit, wanted.text, *columns)]
        found += [position(unit.dialect, spelling) > 0 for spelling in spellings(wanted.text)]
        conditions.append(sa.or_(*found))
    return conditions


def position(dialect: str, part: bytes) -> sa.ColumnElement[int]:
    """Where the bytes stand in the body, 0 for nowhere."""
    searched = sa.bindparam(None, part, sa.LargeBinary)
    if dialect == "sqlite":
        return sa.func.instr(EVENTS.c.body, searched)
    return sa.func.pg_catalog.position(EVENTS.c.body, searched)


def spellings(text: str) -> list[bytes]:
    """How a body may write the text: as it is, in small letters, and with other than ASCII letters
    escaped, as JSON has it. Bytes know no upper and lower case."""
    texts = dict.fromkeys([text, text.lower()])
    escaped = [json.dumps(one)[1:-1] for one in texts]
    return [one.encode("utf-8", "replace") for one in dict.fromkeys([*texts, *escaped])]


def of_tenant(unit: Unit, tenant_id: UUID, event_id: UUID) -> Row | None:
    """The whole event, if it is the tenant's."""
    return unit.one(sa.select(EVENTS).where(EVENTS.c.id == event_id, EVENTS.c.tenant_id == tenant_id))


def some_of_tenant(unit: Unit, tenant_id: UUID, event_ids: Sequence[UUID]) -> Sequence[Row]:
    """Those of these events that are the tenant's, the oldest first: id, outcome and ``verified``."""
    return unit.rows(
        sa.select(*_SHORT)
        .where(EVENTS.c.id.in_(event_ids), EVENTS.c.tenant_id == tenant_id)
        .order_by(EVENTS.c.id)
    )


def causes(unit: Unit, tenant_id: UUID) -> list[Row]:
    """What a tenant's failed, rejected and parked events have in common, the newest first: outcome, plugin,
    reason, their ``number`` and the id of the ``newest``. Failed ones that came again and were accepted
    are no more of it."""
    newest = sa.func.max(sa.cast(EVENTS.c.id, sa.String)) if unit.dialect == "postgresql" else None
    query = (
        sa.select(
            EVENTS.c.outcome,
            EVENTS.c.plugin,
            EVENTS.c.reason,
            sa.func.count().label("number"),
            (newest if newest is not None else sa.func.max(EVENTS.c.id)).label("newest"),
        )
        .where(EVENTS.c.tenant_id == tenant_id, _IS_UNDONE, ~healed())
        .group_by(EVENTS.c.outcome, EVENTS.c.plugin, EVENTS.c.reason)
    )
    rows = [{**row, "newest": UUID(str(row["newest"]))} for row in unit.rows(query)]
    return sorted(rows, key=lambda row: row["newest"], reverse=True)


def of_cause(
    unit: Unit, tenant_id: UUID, *, outcome: str, plugin: str, reason: str | None, limit: int
) -> Sequence[Row]:
    """Some events of a cause, the oldest first: id, outcome and ``verified``."""
    query = sa.select(*_SHORT).where(
        EVENTS.c.tenant_id == tenant_id,
        EVENTS.c.outcome == _OUTCOMES[outcome],
        EVENTS.c.plugin == plugin,
        EVENTS.c.reason.is_not_distinct_from(reason),
        ~healed(),
    )
    return unit.rows(query.order_by(EVENTS.c.id).limit(limit))


def healed() -> sa.ColumnElement[bool]:
    """A condition: whether an event failed, and a later one with its key was accepted."""
    other = EVENTS.alias("other")
    return sa.exists().where(
        EVENTS.c.outcome == _OUTCOMES["failed"],
        other.c.connection_id == EVENTS.c.connection_id,
        other.c.key == EVENTS.c.key,
        other.c.outcome.in_([_OUTCOMES[outcome] for outcome in ACCEPTED]),
    )


_SHORT = (EVENTS.c.id, EVENTS.c.outcome, EVENTS.c.verified)
_IS_UNDONE = EVENTS.c.outcome.in_([_OUTCOMES[outcome] for outcome in UNDONE])


def trim_quarantine(unit: Unit, connection_id: UUID | None, *, keep: int, days: int, now: datetime) -> None:
    """Drop rejected events beyond the newest ``keep`` of the connection, and those that are older
    than ``days``."""
    rejected = sa.and_(
        EVENTS.c.connection_id.is_not_distinct_from(connection_id), EVENTS.c.outcome == _OUTCOMES["rejected"]
    )
    oldest_kept = (
        sa.select(EVENTS.c.id).where(rejected).order_by(EVENTS.c.id.desc()).offset(keep - 1).limit(1)
    ).scalar_subquery()
    too_old = EVENTS.c.received_at < now - timedelta(days=days)
    unit.execute(sa.delete(EVENTS).where(rejected, sa.or_(EVENTS.c.id < oldest_kept, too_old)))


def count_open(unit: Unit, tenant_id: UUID) -> dict[str, int]:
    """How many of a tenant's events are rejected, parked, or failed and not healed since."""
    query = (
        sa.select(EVENTS.c.outcome, sa.func.count().label("number"))
        .where(EVENTS.c.tenant_id == tenant_id, _IS_UNDONE, ~healed())
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
