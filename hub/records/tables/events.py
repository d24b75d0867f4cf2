"""The event log: every request as it came, what became of it, and what it set off."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, text
from sqlmodel import Field

from hub.records.tables.base import Table

ACCEPTED_SQL = "outcome IN ('processed', 'ignored', 'parked')"
"""Events that claim their key; the others may share it."""

UNDONE_SQL = "outcome IN ('failed', 'rejected', 'parked')"
"""Events that somebody may have to do something about."""


class InboundEvent(Table, table=True):
    """One received request, kept whole. Without ``tenant_id`` nobody knows whose it was.

    ``key`` is the provider's id of the event: at most one accepted event of a connection has it.
    Credentials that stand in headers, the query or a form are masked before they get here. ``proof`` is by
    what the sender proved who it is; events older than this column do not say.
    """

    __tablename__ = "inbound_events"
    __table_args__ = (
        Index(
            "uq_inbound_events_accepted",
            "connection_id",
            "key",
            unique=True,
            sqlite_where=text(ACCEPTED_SQL),
            postgresql_where=text(ACCEPTED_SQL),
        ),
        Index("ix_inbound_events_tenant", "tenant_id", "id"),
        Index("ix_inbound_events_received", "tenant_id", "received_at", "outcome"),
        Index(
            "ix_inbound_events_failed",
            "tenant_id",
            "id",
            sqlite_where=text("outcome = 'failed'"),
            postgresql_where=text("outcome = 'failed'"),
        ),
        Index(
            "ix_inbound_events_undone",
            "tenant_id",
            "outcome",
            "id",
            sqlite_where=text(UNDONE_SQL),
            postgresql_where=text(UNDONE_SQL),
        ),
        Index(
            "ix_inbound_events_arrivals",
            "connection_id",
            "received_at",
            sqlite_where=text("verified"),
            postgresql_where=text("verified"),
        ),
        Index(
            "ix_inbound_events_rejected",
            "connection_id",
            "id",
            sqlite_where=text("outcome = 'rejected'"),
            postgresql_where=text("outcome = 'rejected'"),
        ),
    )

    id: UUID = Field(primary_key=True)
    tenant_id: UUID | None = Field(default=None, foreign_key="tenants.id")
    connection_id: UUID | None = Field(default=None, foreign_key="connections.id")
    plugin: str
    adapter: str
    received_at: datetime
    event_type: str | None = None
    key: str | None = None
    outcome: str
    status: int
    reason: str | None = None
    message: str | None = None
    verified: bool
    proof: str | None = None
    method: str
    route: str
    path: str
    path_values: dict[str, str] = Field(sa_type=JSON)
    query: dict[str, str] = Field(sa_type=JSON)
    headers: list[list[str]] = Field(sa_type=JSON)
    remote_addr: str | None = None
    body: bytes
    traceback: str | None = None


class ParkedEvent(Table, table=True):
    """Which sale a parked event waits for, by the ids that it names."""

    __tablename__ = "parked_events"
    __table_args__ = (Index("ix_parked_events_connection_key", "connection_id", "key"),)

    event_id: UUID = Field(primary_key=True, foreign_key="inbound_events.id")
    key: str = Field(primary_key=True)
    connection_id: UUID = Field(foreign_key="connections.id")


class EffectRun(Table, table=True):
    """What one receiver did about one announced record: pending (a worker will call it), done,
    failed (tried again at ``next_at``), dead or skipped, and why. Without ``event_id`` a person made
    the record."""

    __tablename__ = "effect_runs"
    __table_args__: tuple[Any, ...] = (
        Index(
            "ix_effect_runs_due",
            "tenant_id",
            "next_at",
            sqlite_where=text("state IN ('pending', 'failed')"),
            postgresql_where=text("state IN ('pending', 'failed')"),
        ),
        Index(
            "ix_effect_runs_dead",
            "tenant_id",
            "id",
            sqlite_where=text("state = 'dead'"),
            postgresql_where=text("state = 'dead'"),
        ),
        Index("ix_effect_runs_tenant", "tenant_id", "id"),
        Index("ix_effect_runs_record", "record_id"),
        Index("uq_effect_runs_once", "event_id", "record_id", "signal", "receiver", unique=True),
    )

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    event_id: UUID | None = Field(default=None, foreign_key="inbound_events.id")
    record_id: UUID
    signal: str
    receiver: str
    state: str
    reason: str | None = None
    action: str
    attempts: int
    next_at: datetime | None = None
    created_at: datetime
