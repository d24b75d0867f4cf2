"""Who changed what: written in the transaction of the change, so that there is no change without it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit
from hub.records.tables import AuditEntry
from hub.records.tenants import table
from hub.support import jsontext
from hub.support.ids import new_id

ENTRIES = table(AuditEntry)

MASK = "•••"
SECRET_WORDS = ("password", "secret", "token", "api_key", "recovery")


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts, and from where. ``member_id`` is empty for the command line."""

    who: str
    member_id: UUID | None = None
    remote_addr: str | None = None


def note(
    unit: Unit,
    actor: Actor,
    action: str,
    *,
    now: datetime,
    tenant_id: UUID | None = None,
    kind: str | None = None,
    object_id: Any = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note a change, such as ``order.processed``. Values whose name speaks of a secret are masked."""
    unit.insert(
        ENTRIES,
        {
            "id": new_id(),
            "tenant_id": tenant_id,
            "member_id": actor.member_id,
            "who": actor.who,
            "at": now,
            "remote_addr": actor.remote_addr,
            "action": action,
            "object_kind": kind,
            "object_id": None if object_id is None else str(object_id),
            "before": _kept(before),
            "after": _kept(after),
        },
    )


def entries(
    unit: Unit,
    tenant_id: UUID | None,
    *,
    member_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> Sequence[Row]:
    """A tenant's changes, all or one member's, newest first; ``before`` is the id of the last one seen."""
    query = sa.select(ENTRIES).where(ENTRIES.c.tenant_id == tenant_id)
    if member_id is not None:
        query = query.where(ENTRIES.c.member_id == member_id)
    if before is not None:
        query = query.where(ENTRIES.c.id < before)
    return unit.rows(query.order_by(ENTRIES.c.id.desc()).limit(limit))


def about(unit: Unit, tenant_id: UUID, object_id: Any) -> Sequence[Row]:
    """What was done to one thing of a tenant, the first first."""
    query = sa.select(ENTRIES).where(ENTRIES.c.object_id == str(object_id), ENTRIES.c.tenant_id == tenant_id)
    return unit.rows(query.order_by(ENTRIES.c.id))


def _kept(values: Mapping[str, Any] | None) -> Any:
    return jsontext.decode_stored(jsontext.encode_text(_masked(values or {})))


def _masked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: MASK if any(word in name.lower() for word in SECRET_WORDS) and inner else _masked(inner)
            for name, inner in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_masked(inner) for inner in value]
    return value
