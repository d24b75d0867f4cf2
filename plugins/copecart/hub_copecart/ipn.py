"""CopeCart's notifications as facts: one per line item, so that upsells and add-ons come as sales of
their own under the same order (*IPN CopeCart v1.6.7*).

A refund has its own transaction, and names its sale by order, product and rate only. Amounts come as
numbers or as texts, and nothing says whether those of a refund are below zero: the event decides.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import hub

ZONE = ZoneInfo("Europe/Berlin")
"""Where CopeCart is at home: for times that come without their offset."""

READ = (
    "event_type",
    "transaction_id",
    "transaction_amount",
    "transaction_currency",
    "transaction_vat_amount",
    "product_id",
    "product_name",
    "affiliate",
)
"""Fields that a fact holds elsewhere."""

MAX_RATES = 100_000


def map_made(payload: hub.Payload, received_at: datetime) -> Sequence[hub.Fact]:
    """A payment that is there: the only one, one of a subscription, or an instalment."""
    gross = _amount(payload)
    tax = payload["transaction_vat_amount"].optional.money(gross.currency)
    subscribed = payload["payment_plan"].optional.text() == "abonnement"
    rate = payload["rate_number"].optional.integer(minimum=0, maximum=MAX_RATES)
    return [
        hub.TransactionCreated(
            external_id=payload["transaction_id"].identifier(),
            gross=gross,
            net=hub.Money(gross.minor - tax.minor, gross.currency) if tax is not None else None,
            tax=tax,
            occurred_at=_occurred_at(payload, received_at),
            customer=_customer(payload),
            partner_code=payload["affiliate"].optional.identifier(),
            product_id=payload["product_id"].optional.identifier(),
            product_name=payload["product_name"].optional.text(max_length=500),
            recurring=subscribed,
            recurring_number=rate if subscribed and rate else None,
            references=_places(payload),
            test=_is_test(payload),
            extra=_extra(payload),
        )
    ]


def map_refunded(payload: hub.Payload, received_at: datetime) -> Sequence[hub.Fact]:
    """Money that went back; a refund that failed moved none."""
    if payload["payment_status"].optional.text() == "failed_refunded":
        return []
    return [
        hub.TransactionRefunded(
            external_id=payload["transaction_id"].identifier(),
            refers_to=_sale(payload),
            amount=_amount(payload),
            occurred_at=_occurred_at(payload, received_at),
            reason=payload["cancelation_reason"].optional.text(),
            extra=_extra(payload),
        )
    ]


def map_charged_back(payload: hub.Payload, received_at: datetime) -> Sequence[hub.Fact]:
    """The bank took the payment back, or tried to in vain."""
    failed = payload["payment_status"].optional.text() == "chargeback_failed"
    return [
        hub.TransactionDisputed(
            external_id=payload["transaction_id"].identifier(),
            refers_to=_sale(payload),
            amount=_amount(payload),
            status="won" if failed else "lost",
            occurred_at=_occurred_at(payload, received_at),
            reason="chargeback",
            extra=_extra(payload),
        )
    ]


def _amount(payload: hub.Payload) -> hub.Money:
    currency = payload["transaction_currency"].currency()
    return abs(payload["transaction_amount"].money(currency, negative=True))


def _occurred_at(payload: hub.Payload, received_at: datetime) -> datetime:
    return (
        payload["transaction_processed_at"].optional.instant(ZONE)
        or payload["transaction_date"].optional.instant(ZONE)
        or received_at
    )


def _places(payload: hub.Payload) -> tuple[str, ...]:
    """By what a refund may name the sale, most exact first: order, product and rate; order and product; the
    order alone, where it names no product. The first sale keeps an id."""
    order = payload["order_id"].optional.identifier(max_length=80)
    product = payload["product_id"].optional.identifier(max_length=80)
    rate = payload["rate_number"].optional.identifier(max_length=20)
    if order is None:
        return ()
    parts = [part for part in (order, product, rate if product else None) if part]
    return tuple(":".join(["order", *parts[:count]]) for count in range(len(parts), 0, -1))


def _sale(payload: hub.Payload) -> tuple[str, ...]:
    """The most exact name of the sale that is told: a wider one could be another payment's."""
    places = _places(payload)
    if not places:
        raise payload["order_id"].wrong("there, to tell which sale is meant")
    return places[:1]


def _customer(payload: hub.Payload) -> hub.Person:
    """The buyer. The e-mail is not checked: what was paid is not refused for an odd one."""
    return hub.Person(
        email=payload["buyer_email"].optional.text(max_length=320),
        external_id=payload["buyer_id"].optional.identifier(),
        first_name=payload["buyer_firstname"].optional.text(max_length=255),
        last_name=payload["buyer_lastname"].optional.text(max_length=255),
        company=payload["buyer_company_name"].optional.text(max_length=255),
        phone=payload["buyer_phone_number"].optional.text(max_length=255),
    )


def _is_test(payload: hub.Payload) -> bool:
    status = payload["payment_status"].optional.text() or ""
    marked = payload["test_payment"].raw() in (True, "true")
    return marked or status.startswith("test_") or payload["payment_method"].raw() == "test"


def _extra(payload: hub.Payload) -> dict[str, Any]:
    """Every further field that says something and is not the buyer's own."""
    further = payload.rest(*READ).items()
    return {
        name: value
        for name, value in further
        if value not in (None, "", []) and not name.startswith("buyer_")
    }
