"""What is given to a member by hand: a row of its own each time, so that it is announced each time."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from hub.contract.outcome import Persisted
from hub.contract.signals import Signal
from hub.records.database import Unit
from hub.records.tables import Assignment
from hub.records.tenants import MEMBERS, MEMBERSHIPS, table
from hub.support.ids import new_id

ASSIGNMENTS = table(Assignment)


def give(
    unit: Unit,
    signal: Signal,
    *,
    tenant_id: UUID,
    record_kind: str,
    record_id: UUID,
    member_id: UUID,
    by_id: UUID | None,
    now: datetime,
    number: int = 1,
) -> Persisted:
    """Note that a member was given a record, or so many of which this is the first. Gives what is to be
    announced."""
    assignment_id = new_id()
    unit.insert(
        ASSIGNMENTS,
        {
            "id": assignment_id,
            "tenant_id": tenant_id,
            "created_at": now,
            "record_kind": record_kind,
            "record_id": record_id,
            "number": number,
            "member_id": member_id,
            "by_id": by_id,
        },
    )
    return Persisted(kind="assignment", id=assignment_id, action="created", signal=signal.name)


def member_with(unit: Unit, tenant_id: UUID, email: str) -> UUID | None:
    """The tenant's member with that address, if there is one."""
    query = (
        sa.select(MEMBERS.c.id)
        .join(MEMBERSHIPS, MEMBERSHIPS.c.member_id == MEMBERS.c.id)
        .where(MEMBERSHIPS.c.tenant_id == tenant_id, MEMBERS.c.email == email.strip().lower())
    )
    found: UUID | None = unit.scalar(query)
    return found
