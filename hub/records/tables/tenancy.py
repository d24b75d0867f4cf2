"""The installation, its tenants, their people, keys and connections."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field

from hub.records.tables.base import Owned, Table


class Installation(Table, table=True):
    """One row. ``registry_version`` grows with every change of tenants, connections and keys, so
    that each process knows at once when what it remembers is old."""

    __tablename__ = "installation"

    id: int = Field(primary_key=True)
    registry_version: int
    created_at: datetime


class Tenant(Table, table=True):
    """A company that uses the hub."""

    __tablename__ = "tenants"

    id: UUID = Field(primary_key=True)
    number: int = Field(unique=True)
    slug: str = Field(unique=True)
    name: str
    locale: str
    currency: str
    timezone: str
    created_at: datetime


class Member(Table, table=True):
    """A person. An operator runs the installation; memberships say what else somebody may do.
    Sessions hold the ``stamp``: a new one ends them all. Without ``locale`` the browser's counts."""

    __tablename__ = "members"

    id: UUID = Field(primary_key=True)
    email: str = Field(unique=True)
    name: str
    password_hash: str
    operator: bool
    created_at: datetime
    stamp: str = Field(unique=True)
    locale: str | None = None


class Membership(Owned, table=True):
    """A person's role in a tenant: owner, admin or staff."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("tenant_id", "member_id"),)

    member_id: UUID = Field(foreign_key="members.id", index=True)
    role: str


class ApiKey(Owned, table=True):
    """A key of the lead API; the key itself is shown once, only its hash is kept."""

    __tablename__ = "api_keys"

    number: int
    hash: str = Field(unique=True)
    masked: str
    deactivated_at: datetime | None = None

    __table_args__ = (UniqueConstraint("tenant_id", "number"),)


class Connection(Owned, table=True):
    """A plugin switched on for a tenant. ``secrets`` is encrypted JSON of the secret settings."""

    __tablename__ = "connections"
    __table_args__ = (UniqueConstraint("tenant_id", "plugin", "name"),)

    plugin: str
    name: str
    enabled: bool
    settings: dict[str, Any] = Field(sa_type=JSON)
    secrets: str
    updated_at: datetime
    disconnected_at: datetime | None = None
    disconnect_reason: str | None = None
