"""Access keys: by which a tenant's own programs prove who they are to the API, and what each may do.

A key is ``hub_``, twelve letters by which it is found, thirty-two that are secret, and six that are a check
sum of all before: a key with a slip in it is known as such without a look into the database, and whoever
searches code for lost keys recognizes a true one.
"""

import hmac
import secrets as random
import string
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.contract.inbound import Tenant
from hub.contract.schemes import hash_key
from hub.records.database import Row, Unit
from hub.records.tables import AccessKey
from hub.records.tenants import TENANTS, table
from hub.support.ids import new_id

ACCESS_KEYS = table(AccessKey)

MARK = "hub_"
LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
PUBLIC, SECRET, CHECK = 12, 32, 6

PRECISION = timedelta(minutes=10)
"""How late the time of a key's last use may be: it is written no more often than this."""

MAX_NAME = 100
"""Characters of a key's name."""


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A fresh key; ``key`` is shown once and never stored."""

    id: UUID
    key: str = field(repr=False)
    masked: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Whose program it is that calls, and what its key allows."""

    key_id: UUID
    name: str
    masked: str
    scopes: frozenset[str]
    tenant_id: UUID
    tenant: Tenant
    noted_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


def issue(
    unit: Unit,
    tenant_id: UUID,
    *,
    name: str,
    scopes: Sequence[str],
    now: datetime,
    expires_at: datetime | None = None,
) -> Issued:
    """Make a key that may do what the scopes say, until it is revoked or expires."""
    key = new_key()
    issued = Issued(id=new_id(), key=key, masked=masked(_public(key)), created_at=now)
    unit.insert(
        ACCESS_KEYS,
        {
            "id": issued.id,
            "tenant_id": tenant_id,
            "created_at": now,
            "name": name,
            "prefix": _public(key),
            "hash": hash_key(key),
            "scopes": sorted(set(scopes)),
            "expires_at": expires_at,
        },
    )
    return issued


def new_key() -> str:
    """A key with 190 secret bits."""
    body = MARK + "".join(random.choice(LETTERS) for _ in range(PUBLIC + SECRET))
    return body + _check_sum(body)


def is_whole(key: str) -> bool:
    """Whether the text has the form of a key, and its check sum is right."""
    body, told = key[:-CHECK], key[-CHECK:]
    alike = len(key) == len(MARK) + PUBLIC + SECRET + CHECK and key.startswith(MARK) and key.isascii()
    return alike and told == _check_sum(body)


def masked(prefix: str) -> str:
    """A key as it may be shown: its public part."""
    return f"{MARK}{prefix}…"


def caller(unit: Unit, key: str) -> Caller | None:
    """Whose key it is, revoked and expired ones included; ``None`` for one that nobody has. The secret part
    is compared in constant time."""
    query = sa.select(
        *ACCESS_KEYS.c, *(TENANTS.c[name].label(f"its_{name}") for name in Tenant.__dataclass_fields__)
    ).join(TENANTS, TENANTS.c.id == ACCESS_KEYS.c.tenant_id)
    row = unit.one(query.where(ACCESS_KEYS.c.prefix == _public(key)))
    if row is None or not hmac.compare_digest(row["hash"], hash_key(key)):
        return None
    return Caller(
        key_id=row["id"],
        name=row["name"],
        masked=masked(row["prefix"]),
        scopes=frozenset(row["scopes"]),
        tenant_id=row["tenant_id"],
        tenant=Tenant(**{name: row[f"its_{name}"] for name in Tenant.__dataclass_fields__}),
        noted_at=row["last_used_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )


def note_use(unit: Unit, key_id: UUID, now: datetime) -> None:
    """The key was used just now."""
    unit.execute(sa.update(ACCESS_KEYS).where(ACCESS_KEYS.c.id == key_id).values(last_used_at=now))


def is_valid(key: Mapping[str, Any], now: datetime) -> bool:
    """Whether the key is neither revoked nor expired."""
    return key["revoked_at"] is None and (key["expires_at"] is None or now < key["expires_at"])


def of_tenant(unit: Unit, tenant_id: UUID) -> list[dict[str, Any]]:
    """The tenant's keys, newest first, masked."""
    query = sa.select(ACCESS_KEYS).where(ACCESS_KEYS.c.tenant_id == tenant_id)
    return [_shown(row) for row in unit.rows(query.order_by(ACCESS_KEYS.c.id.desc()))]


def revoke(unit: Unit, tenant_id: UUID, key_id: UUID, now: datetime) -> bool:
    """End a key for good. ``False`` if the tenant has no such key that is not revoked yet."""
    query = sa.update(ACCESS_KEYS).where(
        ACCESS_KEYS.c.id == key_id,
        ACCESS_KEYS.c.tenant_id == tenant_id,
        ACCESS_KEYS.c.revoked_at.is_(None),
    )
    return bool(unit.execute(query.values(revoked_at=now)).rowcount)


def _shown(row: Row) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if name not in {"hash", "prefix", "tenant_id"}}
    return {**shown, "masked": masked(row["prefix"])}


def _public(key: str) -> str:
    return key[len(MARK) : len(MARK) + PUBLIC]


def _check_sum(body: str) -> str:
    number, letters = zlib.crc32(body.encode()), ""
    for _ in range(CHECK):
        number, rest = divmod(number, len(LETTERS))
        letters = LETTERS[rest] + letters
    return letters
