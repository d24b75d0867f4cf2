"""What each receiver did about each announced record."""

import sqlalchemy as sa

from hub.contract.signals import Announcement
from hub.records.database import Unit, insert_into
from hub.records.tables import EffectRun
from hub.records.tenants import table
from hub.support.ids import new_id

RUNS = table(EffectRun)


def note(unit: Unit, announcement: Announcement, receiver: str, state: str, reason: str | None) -> None:
    """Write down how it went; the latest word counts."""
    statement = insert_into(RUNS, unit.dialect)
    statement = statement.on_conflict_do_update(
        index_elements=["event_id", "record_id", "signal", "receiver"],
        set_={"state": statement.excluded.state, "reason": statement.excluded.reason},
    )
    unit.execute(
        statement,
        {
            "id": new_id(),
            "tenant_id": announcement.tenant_id,
            "event_id": announcement.event_id,
            "record_id": announcement.record_id,
            "signal": announcement.signal.name,
            "receiver": receiver,
            "state": state,
            "reason": reason,
            "created_at": announcement.received_at,
        },
    )


def is_done(unit: Unit, announcement: Announcement, receiver: str) -> bool:
    """Whether the receiver has done its part already, so that a replay does not do it twice."""
    query = sa.select(RUNS.c.id).where(
        RUNS.c.event_id == announcement.event_id,
        RUNS.c.record_id == announcement.record_id,
        RUNS.c.signal == announcement.signal.name,
        RUNS.c.receiver == receiver,
        RUNS.c.state == "done",
    )
    return unit.scalar(query) is not None
