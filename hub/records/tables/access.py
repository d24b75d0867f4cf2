"""Programs of a tenant that use the hub's API: their keys, and the answers that a repetition gets again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field

from hub.records.tables.base import Owned


class AccessKey(Owned, table=True):
    """A key of the API for a tenant's own programs, with what it may do. ``prefix`` is its public part, by
    which it is found; of the whole key only the hash is kept. ``last_used_at`` may be some minutes late."""

    __tablename__ = "access_keys"
    __table_args__ = (Index("ix_access_keys_tenant", "tenant_id", "id"),)

    name: str
    prefix: str = Field(unique=True)
    hash: str
    scopes: list[str] = Field(sa_type=JSON)
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class KeptAnswer(Owned, table=True):
    """What a request with an idempotency key was answered, so that its repetition gets the same.
    ``fingerprint`` is the digest of what was asked; ``secrets`` is the sealed answer."""

    __tablename__ = "kept_answers"
    __table_args__ = (
        UniqueConstraint("access_key_id", "key"),
        Index("ix_kept_answers_tenant", "tenant_id", "created_at"),
    )

    access_key_id: UUID = Field(foreign_key="access_keys.id")
    key: str
    fingerprint: str
    status: int
    secrets: str
