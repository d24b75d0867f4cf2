"""What members are told about a record, in the transaction of the record."""

from collections.abc import Mapping
from typing import Any

import hub
from hub.contract import signals
from hub.records import listing
from hub.records.database import Unit
from hub.records.notifications import Audience
from hub_notifications import mail, queries
from hub_notifications.spreading import Notice, spread
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

GIVEN = (signals.ticket_assigned, signals.transaction_assigned)

SEVERAL = {"transaction_assigned": "transactions_assigned"}
"""The words for several that were given at once."""

PLAIN = ("email", "subject", "external_id", "invoice_ref", "plugin", "name")
"""What a text says just as the record has it."""

SAID = listing.Excerpt(
    *PLAIN, "total_minor", "gross_minor", "amount_minor", "refunded_minor", "currency", "due_at", "reason"
)
"""What texts are made of."""

ABANDONED = "expired"
"""The reason of a payment that nobody tried to make: the customer closed the form."""


def tell(announcement: hub.Announcement, unit: Unit) -> None:
    """Tell every member of the tenant what happened to the record, if it is worth their while."""
    signal = announcement.signal
    record = SAID.of(unit, signal.record, announcement.record_id) or {}
    if signal is signals.payment_failed and record.get("reason") == ABANDONED:
        return
    notice = Notice(
        tenant=announcement.tenant,
        tenant_id=announcement.tenant_id,
        kind=signal.name,
        wording=lambda texts: worded(texts, signal.name, record),
        at=announcement.received_at,
        record_kind=signal.record,
        record_id=announcement.record_id,
        event_id=announcement.event_id,
        mailed=signal.record != mail.ORDER,  # mail about orders has more in it, and the tenant decides on it
    )
    spread(unit, notice, Audience(tenant_id=announcement.tenant_id))


def tell_receiver(announcement: hub.Announcement, unit: Unit) -> None:
    """Tell the member who was given something, unless they took it themselves or left the team."""
    given = listing.record(unit, announcement.signal.record, announcement.record_id)
    if given is None or given["member_id"] == given["by_id"]:
        return
    record = SAID.of(unit, given["record_kind"], given["record_id"]) or {}
    said = {**record, "by": queries.name_of(unit, given["by_id"]), "number": str(given["number"])}
    kind = announcement.signal.name
    words = SEVERAL.get(kind, kind) if given["number"] > 1 else kind
    notice = Notice(
        tenant=announcement.tenant,
        tenant_id=announcement.tenant_id,
        kind=kind,
        wording=lambda texts: worded(texts, words, said),
        at=announcement.received_at,
        record_kind=given["record_kind"],
        record_id=given["record_id"],
        event_id=announcement.event_id,
    )
    spread(unit, notice, Audience(tenant_id=announcement.tenant_id, member_id=given["member_id"]))


def worded(texts: Texts, kind: str, record: Mapping[str, Any]) -> tuple[str, str]:
    """Title and text of a notification about a record."""
    filled = _values(texts, record, refund=kind == signals.transaction_refunded.name)
    key = f"{kind}.text"
    for name in ("amount", "email", "by"):
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
        "due_at": texts.date(record["due_at"]) if record.get("due_at") else None,
    }
    values |= {name: record[name] for name in (*PLAIN, "by", "number") if record.get(name)}
    return {name: value for name, value in values.items() if value is not None}
