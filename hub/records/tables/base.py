"""What all tables share: the metadata with named constraints, and the columns of a record."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import JSON, MetaData
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """Base of all tables of the core."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


class Owned(Table):
    """Something that belongs to a tenant."""

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenants.id")
    created_at: datetime


class Record(Owned):
    """A row made from a fact. ``event_id`` and ``adapter`` (slug/version) lead back to the bytes;
    both are empty for a row that a person made."""

    event_id: UUID | None = Field(default=None, foreign_key="inbound_events.id", index=True)
    connection_id: UUID | None = Field(default=None, foreign_key="connections.id")
    adapter: str | None = None
    extra: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
