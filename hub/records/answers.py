"""Answers kept for repetitions: written in the transaction of what was done, so that there is none without
the other."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Unit
from hub.records.tables import KeptAnswer
from hub.records.tenants import table
from hub.records.vault import Vault
from hub.support import jsontext
from hub.support.ids import new_id

KEPT_ANSWERS = table(KeptAnswer)

KEPT_FOR = timedelta(hours=24)
"""How long a repetition gets the first answer."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What makes two requests the same: the key that the caller chose, and the digest of all that was
    asked."""

    tenant_id: UUID
    access_key_id: UUID
    key: str
    fingerprint: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was answered."""

    fingerprint: str
    status: int
    body: Any


def held(unit: Unit, asked: Request) -> bool:
    """Hold this key until the end of the transaction. ``False`` if another process holds it; on SQLite
    the transaction itself waited for the other's end."""
    if unit.dialect != "postgresql":
        return True
    digest = hashlib.sha256(f"{asked.access_key_id}:{asked.key}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    return bool(unit.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(number))))


def known(unit: Unit, vault: Vault, asked: Request, now: datetime) -> Answer | None:
    """What the key's first request was answered, if that is not too long ago. Raises VaultError."""
    row = unit.one(
        sa.select(KEPT_ANSWERS).where(
            KEPT_ANSWERS.c.access_key_id == asked.access_key_id,
            KEPT_ANSWERS.c.key == asked.key,
            KEPT_ANSWERS.c.created_at > now - KEPT_FOR,
        )
    )
    if row is None:
        return None
    body = jsontext.decode_stored(vault.open(row["secrets"]))
    return Answer(fingerprint=row["fingerprint"], status=row["status"], body=body)


def keep(
    unit: Unit, vault: Vault, asked: Request, *, status: int, body: Mapping[str, Any] | None, now: datetime
) -> None:
    """Keep an answer, sealed: it may hold a secret that is shown once. The tenant's old ones are dropped."""
    unit.execute(
        sa.delete(KEPT_ANSWERS).where(
            KEPT_ANSWERS.c.tenant_id == asked.tenant_id, KEPT_ANSWERS.c.created_at <= now - KEPT_FOR
        )
    )
    unit.insert(
        KEPT_ANSWERS,
        {
            "id": new_id(),
            "tenant_id": asked.tenant_id,
            "created_at": now,
            "access_key_id": asked.access_key_id,
            "key": asked.key,
            "fingerprint": asked.fingerprint,
            "status": status,
            "secrets": vault.seal(jsontext.encode_text(body)),
        },
    )
