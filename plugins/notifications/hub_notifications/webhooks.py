"""Outgoing webhooks: which endpoints want to hear of a record, and what they are told."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import hub
from hub.contract import signals
from hub.records import listing, outbox
from hub.records.database import Unit
from hub_notifications import queries
from hub_notifications.manifest import WEBHOOK

Columns = Mapping[str, Sequence[str]]

PUBLIC: Columns = {
    "order": (
        "external_id",
        "number",
        "status",
        "payment_status",
        "subject",
        "email",
        "contact",
        "customer_id",
        "total",
        "tax",
        "currency",
        "lines",
        "placed_at",
        "cancelled_at",
        "cancel_reason",
        "test",
        "extra",
    ),
    "ticket": ("external_id", "status", "subject", "email", "contact", "customer_id", "extra"),
    "ticket_message": ("ticket_id", "author", "body", "created_at"),
    "transaction": (
        "external_id",
        "status",
        "partner_code",
        "unassigned_reason",
        "campaign",
        "product_id",
        "product_name",
        "gross",
        "net",
        "tax",
        "tax_rate",
        "currency",
        "refunded",
        "occurred_at",
        "recurring",
        "recurring_number",
        "customer_id",
        "contact",
        "invoice_ref",
        "test",
        "extra",
    ),
    "payment": (
        "external_id",
        "status",
        "invoice_id",
        "invoice_ref",
        "amount",
        "currency",
        "method",
        "reason",
        "occurred_at",
    ),
    "assignment": ("record_kind", "record_id", "number", "member_id", "by_id", "created_at"),
    "invoice_message": ("invoice_id", "kind", "email", "created_at"),
    "privacy_request": ("external_id", "kind", "status", "due_at", "contact", "orders"),
    "connection": ("plugin", "name", "disconnected_at", "disconnect_reason"),
}
"""What of each kind of record may leave the hub. A column that is added stays inside until it stands
here."""


def event_name(signal: hub.Signal) -> str:
    """The name of a signal's events on the wire: ``order_placed`` is ``order.placed``."""
    return signal.name.replace("_", ".", 1)


EVENTS = tuple(event_name(signal) for signal in signals.ALL)

TEST_EVENT = "hub.test"
"""What ``hub endpoint test`` sends, whatever the endpoint's patterns are."""


def matches(patterns: Sequence[str], event: str) -> bool:
    """Whether one of the patterns (``*``, ``transaction.*``, ``order.placed``) means the event."""
    return any(
        event == pattern or (pattern.endswith("*") and event.startswith(pattern[:-1])) for pattern in patterns
    )


def enqueue(announcement: hub.Announcement, unit: Unit) -> None:
    """A delivery for each endpoint of the tenant that listens to such events."""
    event = event_name(announcement.signal)
    targets = [
        row["id"] for row in queries.listening(unit, announcement.tenant_id) if matches(row["events"], event)
    ]
    if not targets:
        return
    content = body(event, announcement.received_at, _data(announcement, unit))
    for endpoint_id in targets:
        outbox.enqueue(
            unit,
            tenant_id=announcement.tenant_id,
            channel=WEBHOOK.name,
            target=str(endpoint_id),
            content=content,
            at=announcement.received_at,
            event_id=announcement.event_id,
            record_kind=announcement.signal.record,
            record_id=announcement.record_id,
        )


def enqueue_test(unit: Unit, tenant_id: UUID, endpoint_id: UUID, now: datetime) -> UUID:
    """A delivery that only says that the way is open. Gives its id."""
    content = body(TEST_EVENT, now, {"message": "It works."})
    return outbox.enqueue(
        unit,
        tenant_id=tenant_id,
        channel=WEBHOOK.name,
        target=str(endpoint_id),
        content=content,
        at=now,
    )


def body(event: str, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    """The body, as Standard Webhooks recommends it."""
    return {"type": event, "timestamp": _instant(at), "data": dict(data)}


def _data(announcement: hub.Announcement, unit: Unit) -> dict[str, Any]:
    kind = announcement.signal.record
    data = public(kind, listing.record(unit, kind, announcement.record_id) or {})
    if kind == "ticket":
        data["message"] = queries.first_message(unit, announcement.record_id)
    event_id = str(announcement.event_id) if announcement.event_id else None
    return {"id": str(announcement.record_id), "event_id": event_id, **data}


def public(kind: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """What may be told of a record. Amounts are decimal texts: a number would be read as a float."""
    data = {name: record.get(name) for name in PUBLIC[kind]}
    if "lines" in data:
        data["lines"] = [_line(line, record.get("currency")) for line in data["lines"] or ()]
    for name in ("total", "tax", "gross", "net", "refunded", "amount"):
        if data.get(name) is not None:
            data[name] = str(data[name])
    return {name: _instant(value) if isinstance(value, datetime) else value for name, value in data.items()}


def _line(line: Mapping[str, Any], currency: str | None) -> dict[str, Any]:
    told = {name: value for name, value in line.items() if not name.endswith("_minor")}
    for name, value in line.items():
        if name.endswith("_minor") and value is not None and currency is not None:
            told[name.removesuffix("_minor")] = str(hub.Money(value, currency).amount)
    return told


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
