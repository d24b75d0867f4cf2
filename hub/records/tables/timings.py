"""How long the steps of a request took."""

from uuid import UUID

from sqlmodel import Field

from hub.records.tables.base import Table


class EventTiming(Table, table=True):
    """Microseconds of each step that a request reached. It goes when its event goes."""

    __tablename__ = "event_timings"

    event_id: UUID = Field(primary_key=True, foreign_key="inbound_events.id", ondelete="CASCADE")
    authenticate: int | None = None
    parse: int | None = None
    persist: int | None = None
    announce: int | None = None
