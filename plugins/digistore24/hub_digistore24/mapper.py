"""Digistore24's notifications as facts: pure, one function per event.

A refund often names no product, and its ``custom`` is empty: what it belongs to is told by its
transaction's parent and its order (https://github.com/digistore24/ds24-appkit, ``docs/entitlements.md``).
Nothing says whether its amounts are written below zero, so the event alone decides in which direction
money went.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import hub
from hub_digistore24.manifest import ADDRESSES, BUYER, LINKS
from hub_digistore24.settings import Settings

READ = (
    "event",
    "sha_sign",
    "SHASIGN",
    "transaction_id",
    "transaction_amount",
    "transaction_currency",
    "transaction_date",
    "transaction_time",
    "transaction_vat_amount",
    "vat_rate",
    "product_id",
    "product_name",
)
"""Fields that a fact holds elsewhere; with those about the buyer they are no further fields."""

MAX_PAYMENTS = 100_000


def map_payment(payload: hub.Payload, settings: Settings, received_at: datetime) -> Sequence[hub.Fact]:
    """A payment: the only one, one of a subscription, or an instalment."""
    gross = _amount(payload)
    subscribed = payload["billing_type"].optional.text() == "subscription"
    number = payload["pay_sequence_no"].optional.integer(minimum=0, maximum=MAX_PAYMENTS)
    return [
        hub.TransactionCreated(
            external_id=payload["transaction_id"].identifier(),
            gross=gross,
            net=_net(payload, gross),
            tax=payload["transaction_vat_amount"].optional.money(gross.currency),
            tax_rate=payload["vat_rate"].optional.percentage(),
            occurred_at=_occurred_at(payload, settings, received_at),
            customer=_customer(payload),
            partner_code=_partner(payload, settings),
            campaign=payload["campaignkey"].optional.text(max_length=255),
            product_id=payload["product_id"].optional.identifier(),
            product_name=payload["product_name"].optional.text(max_length=500),
            recurring=subscribed,
            recurring_number=number if subscribed and number else None,
            references=_order(payload),
            test="test" in (payload["api_mode"].raw(), payload["pay_method"].raw()),
            extra=_extra(payload),
        )
    ]


def map_refund(payload: hub.Payload, settings: Settings, received_at: datetime) -> Sequence[hub.Fact]:
    """Money that went back, all of the payment or a part of it."""
    return [
        hub.TransactionRefunded(
            external_id=payload["transaction_id"].identifier(),
            refers_to=_sale(payload),
            amount=_amount(payload),
            occurred_at=_occurred_at(payload, settings, received_at),
            extra=_extra(payload),
        )
    ]


def map_chargeback(payload: hub.Payload, settings: Settings, received_at: datetime) -> Sequence[hub.Fact]:
    """The bank took the payment back. Digistore24 tells the end of it, not the dispute before."""
    return [
        hub.TransactionDisputed(
            external_id=payload["transaction_id"].identifier(),
            refers_to=_sale(payload),
            amount=_amount(payload),
            status="lost",
            occurred_at=_occurred_at(payload, settings, received_at),
            reason="chargeback",
            extra=_extra(payload),
        )
    ]


Mapper = Callable[[hub.Payload, Settings, datetime], Sequence[hub.Fact]]

MAPPERS: dict[str, Mapper] = {
    "on_payment": map_payment,
    "on_refund": map_refund,
    "on_chargeback": map_chargeback,
}


def _amount(payload: hub.Payload) -> hub.Money:
    """What this transaction moved. Not ``amount``, which may be in another currency, nor
    ``product_amount``, the price."""
    currency = payload["transaction_currency"].currency()
    return abs(payload["transaction_amount"].money(currency, negative=True))


def _net(payload: hub.Payload, gross: hub.Money) -> hub.Money | None:
    """The net amount, if it is told of this transaction: ``amount_…`` are in the currency of the
    connection, which Digistore24 can convert to."""
    if payload["currency"].optional.currency() != gross.currency:
        return None
    if payload["amount_brutto"].optional.money(gross.currency) != gross:
        return None
    return payload["amount_netto"].optional.money(gross.currency)


def _occurred_at(payload: hub.Payload, settings: Settings, received_at: datetime) -> datetime:
    """Date and time stand in two fields, and without a zone."""
    date = payload["transaction_date"].optional.text(max_length=32)
    if date is None:
        return received_at
    time = payload["transaction_time"].optional.text(max_length=32) or "00:00:00"
    return hub.Payload(f"{date}T{time}", "transaction_date").instant(settings.zone)


def _order(payload: hub.Payload) -> tuple[str, ...]:
    """The payment by its place in the order, and the order, which the first of its payments stands for."""
    order = payload["order_id"].optional.identifier(max_length=100)
    number = payload["pay_sequence_no"].optional.identifier(max_length=20)
    if order is None:
        return ()
    return (f"order:{order}:{number}", f"order:{order}") if number else (f"order:{order}",)


def _sale(payload: hub.Payload) -> tuple[str, ...]:
    """What a refund or chargeback belongs to. The order alone counts if no payment of it is named: else
    one of a renewal that is not known yet would be taken from the first payment."""
    parent = payload["parent_transaction_id"].optional.identifier()
    own = payload["transaction_id"].identifier()
    keys = ((parent,) if parent and parent != own else ()) + _order(payload)[:1]
    if not keys:
        raise payload["order_id"].wrong("there, or parent_transaction_id, to tell which sale is meant")
    return keys


def _customer(payload: hub.Payload) -> hub.Person:
    """The buyer. The e-mail is not checked: what was paid is not refused for an odd one."""
    return hub.Person(
        email=_text(payload, "email", "buyer_email"),
        external_id=payload["buyer_id"].optional.identifier(),
        first_name=_text(payload, "address_first_name", "buyer_first_name"),
        last_name=_text(payload, "address_last_name", "buyer_last_name"),
        company=_text(payload, "address_company", "buyer_address_company"),
        phone=_text(payload, "address_phone_no", "address_mobile_no"),
    )


def _text(payload: hub.Payload, *names: str) -> str | None:
    return next((text for name in names if (text := payload[name].optional.text(max_length=320))), None)


def _partner(payload: hub.Payload, settings: Settings) -> str | None:
    if settings.partner_source == "none":
        return None
    return payload[settings.partner_source].optional.identifier()


def _extra(payload: hub.Payload) -> dict[str, Any]:
    """Every further field that says something and is not the buyer's own."""
    further = payload.rest(*READ, *BUYER, *ADDRESSES, *LINKS)
    return {name: value for name, value in further.items() if value not in (None, "")}
