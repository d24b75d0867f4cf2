"""Periodic jobs of plugins."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from hub.records.tables.base import Table


class PeriodicJob(Table, table=True):
    """When a job is due, and how its last round went.

    The worker that makes a round holds the job until ``claimed_until``. Meanwhile ``next_at`` says the
    same instant, so that a lease which ran out makes it due again. A round serves the tenants in the
    order of their ids; ``served`` is the last one, and empty where no round is under way, so that
    whoever takes a round over goes on behind it. ``failed`` counts the round's tenants for whom it
    failed, ``failed_rounds`` the rounds in a row that had any, and ``last_error`` is the latest error.
    """

    __tablename__ = "periodic_jobs"

    name: str = Field(primary_key=True)
    next_at: datetime
    claimed_until: datetime | None = None
    claimed_by: str | None = None
    served: UUID | None = None
    last_started_at: datetime | None = None
    last_finished_at: datetime | None = None
    failed: int = 0
    failed_rounds: int = 0
    last_error: str | None = None
