"""E-mail: what is written to whom, rendered with the record and kept with the delivery."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

import hub
from hub.contract import signals
from hub.records import choices, listing, outbox
from hub.records.database import Unit
from hub.records.notifications import Audience
from hub_notifications import queries
from hub_notifications.manifest import EMAIL, manifest
from hub_notifications.settings import Settings
from hub_notifications.texts import Texts

MAILED = (signals.order_placed, signals.order_processed)

ORDER = choices.topic_of(signals.order_placed.record)

MOST_FIELDS = 40
"""So many of an order's further fields are shown."""

TEMPLATES = Environment(
    loader=PackageLoader("hub_notifications"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=False,
)


def enqueue(announcement: hub.Announcement, unit: Unit) -> None:
    """Deliveries for those who are to get an e-mail about an order."""
    settings = settings_of(unit, announcement.tenant_id)
    if announcement.signal is signals.order_placed and settings.order_email_to_team:
        everybody = Audience(tenant_id=announcement.tenant_id)
        team = queries.reached(unit, everybody, ORDER, pushed=False, mailed=True)
        _enqueue(announcement, unit, "order_to_team", [member["email"] for member in team])
    if announcement.signal is signals.order_processed and settings.order_confirmation_to_customer:
        _enqueue(announcement, unit, "order_confirmation", None)


def _enqueue(announcement: hub.Announcement, unit: Unit, kind: str, to: list[str] | None) -> None:
    """One delivery for each address; ``None`` stands for the order's own."""
    order = listing.record(unit, "order", announcement.record_id) or {}
    addresses = [order["email"]] if to is None and order.get("email") else to or []
    if not addresses:
        return
    put_out(announcement, unit, addresses, {"kind": kind, **rendered(kind, announcement.tenant, order)})


def settings_of(unit: Unit, tenant_id: UUID) -> Settings:
    """What the tenant has switched on, without its secrets."""
    stored = queries.settings(unit, tenant_id, manifest.slug)
    return Settings.model_validate(
        {name: value for name, value in stored.items() if name in Settings.model_fields}
    )


def put_out(
    announcement: hub.Announcement, unit: Unit, addresses: Iterable[str], content: Mapping[str, Any]
) -> None:
    """One delivery of the message for each address."""
    for address in addresses:
        outbox.enqueue(
            unit,
            tenant_id=announcement.tenant_id,
            channel=EMAIL.name,
            target=address,
            content=content,
            at=announcement.received_at,
            event_id=announcement.event_id,
            record_kind=announcement.signal.record,
            record_id=announcement.record_id,
        )


def rendered(kind: str, tenant: hub.Tenant, order: Mapping[str, Any]) -> dict[str, str]:
    """Subject, text and HTML of a message, in the tenant's language."""
    texts = Texts.of(tenant)
    amount = texts.amount(order.get("total"), order.get("currency"))
    subject = f"mail.{kind}.subject"
    if amount is None and f"{subject}_without_amount" in texts:
        subject += "_without_amount"
    values = {
        "t": texts.say,
        "tenant": tenant.name,
        "language": texts.language,
        "order": order,
        "number": order.get("number") or order.get("external_id"),
        "amount": amount,
        "received": texts.moment(order["placed_at"] or order["created_at"]),
        "lines": list(_lines(texts, order)),
        "fields": list(_fields(order)),
    }
    return {
        "subject": texts.say(subject, amount=amount or "", tenant=tenant.name),
        **bodies(kind, values),
    }


def notice(texts: Texts, tenant: hub.Tenant, title: str, text: str) -> dict[str, str]:
    """Subject, text and HTML of a notification that a member wants by e-mail."""
    values = {
        "t": texts.say,
        "tenant": tenant.name,
        "language": texts.language,
        "title": title,
        "message": text,
    }
    subject = texts.say("mail.notice.subject", title=title, tenant=tenant.name)
    return {"kind": "notice", "subject": subject, **bodies("notice", values)}


def bodies(kind: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Text and HTML of a kind of message, filled in."""
    return {
        "text": TEMPLATES.get_template(f"{kind}.txt").render(values),
        "html": TEMPLATES.get_template(f"{kind}.html").render(values),
    }


def _lines(texts: Texts, order: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    currency = order.get("currency")
    for line in order.get("lines") or ():
        minor = line.get("total_minor")
        total = None if minor is None or currency is None else hub.Money(minor, currency).amount
        yield {
            "name": str(line.get("name") or ""),
            "quantity": str(line.get("quantity") or ""),
            "amount": texts.amount(total, currency) or "",
        }


def _fields(order: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What else the sender said, such as an address."""
    simple = [
        (name, str(value))
        for name, value in (order.get("extra") or {}).items()
        if value is not None and not isinstance(value, dict | list)
    ]
    yield from simple[:MOST_FIELDS]
