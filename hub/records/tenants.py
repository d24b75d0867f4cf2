"""Tenants, their API keys and connections: the rows that the registry is made of. Every change
raises the registry's version, so that each process sees it at its next request."""

import re
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.contract.schemes import hash_key
from hub.records.database import Row, Unit, insert_into
from hub.records.tables import (
    ApiKey,
    Connection,
    HubSecret,
    Installation,
    KeptAnswer,
    Member,
    Membership,
    PushSubscription,
    SecondFactor,
    Tenant,
    TransactionReference,
    WebhookEndpoint,
)
from hub.records.tables.base import Table
from hub.support.ids import new_id


def table(model: type[Table]) -> sa.Table:
    """The Core table behind a table model."""
    return model.__table__  # type: ignore[attr-defined, no-any-return] # SQLModel adds it


TENANTS, KEYS, CONNECTIONS = table(Tenant), table(ApiKey), table(Connection)
INSTALLATION, MEMBERS, MEMBERSHIPS = table(Installation), table(Member), table(Membership)

SEALED = (
    CONNECTIONS,
    table(WebhookEndpoint),
    table(SecondFactor),
    table(HubSecret),
    table(PushSubscription),
    table(KeptAnswer),
)
"""Tables with a column ``secrets`` that the vault sealed."""

ROLES = ("owner", "admin", "staff")

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""A tenant's slug: it stands in addresses, and may be a subdomain."""

NO_PASSWORD = "!"  # noqa: S105 - it is none: no hash looks so, and no password fits it


class Conflict(Exception):  # noqa: N818 - read as "a conflict", handled by the caller
    """What was to be made exists already; the message names it."""


@dataclass(frozen=True, kw_only=True)
class IssuedKey:
    """A fresh API key; ``key`` is shown once and never stored."""

    id: UUID
    key: str
    masked: str
    created_at: datetime


def registry_version(unit: Unit) -> int:
    """The present version of tenants, connections and keys."""
    version: int = unit.scalar(sa.select(INSTALLATION.c.registry_version))
    return version


def raise_registry_version(unit: Unit) -> None:
    """Make every process forget what it remembers of tenants, connections and keys."""
    unit.execute(sa.update(INSTALLATION).values(registry_version=INSTALLATION.c.registry_version + 1))


def create_tenant(
    unit: Unit, *, slug: str, name: str, locale: str, currency: str, timezone: str, now: datetime
) -> UUID:
    """Make a tenant with the next number. Raises Conflict if the slug is taken."""
    if tenant_by_slug(unit, slug):
        raise Conflict(f"the tenant {slug} exists already")
    number = (unit.scalar(sa.select(sa.func.max(TENANTS.c.number))) or 0) + 1
    tenant_id = new_id()
    row = {
        "id": tenant_id,
        "number": number,
        "slug": slug,
        "name": name,
        "locale": locale,
        "currency": currency,
        "timezone": timezone,
        "created_at": now,
    }
    unit.insert(TENANTS, row)
    raise_registry_version(unit)
    return tenant_id


def change_tenant(unit: Unit, tenant_id: UUID, **changes: Any) -> None:
    """Change ``name``, ``locale``, ``currency`` or ``timezone`` of a tenant."""
    unit.execute(sa.update(TENANTS).where(TENANTS.c.id == tenant_id).values(**changes))
    raise_registry_version(unit)


def tenant_by_slug(unit: Unit, slug: str) -> Row | None:
    """The tenant's row, or ``None``."""
    return unit.one(sa.select(TENANTS).where(TENANTS.c.slug == slug))


def slug_by_number(unit: Unit, number: int) -> str | None:
    """The slug of the tenant with that number."""
    slug: str | None = unit.scalar(sa.select(TENANTS.c.slug).where(TENANTS.c.number == number))
    return slug


def slug_by_id(unit: Unit, tenant_id: UUID | None) -> str | None:
    """The slug of the tenant with that id."""
    slug: str | None = unit.scalar(sa.select(TENANTS.c.slug).where(TENANTS.c.id == tenant_id))
    return slug


def slug_by_reference(unit: Unit, plugin: str, references: tuple[str, ...]) -> tuple[str, str] | None:
    """Slug of the tenant and name of the connection that know a sale by one of these ids."""
    known = table(TransactionReference)
    row = unit.one(
        sa.select(TENANTS.c.slug, CONNECTIONS.c.name)
        .join(CONNECTIONS, CONNECTIONS.c.tenant_id == TENANTS.c.id)
        .join(known, known.c.connection_id == CONNECTIONS.c.id)
        .where(CONNECTIONS.c.plugin == plugin, known.c.key.in_(references))
        .order_by(CONNECTIONS.c.created_at)
    )
    return (row["slug"], row["name"]) if row else None


def list_tenants(unit: Unit) -> list[Row]:
    """All tenants by number."""
    return list(unit.rows(sa.select(TENANTS).order_by(TENANTS.c.number)))


def connections_of(unit: Unit, tenant_id: UUID) -> list[Row]:
    """The tenant's connections, oldest first."""
    query = sa.select(CONNECTIONS).where(CONNECTIONS.c.tenant_id == tenant_id)
    return list(unit.rows(query.order_by(CONNECTIONS.c.created_at)))


def create_connection(
    unit: Unit,
    *,
    tenant_id: UUID,
    plugin: str,
    name: str,
    settings: Mapping[str, Any],
    secrets: str,
    now: datetime,
) -> UUID:
    """Switch a plugin on for a tenant. Raises Conflict if that connection exists."""
    taken = sa.select(CONNECTIONS.c.id).where(
        CONNECTIONS.c.tenant_id == tenant_id, CONNECTIONS.c.plugin == plugin, CONNECTIONS.c.name == name
    )
    if unit.scalar(taken):
        raise Conflict(f"the connection {plugin}/{name} exists already")
    connection_id = new_id()
    unit.insert(
        CONNECTIONS,
        {
            "id": connection_id,
            "tenant_id": tenant_id,
            "plugin": plugin,
            "name": name,
            "enabled": True,
            "settings": dict(settings),
            "secrets": secrets,
            "created_at": now,
            "updated_at": now,
        },
    )
    raise_registry_version(unit)
    return connection_id


def change_connection(unit: Unit, connection_id: UUID, *, now: datetime, **changes: Any) -> None:
    """Change ``enabled``, ``settings`` or ``secrets`` of a connection."""
    unit.execute(
        sa.update(CONNECTIONS).where(CONNECTIONS.c.id == connection_id).values(updated_at=now, **changes)
    )
    raise_registry_version(unit)


def sealed_secrets(unit: Unit) -> list[tuple[sa.Table, UUID, str]]:
    """All encrypted secrets, for a change of the secret key: table, id and text of each. Nobody else changes
    one until the commit."""
    return [
        (owner, row["id"], row["secrets"])
        for owner in SEALED
        for row in unit.rows(sa.select(owner.c.id, owner.c.secrets).order_by(owner.c.id).with_for_update())
    ]


def reseal(unit: Unit, owner: sa.Table, row_id: UUID, sealed: str) -> None:
    """Store secrets as they are after a change of the secret key."""
    unit.execute(sa.update(owner).where(owner.c.id == row_id).values(secrets=sealed))


def issue_key(unit: Unit, *, tenant_id: UUID, tenant_number: int, now: datetime) -> IssuedKey:
    """Make an API key ``crm_<tenant number>_<random>`` with 160 random bits."""
    key = f"crm_{tenant_number}_{random.token_hex(20)}"
    masked = f"crm_{tenant_number}_{key.split('_')[2][:2]}***{key[-4:]}**"
    count = sa.select(sa.func.coalesce(sa.func.max(KEYS.c.number), 0) + 1).where(
        KEYS.c.tenant_id == tenant_id
    )
    issued = IssuedKey(id=new_id(), key=key, masked=masked, created_at=now)
    unit.insert(
        KEYS,
        {
            "id": issued.id,
            "tenant_id": tenant_id,
            "number": unit.scalar(count),
            "hash": hash_key(key),
            "masked": masked,
            "created_at": now,
        },
    )
    raise_registry_version(unit)
    return issued


def keys_of(unit: Unit, tenant_id: UUID) -> list[Row]:
    """The tenant's API keys, oldest first, without their hashes."""
    columns = [KEYS.c.id, KEYS.c.number, KEYS.c.masked, KEYS.c.created_at, KEYS.c.deactivated_at]
    return list(unit.rows(sa.select(*columns).where(KEYS.c.tenant_id == tenant_id).order_by(KEYS.c.number)))


def active_key_hashes(unit: Unit, tenant_id: UUID) -> tuple[str, ...]:
    """The hashes of the keys that count."""
    query = sa.select(KEYS.c.hash).where(KEYS.c.tenant_id == tenant_id, KEYS.c.deactivated_at.is_(None))
    return tuple(unit.column(query))


def deactivate_key(unit: Unit, key_id: UUID, now: datetime) -> bool:
    """Switch a key off. ``False`` if there is no such key that is still on."""
    query = sa.update(KEYS).where(KEYS.c.id == key_id, KEYS.c.deactivated_at.is_(None))
    changed = unit.execute(query.values(deactivated_at=now)).rowcount
    raise_registry_version(unit)
    return bool(changed)


def create_member(
    unit: Unit, *, email: str, name: str, password_hash: str, operator: bool, now: datetime
) -> UUID:
    """Add a person. Raises Conflict if the address is taken."""
    row = {
        "id": new_id(),
        "email": email.lower(),
        "name": name,
        "password_hash": password_hash,
        "operator": operator,
        "created_at": now,
        "stamp": random.token_hex(16),
    }
    once = insert_into(MEMBERS, unit.dialect).on_conflict_do_nothing(index_elements=["email"])
    member_id: UUID | None = unit.scalar(once.values(row).returning(MEMBERS.c.id))
    if member_id is None:
        raise Conflict(f"a member with the address {email} exists already")
    return member_id


def ensure_person(unit: Unit, *, email: str, name: str, now: datetime) -> tuple[UUID, bool]:
    """The person with that address, made without a password if there was none, and whether it was made."""
    known = sa.select(MEMBERS.c.id).where(MEMBERS.c.email == email.lower())
    if (member_id := unit.scalar(known)) is not None:
        return member_id, False
    try:
        member_id = create_member(
            unit, email=email, name=name, password_hash=NO_PASSWORD, operator=False, now=now
        )
        return member_id, True
    except Conflict:  # somebody else made it a moment ago
        return unit.scalar(known), False


def operators(unit: Unit) -> list[str]:
    """The addresses of those who run the installation."""
    return unit.column(sa.select(MEMBERS.c.email).where(MEMBERS.c.operator))


def add_member(unit: Unit, *, tenant_id: UUID, email: str, name: str, role: str, now: datetime) -> UUID:
    """Make somebody a member of a tenant; a person who is known already is the same in all tenants.
    Somebody new has no password yet. Raises Conflict if they are a member."""
    member_id, _made = ensure_person(unit, email=email, name=name, now=now)
    row = {"id": new_id(), "tenant_id": tenant_id, "created_at": now, "member_id": member_id, "role": role}
    once = insert_into(MEMBERSHIPS, unit.dialect).on_conflict_do_nothing(
        index_elements=["tenant_id", "member_id"]
    )
    if unit.scalar(once.values(row).returning(MEMBERSHIPS.c.id)) is None:
        raise Conflict(f"{email} is a member already")
    return member_id


def members_of(unit: Unit, tenant_id: UUID) -> list[Row]:
    """The tenant's members, the longest-standing first, without their passwords."""
    query = (
        sa.select(MEMBERS.c.id, MEMBERS.c.email, MEMBERS.c.name, MEMBERSHIPS.c.role, MEMBERSHIPS.c.created_at)
        .join(MEMBERSHIPS, MEMBERSHIPS.c.member_id == MEMBERS.c.id)
        .where(MEMBERSHIPS.c.tenant_id == tenant_id)
        .order_by(MEMBERSHIPS.c.id)
    )
    return list(unit.rows(query))
