"""What members are told in the web UI: written by effects, read and marked by each member for themselves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit
from hub.records.prepared import Prepared
from hub.records.tables import Member, Notification
from hub.records.tenants import table
from hub.support.ids import new_id

NOTIFICATIONS, MEMBERS = table(Notification), table(Member)

MOST_COUNTED = 100
"""Unread ones are counted so far: beyond it nobody cares for the number."""

MOST_NEWS = 500
"""So many new ones are fetched at once; of more, the newest."""

_UNREAD, _READ = NOTIFICATIONS.c.read_at.is_(None), NOTIFICATIONS.c.read_at.is_not(None)

_TELL = Prepared(sa.insert(NOTIFICATIONS))


@dataclass(frozen=True)
class Mailbox:
    """The notifications of one member in one tenant."""

    tenant_id: UUID
    member_id: UUID

    def holds(self) -> sa.ColumnElement[bool]:
        """The condition of each query about it."""
        return sa.and_(
            NOTIFICATIONS.c.member_id == self.member_id, NOTIFICATIONS.c.tenant_id == self.tenant_id
        )


def tell(unit: Unit, members: Sequence[UUID], **values: Any) -> Mapping[UUID, UUID]:
    """The same notification for each of these members. Gives their ids, by member."""
    told = {member: new_id() for member in members}
    _TELL.insert(unit, [{"id": its_id, "member_id": member} for member, its_id in told.items()], **values)
    return told


def listed(
    unit: Unit, mailbox: Mailbox, *, unread: bool = False, before: UUID | None = None, limit: int = 25
) -> Sequence[Row]:
    """A member's notifications, newest first; ``before`` is the id of the last one seen."""
    newest = sa.union_all(
        *(_newest(mailbox, which, before, limit) for which in ([_UNREAD] if unread else [_UNREAD, _READ]))
    )
    query = sa.select(NOTIFICATIONS).where(NOTIFICATIONS.c.id.in_(newest))
    return unit.rows(query.order_by(NOTIFICATIONS.c.id.desc()).limit(limit))


def _newest(
    mailbox: Mailbox, which: sa.ColumnElement[bool], before: UUID | None, limit: int
) -> sa.Select[tuple[UUID]]:
    """The ids of the newest unread or of the newest read ones: each has its own index."""
    query = sa.select(NOTIFICATIONS.c.id).where(mailbox.holds(), which)
    if before is not None:
        query = query.where(NOTIFICATIONS.c.id < before)
    newest = query.order_by(NOTIFICATIONS.c.id.desc()).limit(limit).subquery()
    return sa.select(newest.c.id)


def of_tenant(unit: Unit, tenant_id: UUID, *, email: str | None, unread: bool, limit: int) -> Sequence[Row]:
    """The notifications of all members of a tenant, or of one, newest first, with the member's address."""
    query = (
        sa.select(NOTIFICATIONS, MEMBERS.c.email.label("member"))
        .join(MEMBERS, MEMBERS.c.id == NOTIFICATIONS.c.member_id)
        .where(NOTIFICATIONS.c.tenant_id == tenant_id)
    )
    if email is not None:
        query = query.where(MEMBERS.c.email == email.lower())
    if unread:
        query = query.where(_UNREAD)
    return unit.rows(query.order_by(NOTIFICATIONS.c.id.desc()).limit(limit))


def get(unit: Unit, mailbox: Mailbox, notification_id: UUID) -> Row | None:
    """One of the member's notifications."""
    return unit.one(sa.select(NOTIFICATIONS).where(NOTIFICATIONS.c.id == notification_id, mailbox.holds()))


def news(unit: Unit, mailboxes: Iterable[Mailbox], since: UUID) -> Sequence[Row]:
    """What arrived in these mailboxes with this id or a later one and is unread, oldest first."""
    wanted = sa.or_(
        *(sa.and_(mailbox.holds(), _UNREAD, NOTIFICATIONS.c.id >= since) for mailbox in mailboxes)
    )
    newest = sa.select(NOTIFICATIONS).where(wanted).order_by(NOTIFICATIONS.c.id.desc()).limit(MOST_NEWS)
    return unit.rows(newest)[::-1]


def unread(unit: Unit, mailboxes: Sequence[Mailbox]) -> list[int]:
    """How many unread ones each of these mailboxes has, counted up to ``MOST_COUNTED``."""
    counts = [
        sa.select(sa.literal(place).label("place"), sa.func.count().label("number")).select_from(
            sa.select(NOTIFICATIONS.c.id).where(mailbox.holds(), _UNREAD).limit(MOST_COUNTED).subquery()
        )
        for place, mailbox in enumerate(mailboxes)
    ]
    found = {row["place"]: row["number"] for row in unit.rows(sa.union_all(*counts))}
    return [found[place] for place in range(len(mailboxes))]


def read_one(unit: Unit, mailbox: Mailbox, notification_id: UUID, now: datetime) -> None:
    """The member has read it."""
    _read(unit, now, mailbox.holds(), NOTIFICATIONS.c.id == notification_id)


def read_all(unit: Unit, mailbox: Mailbox, now: datetime) -> int:
    """The member has read all of them. Gives how many were unread."""
    return _read(unit, now, mailbox.holds())


def read_by_address(unit: Unit, tenant_id: UUID, email: str, now: datetime) -> int:
    """The member with that address has read all notifications of the tenant. Gives how many were unread."""
    member = sa.select(MEMBERS.c.id).where(MEMBERS.c.email == email.lower()).scalar_subquery()
    return _read(unit, now, NOTIFICATIONS.c.tenant_id == tenant_id, NOTIFICATIONS.c.member_id == member)


def _read(unit: Unit, now: datetime, *which: sa.ColumnElement[bool]) -> int:
    query = sa.update(NOTIFICATIONS).where(*which, _UNREAD)
    return unit.execute(query.values(read_at=now)).rowcount
