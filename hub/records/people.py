"""People who sign in: who they are, what they may do where, and their passwords."""

import secrets as random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from hub.contract.inbound import Tenant
from hub.contract.schemes import hash_key
from hub.records.database import Row, Unit
from hub.records.tables import MemberToken
from hub.records.tenants import MEMBERS, MEMBERSHIPS, NO_PASSWORD, TENANTS, Conflict, table
from hub.support.ids import new_id

TOKENS = table(MemberToken)

INVITATION, RESET = "invitation", "reset"
LIFETIMES = {INVITATION: timedelta(days=7), RESET: timedelta(hours=1)}


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with an account. A session is theirs as long as it holds the ``stamp``."""

    id: UUID
    email: str
    name: str
    operator: bool
    locale: str | None
    stamp: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A tenant, and the role that somebody has there."""

    tenant_id: UUID
    tenant: Tenant
    role: str


_PERSON = sa.select(*(MEMBERS.c[name] for name in Person.__dataclass_fields__))
_TENANT = [TENANTS.c[name] for name in Tenant.__dataclass_fields__]


def by_stamp(unit: Unit, stamp: str) -> Person | None:
    """Whose session holds this stamp."""
    row = unit.one(_PERSON.where(MEMBERS.c.stamp == stamp))
    return Person(**row) if row else None


def by_email(unit: Unit, email: str) -> Person | None:
    """The person with that address, in any case."""
    row = unit.one(_PERSON.where(MEMBERS.c.email == email.strip().lower()))
    return Person(**row) if row else None


def by_id(unit: Unit, member_id: UUID) -> Person | None:
    """The person with that id."""
    row = unit.one(_PERSON.where(MEMBERS.c.id == member_id))
    return Person(**row) if row else None


def password_hash(unit: Unit, member_id: UUID) -> str | None:
    """The hash of the person's password; ``None`` for somebody who has none yet."""
    stored: str | None = unit.scalar(sa.select(MEMBERS.c.password_hash).where(MEMBERS.c.id == member_id))
    return None if stored == NO_PASSWORD else stored


def set_password(unit: Unit, member_id: UUID, hashed: str) -> str:
    """Give the person another password. All their sessions end, and open links are void; gives the new
    stamp."""
    stamp = random.token_hex(16)
    values = {"password_hash": hashed, "stamp": stamp}
    unit.execute(sa.update(MEMBERS).where(MEMBERS.c.id == member_id).values(values))
    unit.execute(sa.delete(TOKENS).where(TOKENS.c.member_id == member_id, TOKENS.c.used_at.is_(None)))
    return stamp


def refresh_hash(unit: Unit, member_id: UUID, hashed: str) -> None:
    """Store another hash of the same password."""
    unit.execute(sa.update(MEMBERS).where(MEMBERS.c.id == member_id).values(password_hash=hashed))


def renew_stamp(unit: Unit, member_id: UUID) -> str:
    """End all sessions of the person; gives the stamp of new ones."""
    stamp = random.token_hex(16)
    unit.execute(sa.update(MEMBERS).where(MEMBERS.c.id == member_id).values(stamp=stamp))
    return stamp


def change(unit: Unit, member_id: UUID, **values: str | None) -> None:
    """Change ``name`` or ``locale`` of a person."""
    unit.execute(sa.update(MEMBERS).where(MEMBERS.c.id == member_id).values(**values))


def places(unit: Unit, person: Person) -> list[Place]:
    """Where the person may go, by the tenant's name: an operator everywhere, as an owner."""
    mine = MEMBERSHIPS.c.member_id == person.id
    query = sa.select(TENANTS.c.id, *_TENANT, MEMBERSHIPS.c.role)
    query = query.join(
        MEMBERSHIPS, sa.and_(MEMBERSHIPS.c.tenant_id == TENANTS.c.id, mine), isouter=person.operator
    )
    return [_place(row) for row in unit.rows(query.order_by(TENANTS.c.name, TENANTS.c.slug))]


def place(unit: Unit, person: Person, slug: str) -> Place | None:
    """The tenant with that slug, if the person may go there."""
    mine = MEMBERSHIPS.c.member_id == person.id
    query = sa.select(TENANTS.c.id, *_TENANT, MEMBERSHIPS.c.role)
    query = query.join(
        MEMBERSHIPS, sa.and_(MEMBERSHIPS.c.tenant_id == TENANTS.c.id, mine), isouter=person.operator
    )
    row = unit.one(query.where(TENANTS.c.slug == slug))
    return _place(row) if row else None


def issue_token(unit: Unit, member_id: UUID, purpose: str, now: datetime) -> str:
    """The secret part of a link that lets the person set their password, once and for a while. Older
    links of the same purpose are void."""
    token = random.token_urlsafe(32)
    unit.execute(sa.delete(TOKENS).where(TOKENS.c.member_id == member_id, TOKENS.c.purpose == purpose))
    unit.insert(
        TOKENS,
        {
            "id": new_id(),
            "member_id": member_id,
            "purpose": purpose,
            "hash": hash_key(token),
            "created_at": now,
            "expires_at": now + LIFETIMES[purpose],
        },
    )
    return token


def token_owner(unit: Unit, token: str, now: datetime) -> Person | None:
    """Whose link it is, as long as it can be used."""
    member_id = unit.scalar(_usable(token, now))
    return by_id(unit, member_id) if member_id else None


def redeem(unit: Unit, token: str, hashed: str, now: datetime) -> Person | None:
    """Use the link to set the password. ``None`` if it cannot be used, or was in the meantime."""
    used = sa.update(TOKENS).where(
        TOKENS.c.hash == hash_key(token), TOKENS.c.used_at.is_(None), TOKENS.c.expires_at > now
    )
    member_id = unit.scalar(used.values(used_at=now).returning(TOKENS.c.member_id))
    if member_id is None:
        return None
    set_password(unit, member_id, hashed)
    return by_id(unit, member_id)


def owners(unit: Unit, tenant_id: UUID) -> list[UUID]:
    """The tenant's owners."""
    query = sa.select(MEMBERSHIPS.c.member_id).where(
        MEMBERSHIPS.c.tenant_id == tenant_id, MEMBERSHIPS.c.role == "owner"
    )
    return unit.column(query)


def team(unit: Unit, tenant_id: UUID) -> Sequence[Row]:
    """The tenant's members with role, and whether they have a password yet."""
    query = (
        sa.select(
            MEMBERS.c.id,
            MEMBERS.c.email,
            MEMBERS.c.name,
            MEMBERSHIPS.c.role,
            MEMBERSHIPS.c.created_at,
            (MEMBERS.c.password_hash != NO_PASSWORD).label("active"),
        )
        .join(MEMBERSHIPS, MEMBERSHIPS.c.member_id == MEMBERS.c.id)
        .where(MEMBERSHIPS.c.tenant_id == tenant_id)
        .order_by(MEMBERSHIPS.c.id)
    )
    return unit.rows(query)


def change_role(unit: Unit, tenant_id: UUID, member_id: UUID, role: str) -> str:
    """Give a member another role; gives the one they had. Raises Conflict if they are no member, or if
    the tenant would be left without an owner."""
    before = _role(unit, tenant_id, member_id)
    _keep_an_owner(unit, tenant_id, member_id, stays=role == "owner")
    unit.execute(sa.update(MEMBERSHIPS).where(_membership(tenant_id, member_id)).values(role=role))
    return before


def remove(unit: Unit, tenant_id: UUID, member_id: UUID) -> str:
    """Take a member out of the tenant; gives the role they had. Raises Conflict like ``change_role``."""
    before = _role(unit, tenant_id, member_id)
    _keep_an_owner(unit, tenant_id, member_id, stays=False)
    unit.execute(sa.delete(MEMBERSHIPS).where(_membership(tenant_id, member_id)))
    return before


def _membership(tenant_id: UUID, member_id: UUID) -> sa.ColumnElement[bool]:
    return sa.and_(MEMBERSHIPS.c.tenant_id == tenant_id, MEMBERSHIPS.c.member_id == member_id)


def _role(unit: Unit, tenant_id: UUID, member_id: UUID) -> str:
    role: str | None = unit.scalar(sa.select(MEMBERSHIPS.c.role).where(_membership(tenant_id, member_id)))
    if role is None:
        raise Conflict("they are no member")
    return role


def _keep_an_owner(unit: Unit, tenant_id: UUID, member_id: UUID, *, stays: bool) -> None:
    """The owners are held until the commit, so that two of them cannot both be the last to leave."""
    held = sa.select(MEMBERSHIPS.c.member_id).where(
        MEMBERSHIPS.c.tenant_id == tenant_id, MEMBERSHIPS.c.role == "owner"
    )
    if not stays and unit.column(held.with_for_update()) == [member_id]:
        raise Conflict("the tenant needs an owner")


def _usable(token: str, now: datetime) -> sa.Select[tuple[UUID]]:
    return sa.select(TOKENS.c.member_id).where(
        TOKENS.c.hash == hash_key(token), TOKENS.c.used_at.is_(None), TOKENS.c.expires_at > now
    )


def _place(row: Row) -> Place:
    tenant = Tenant(**{name: row[name] for name in Tenant.__dataclass_fields__})
    return Place(tenant_id=row["id"], tenant=tenant, role=row["role"] or "owner")
