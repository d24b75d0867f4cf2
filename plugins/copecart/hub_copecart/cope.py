"""COPE's events as facts: CloudEvents whose ``data`` says it; amounts are integers of cents.

Read with https://docs.cope.com/webhooks/events (``payment.refund.created``, ``payment.dispute.won``).
COPE's own samples have the members of ``data`` at the top instead
(https://github.com/copecart/integration-samples); both are taken.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import hub

READ = (
    "event_type",
    "affiliate_code",
    "currency",
    "occurred_at",
    "buyer",
    "additional_recipients",
    "order_overview_url",
)
"""Members that a fact holds elsewhere, and those about the buyer."""

MAX_PAYMENTS = 100_000


def map_sale(payload: hub.Payload, received_at: datetime) -> Sequence[hub.Fact]:
    """A payment that succeeded. The first of a subscription cannot be told from an only one."""
    data, currency = _data(payload), _currency(payload)
    total, item = _total(data), _only_item(data)
    number = item["payment_number"].optional.integer(minimum=0, maximum=MAX_PAYMENTS)
    return [
        hub.TransactionCreated(
            external_id=_own_id(payload, data["payment"]["uuid"]),
            gross=total["gross_cents"].minor_units(currency),
            net=total["net_cents"].optional.minor_units(currency),
            tax=total["tax_cents"].optional.minor_units(currency),
            tax_rate=item["amounts"]["tax_percentage"].optional.percentage(),
            occurred_at=_occurred_at(payload, received_at),
            customer=_customer(data["buyer"]),
            partner_code=data["affiliate_code"].optional.identifier(),
            product_id=item["product"]["uuid"].optional.identifier(),
            product_name=item["product"]["name"].optional.text(max_length=500),
            recurring=number is not None and number > 1,
            recurring_number=number if number and number > 1 else None,
            references=tuple(name for name in _names(data) if name),
            extra=_extra(data),
        )
    ]


def map_refund(payload: hub.Payload, received_at: datetime) -> Sequence[hub.Fact]:
    """Money that went back, all of the payment or a part of it."""
    data = _data(payload)
    return [
        hub.TransactionRefunded(
            external_id=_own_id(payload),
            refers_to=_sale(data),
            amount=abs(_total(data)["gross_cents"].minor_units(_currency(payload), negative=True)),
            occurred_at=_occurred_at(payload, received_at),
            extra=_extra(data),
        )
    ]


def map_chargeback(payload: hub.Payload, received_at: datetime) -> Sequence[hub.Fact]:
    """The bank took the payment back. UNVERIFIED: the documents name no order in it, ``correlation_id``
    is the only id; a chargeback whose sale cannot be found waits, and is seen waiting."""
    data = _data(payload)
    return [_dispute(payload, received_at, "lost", data["amount_cents"], _own_id(payload))]


def map_dispute_opened(payload: hub.Payload, received_at: datetime) -> Sequence[hub.Fact]:
    """The buyer's bank disputes the payment."""
    return [_disputed(payload, received_at, "open")]


def map_dispute_won(payload: hub.Payload, received_at: datetime) -> Sequence[hub.Fact]:
    """The dispute ended well for the vendor."""
    return [_disputed(payload, received_at, "won")]


def map_dispute_lost(payload: hub.Payload, received_at: datetime) -> Sequence[hub.Fact]:
    """The dispute ended well for the buyer."""
    return [_disputed(payload, received_at, "lost")]


Standing = Literal["open", "won", "lost"]


def _disputed(payload: hub.Payload, received_at: datetime, status: Standing) -> hub.Fact:
    dispute = _data(payload)["dispute"]
    return _dispute(
        payload, received_at, status, dispute["amount_cents"], dispute["dispute_uuid"].identifier()
    )


def _dispute(
    payload: hub.Payload, received_at: datetime, status: Standing, amount: hub.Payload, external_id: str
) -> hub.Fact:
    data = _data(payload)
    return hub.TransactionDisputed(
        external_id=external_id,
        refers_to=_sale(data),
        amount=abs(amount.minor_units(_currency(payload), negative=True)),
        status=status,
        occurred_at=_occurred_at(payload, received_at),
        extra=_extra(data),
    )


def _data(payload: hub.Payload) -> hub.Payload:
    return payload["data"] if payload["data"].present else payload


def _currency(payload: hub.Payload) -> str:
    data = _data(payload)
    places = (data["currency"], data["order"]["currency"], data["dispute"]["currency"])
    return next((place for place in places if not place.blank), places[0]).currency()


def _total(data: hub.Payload) -> hub.Payload:
    """The amounts of the whole event, or those of its only position."""
    total = data["totals"]["total"]
    return total if total.present else _only_item(data)["amounts"]


def _only_item(data: hub.Payload) -> hub.Payload:
    """The position that an event is about, if it is about one; else nothing."""
    items = data["line_items"].items()
    return items[0] if len(items) == 1 else data["line_items"][len(items)]


def _own_id(payload: hub.Payload, given: hub.Payload | None = None) -> str:
    """The id of what happened: COPE's own, else the event's subject, such as ``refund:<id>``."""
    own = given.optional.identifier() if given else None
    return own or payload["subject"].optional.identifier() or payload["idempotency_key"].identifier()


def _occurred_at(payload: hub.Payload, received_at: datetime) -> datetime:
    told = _data(payload)["occurred_at"].optional.instant() or payload["time"].optional.instant()
    return told or received_at


def _names(data: hub.Payload) -> tuple[str | None, str | None, str | None]:
    """By what a later event may name the sale, most exact first: the payment; its number in the order; the
    order. COPE's ids are UUIDs, so that those of different kinds cannot collide."""
    order = data["order"]["uuid"].optional.identifier(max_length=100)
    number = _only_item(data)["payment_number"].optional.identifier(max_length=20)
    payment = data["payment"]["uuid"].optional.identifier()
    return payment, f"{order}:{number}" if order and number else None, order


def _sale(data: hub.Payload) -> tuple[str, ...]:
    """What a refund or dispute belongs to. The order alone counts only if no number is told: the first of
    its payments stands for it."""
    original = data["dispute"]["original_payment_uuid"].optional.identifier()
    correlation = data["correlation_id"].optional.identifier()
    payment, numbered, order = _names(data)
    keys = tuple(key for key in (original, payment, numbered or order, correlation) if key)
    if not keys:
        raise data["order"].wrong("there, to tell which sale is meant")
    return keys


def _customer(buyer: hub.Payload) -> hub.Person:
    """The buyer. The e-mail is not checked: what was paid is not refused for an odd one."""
    return hub.Person(
        email=buyer["email"].optional.text(max_length=320),
        external_id=buyer["uuid"].optional.identifier(),
        first_name=buyer["first_name"].optional.text(max_length=255),
        last_name=buyer["last_name"].optional.text(max_length=255),
        name=buyer["name"].optional.text(max_length=255),
        company=buyer["company"].optional.text(max_length=255),
    )


def _extra(data: hub.Payload) -> dict[str, Any]:
    """Every further member that says something and is not the buyer's own."""
    further = data.rest(*READ).items()
    return {name: value for name, value in further if value not in (None, "", [], {})}
