"""What leaves the machine, and what members are told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, text
from sqlmodel import Field

from hub.records.tables.base import Owned, Table


class Delivery(Owned, table=True):
    """One thing that must leave the machine: pending, done, dead or cancelled.

    A worker claims it until ``claimed_until``; whoever holds the lease may send it. Meanwhile
    ``next_at`` says the same instant, so that a lease which ran out makes it due again. ``target``
    is what its channel understands. ``schedule_from`` attempts were made before somebody let its
    schedule begin anew. The record and the event lead back to why it was made.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "ix_deliveries_due",
            "tenant_id",
            "next_at",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_deliveries_dead",
            "tenant_id",
            "id",
            sqlite_where=text("state = 'dead'"),
            postgresql_where=text("state = 'dead'"),
        ),
        Index("ix_deliveries_tenant", "tenant_id", "id"),
        Index("ix_deliveries_record", "record_id"),
        Index("ix_deliveries_event", "event_id"),
    )

    channel: str
    target: str
    state: str
    attempts: int
    schedule_from: int
    next_at: datetime
    claimed_until: datetime | None = None
    claimed_by: str | None = None
    last_error: str | None = None
    finished_at: datetime | None = None
    content: dict[str, Any] = Field(sa_type=JSON)
    event_id: UUID | None = Field(default=None, foreign_key="inbound_events.id")
    record_kind: str | None = None
    record_id: UUID | None = None


class DeliveryAttempt(Table, table=True):
    """One try to send a delivery, and how it went."""

    __tablename__ = "delivery_attempts"

    id: UUID = Field(primary_key=True)
    delivery_id: UUID = Field(foreign_key="deliveries.id", index=True)
    number: int
    at: datetime
    milliseconds: int
    status: int | None = None
    answer: str
    error: str | None = None
    next_at: datetime | None = None


class WebhookEndpoint(Owned, table=True):
    """A tenant's address for outgoing webhooks. ``events`` are patterns such as
    ``transaction.*``; ``secrets`` is encrypted JSON. Failing too long switches it off."""

    __tablename__ = "webhook_endpoints"

    url: str
    description: str = Field(default="", sa_column_kwargs={"server_default": ""})
    events: list[str] = Field(sa_type=JSON)
    enabled: bool
    secrets: str
    failing_since: datetime | None = None
    failures: int = 0
    disabled_reason: str | None = None
    updated_at: datetime


class Notification(Owned, table=True):
    """A notice for one member in the web UI; ``read_at`` is empty until it is read. ``event_id`` is a
    mere pointer: to check it for each of a team's rows would cost more than they do. Each row is in one
    of the two indexes of its member, so that telling a whole team touches half as many pages."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index("ix_notifications_record", "record_id"),
        Index(
            "ix_notifications_read",
            "member_id",
            "tenant_id",
            "id",
            sqlite_where=text("read_at IS NOT NULL"),
            postgresql_where=text("read_at IS NOT NULL"),
        ),
        Index(
            "ix_notifications_unread",
            "member_id",
            "tenant_id",
            "id",
            sqlite_where=text("read_at IS NULL"),
            postgresql_where=text("read_at IS NULL"),
        ),
    )

    member_id: UUID = Field(foreign_key="members.id")
    kind: str
    title: str
    text: str
    record_kind: str
    record_id: UUID
    event_id: UUID | None = None
    read_at: datetime | None = None
