"""How people prove who they are, and what they changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index
from sqlmodel import Field

from hub.records.tables.base import Table


class SecondFactor(Table, table=True):
    """A person's authenticator app. ``secrets`` is the sealed key. ``confirmed_at`` is empty until a
    first code was right; ``last_step`` is the time step of the last code, which is never taken again."""

    __tablename__ = "second_factors"

    id: UUID = Field(primary_key=True)
    member_id: UUID = Field(foreign_key="members.id", unique=True)
    secrets: str
    confirmed_at: datetime | None = None
    last_step: int
    created_at: datetime


class RecoveryCode(Table, table=True):
    """A code that replaces the authenticator app once; only its hash is kept."""

    __tablename__ = "recovery_codes"

    id: UUID = Field(primary_key=True)
    member_id: UUID = Field(foreign_key="members.id", index=True)
    hash: str
    used_at: datetime | None = None


class MemberToken(Table, table=True):
    """A link that lets a person set their password once: an invitation or a reset. Only its hash is
    kept."""

    __tablename__ = "member_tokens"

    id: UUID = Field(primary_key=True)
    member_id: UUID = Field(foreign_key="members.id", index=True)
    purpose: str
    hash: str = Field(unique=True)
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class AuditEntry(Table, table=True):
    """Who changed what, when and from where. ``who`` is the address at that time; ``before`` and
    ``after`` hold what changed, and never a secret. Without ``tenant_id`` it is about the installation
    or about the person."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_tenant", "tenant_id", "id"),
        Index("ix_audit_entries_person", "tenant_id", "member_id", "id"),
        Index("ix_audit_entries_object", "object_id"),
    )

    id: UUID = Field(primary_key=True)
    tenant_id: UUID | None = Field(default=None, foreign_key="tenants.id")
    member_id: UUID | None = Field(default=None, foreign_key="members.id")
    who: str
    at: datetime
    remote_addr: str | None = None
    action: str
    object_kind: str | None = None
    object_id: str | None = None
    before: dict[str, Any] = Field(sa_type=JSON)
    after: dict[str, Any] = Field(sa_type=JSON)
