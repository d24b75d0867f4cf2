"""What members are told in the web UI: written by effects, read and marked by each member for themselves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit
from hub.records.prepared import Prepared
from hub.records.tables import Notification
from hub.records.tenants import MEMBERS, MEMBERSHIPS, table
from hub.support.ids import SERIES_BITS, new_series

NOTIFICATIONS = table(Notification)

MOST_COUNTED = 100
"""Unread ones are counted so far: beyond it nobody cares for the number."""

MOST_NEWS = 500
"""So many new ones are fetched at once; of more, the newest."""

_UNREAD, _READ = NOTIFICATIONS.c.read_at.is_(None), NOTIFICATIONS.c.read_at.is_not(None)


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Whom something is told: all members of a tenant, those with a role, or one, if it is a member."""

    tenant_id: UUID
    role: str | None = None
    member_id: UUID | None = None

    @property
    def values(self) -> Mapping[str, Any]:
        """What ``MEANT`` needs to know."""
        return {"of_tenant": self.tenant_id, "with_role": self.role, "the_member": self.member_id}


_ROLE = sa.bindparam("with_role", type_=MEMBERSHIPS.c.role.type)
_MEMBER = sa.bindparam("the_member", type_=MEMBERSHIPS.c.member_id.type)

MEANT = sa.and_(
    MEMBERSHIPS.c.tenant_id == sa.bindparam("of_tenant"),
    sa.or_(_ROLE.is_(None), MEMBERSHIPS.c.role == _ROLE),
    sa.or_(_MEMBER.is_(None), MEMBERSHIPS.c.member_id == _MEMBER),
)
"""The condition that a membership belongs to an audience, whose ``values`` are bound."""


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


TOLD = ("tenant_id", "created_at", "kind", "title", "text", "record_kind", "record_id", "event_id")
"""What is the same for all who are told."""


def tell(unit: Unit, audience: Audience, **told: Any) -> UUID:
    """The same notification for everybody in the audience: the columns in ``TOLD``, without the tenant's id.
    Who that is the database knows: nobody is fetched. Gives the id after which theirs follow."""
    first = new_series()
    numbered = {"series": first.hex[:-_DIGITS], "start": int(first.hex[-_DIGITS:], 16)}
    _TELL.run(unit, {**audience.values, "tenant_id": audience.tenant_id, **told, **numbered})
    return first


def told(unit: Unit, record_id: UUID, first: UUID) -> Mapping[UUID, UUID]:
    """The ids of the notifications about a record that follow one another from there, by member."""
    last = UUID(int=first.int | (1 << SERIES_BITS) - 1)
    query = sa.select(NOTIFICATIONS.c.member_id, NOTIFICATIONS.c.id).where(
        NOTIFICATIONS.c.record_id == record_id, NOTIFICATIONS.c.id.between(first, last)
    )
    return {row["member_id"]: row["id"] for row in unit.rows(query)}


_DIGITS = 8


def _tell_statement(dialect: str) -> sa.Executable:
    told = [sa.bindparam(name, type_=NOTIFICATIONS.c[name].type) for name in TOLD]
    query = sa.select(_numbered(dialect), MEMBERSHIPS.c.member_id, *told).where(MEANT)
    return sa.insert(NOTIFICATIONS).from_select(["id", "member_id", *TOLD], query)


def _numbered(dialect: str) -> sa.ColumnElement[Any]:
    """An id of the series for each membership."""
    series = sa.bindparam("series", type_=sa.String)
    start = sa.bindparam("start", type_=sa.BigInteger)
    if dialect == "sqlite":
        return series + sa.func.printf(f"%0{_DIGITS}x", start + sa.literal_column("memberships.rowid"))
    number = sa.func.to_hex(start + sa.func.row_number().over())
    return sa.cast(series + sa.func.lpad(number, _DIGITS, "0"), sa.Uuid)


_TELL = Prepared(_tell_statement)


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
