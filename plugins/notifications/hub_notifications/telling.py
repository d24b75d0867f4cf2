"""In-app notifications: a row for each member, in the transaction of the record."""

from collections.abc import Mapping
from typing import Any

import hub
from hub.contract import signals
from hub.records import listing, notifications
from hub.records.database import Unit
from hub_notifications import queries
from hub_notifications.texts import Texts

TOLD = (
    signals.order_placed,
    signals.order_cancelled,
    signals.ticket_opened,
    signals.transaction_created,
    signals.transaction_refunded,
    signals.transaction_disputed,
    signals.payment_succeeded,
    signals.payment_failed,
    signals.privacy_requested,
    signals.source_disconnected,
)


ABANDONED = "expired"
"""The reason of a payment that nobody tried to make: the customer closed the form."""


def tell(announcement: hub.Announcement, unit: Unit) -> None:
    """Tell every member of the tenant what happened to the record, if it is worth their while."""
    members = queries.member_ids(unit, announcement.tenant_id)
    if not members:
        return
    signal = announcement.signal
    record = listing.record(unit, signal.record, announcement.record_id) or {}
    if signal is signals.payment_failed and record.get("reason") == ABANDONED:
        return
    title, text = worded(Texts.of(announcement.tenant), signal.name, record)
    notifications.tell(
        unit,
        members,
        tenant_id=announcement.tenant_id,
        created_at=announcement.received_at,
        kind=signal.name,
        title=title,
        text=text,
        record_kind=signal.record,
        record_id=announcement.record_id,
        event_id=announcement.event_id,
    )


def worded(texts: Texts, kind: str, record: Mapping[str, Any]) -> tuple[str, str]:
    """Title and text of a notification about a record."""
    filled = _values(texts, record, refund=kind == signals.transaction_refunded.name)
    key = f"{kind}.text"
    for name in ("amount", "email"):
        if f"{key}_without_{name}" in texts and name not in filled:
            key = f"{key}_without_{name}"
    return texts.say(f"{kind}.title"), texts.say(key, **filled)


def _values(texts: Texts, record: Mapping[str, Any], *, refund: bool) -> dict[str, str]:
    """What a text may name, without what the record does not say; what was given back only where the
    text is about that."""
    total = next(
        (record[name] for name in ("total", "gross", "amount") if record.get(name) is not None), None
    )
    currency = record.get("currency")
    values = {
        "amount": texts.amount(total, currency),
        "refunded": texts.amount(record.get("refunded"), currency) if refund else None,
        "due_at": texts.moment(record["due_at"]) if record.get("due_at") else None,
    }
    plain = ("email", "subject", "external_id", "invoice_ref", "plugin", "name")
    values |= {name: record[name] for name in plain if record.get(name)}
    return {name: value for name, value in values.items() if value is not None}
