"""Asking providers what happened."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from hub.records.tables.base import Table


class Backfill(Table, table=True):
    """How far a connection's provider was asked.

    A run asks for what happened since ``since``, page by page; ``cursor`` is where it has come to, so that
    the next one goes on there. ``since`` is empty between two runs. ``complete_to`` is the instant up to
    which nothing is missing. Whoever is at it holds the row until ``claimed_until``; a worker that is to
    ask by itself looks again at ``next_at``.
    """

    __tablename__ = "backfills"

    connection_id: UUID = Field(primary_key=True, foreign_key="connections.id")
    tenant_id: UUID = Field(foreign_key="tenants.id")
    next_at: datetime = Field(index=True)
    claimed_until: datetime | None = None
    claimed_by: str | None = None
    since: datetime | None = None
    cursor: str | None = None
    began_at: datetime | None = None
    complete_to: datetime | None = None
    asked_at: datetime | None = None
    known: int = 0
    imported: int = 0
    refused: int = 0
    last_error: str | None = None
