"""Putting a delivery into the outbox: in the transaction of the record that it is about."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.records.database import Unit
from hub.records.tables import Delivery
from hub.records.tenants import table
from hub.support.ids import new_id

DELIVERIES = table(Delivery)


def enqueue(
    unit: Unit,
    *,
    tenant_id: UUID,
    channel: str,
    target: str,
    content: Mapping[str, Any],
    at: datetime,
    event_id: UUID | None = None,
    record_kind: str | None = None,
    record_id: UUID | None = None,
) -> UUID:
    """One delivery, due at that instant (aware, UTC). It leaves the machine after the commit, or
    never if this is undone. Gives its id, which stays the same in every attempt."""
    delivery_id = new_id()
    unit.insert(
        DELIVERIES,
        {
            "id": delivery_id,
            "tenant_id": tenant_id,
            "created_at": at,
            "channel": channel,
            "target": target,
            "state": "pending",
            "attempts": 0,
            "schedule_from": 0,
            "next_at": at,
            "content": dict(content),
            "event_id": event_id,
            "record_kind": record_kind,
            "record_id": record_id,
        },
    )
    unit.wake_workers()
    return delivery_id
