"""How members want to be told, on which devices, and what was given to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from hub.records.tables.base import Owned, Table


class HubSecret(Table, table=True):
    """A secret of the installation itself, by its name; ``secrets`` is sealed."""

    __tablename__ = "hub_secrets"

    id: UUID = Field(primary_key=True)
    name: str = Field(unique=True)
    secrets: str
    created_at: datetime


class PushSubscription(Table, table=True):
    """A browser in which a member wants push messages. ``secrets`` is sealed JSON: the address at the
    browser's push service, and the keys that messages are encrypted with. ``fingerprint`` is the digest
    of the address: a browser is one person's."""

    __tablename__ = "push_subscriptions"

    id: UUID = Field(primary_key=True)
    member_id: UUID = Field(foreign_key="members.id", index=True)
    fingerprint: str = Field(unique=True)
    secrets: str
    label: str
    created_at: datetime
    last_success_at: datetime | None = None


class NotificationChoice(Table, table=True):
    """That a member wants to be told of a topic over a channel, or not; no row: as is usual."""

    __tablename__ = "notification_choices"
    __table_args__ = (UniqueConstraint("member_id", "topic", "channel"),)

    id: UUID = Field(primary_key=True)
    member_id: UUID = Field(foreign_key="members.id")
    topic: str
    channel: str
    wanted: bool


class Assignment(Owned, table=True):
    """That somebody was given a record by hand; of several records at once the first, and their
    ``number``. ``by_id`` is who did it, if that is known."""

    __tablename__ = "assignments"
    __table_args__ = (Index("ix_assignments_record", "record_id"),)

    record_kind: str
    record_id: UUID
    number: int
    member_id: UUID = Field(foreign_key="members.id")
    by_id: UUID | None = Field(default=None, foreign_key="members.id")
