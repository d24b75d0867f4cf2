"""ablefy's events as facts: pure, one function per event.

``revenue`` is what the buyer paid; ``amount`` is what is left of it after ablefy's fee, and no net amount.
Both are below zero in a refund or chargeback, which has an id of its own and names the payment in
``refunded_transfer_id``.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import hub
from hub_ablefy.manifest import PERSONAL
from hub_ablefy.settings import Settings

READ = ("event", "id", "revenue", "currency", "vat_amount", "vat_rate", "success_date", "product_id", "test")
"""Fields that a fact holds elsewhere."""


def map_payment(payload: hub.Payload, settings: Settings, received_at: datetime) -> Sequence[hub.Fact]:
    """A payment that is there. Which of a subscription it is cannot be told: ``payments_count`` is 1 in the
    second one, too."""
    gross = _amount(payload)
    tax = payload["vat_amount"].optional.money(gross.currency)
    return [
        hub.TransactionCreated(
            external_id=payload["id"].identifier(),
            gross=gross,
            net=hub.Money(gross.minor - tax.minor, gross.currency) if tax is not None else None,
            tax=tax,
            tax_rate=payload["vat_rate"].optional.percentage(),
            occurred_at=_occurred_at(payload, received_at),
            customer=_customer(payload["payer"]),
            partner_code=_partner(payload, settings),
            campaign=payload["campaign_id"].optional.identifier(),
            product_id=payload["product_id"].optional.identifier(),
            product_name=payload["product"]["name"].optional.text(max_length=500),
            recurring=payload["recurring_form"].optional.text() == "subscription",
            references=_order(payload),
            # ablefy never sends it: it marks what the hub's own test event makes.
            test=payload["test"].raw() in (True, "true"),
            extra=_extra(payload),
        )
    ]


def map_refund(payload: hub.Payload, settings: Settings, received_at: datetime) -> Sequence[hub.Fact]:
    """Money that went back, all of the payment or a part of it."""
    return [
        hub.TransactionRefunded(
            external_id=payload["id"].identifier(),
            refers_to=_sale(payload),
            amount=_amount(payload),
            occurred_at=_occurred_at(payload, received_at),
            extra=_extra(payload),
        )
    ]


def map_chargeback(payload: hub.Payload, settings: Settings, received_at: datetime) -> Sequence[hub.Fact]:
    """The bank took the payment back."""
    return [
        hub.TransactionDisputed(
            external_id=payload["id"].identifier(),
            refers_to=_sale(payload),
            amount=_amount(payload),
            status="lost",
            occurred_at=_occurred_at(payload, received_at),
            reason="chargeback",
            extra=_extra(payload),
        )
    ]


Mapper = Callable[[hub.Payload, Settings, datetime], Sequence[hub.Fact]]

MAPPERS: dict[str, Mapper] = {
    "payment.successful": map_payment,
    "refund.successful": map_refund,
    "chargeback.successful": map_chargeback,
}


def _amount(payload: hub.Payload) -> hub.Money:
    return abs(payload["revenue"].money(payload["currency"].currency(), negative=True))


def _occurred_at(payload: hub.Payload, received_at: datetime) -> datetime:
    """To the minute: ``2019-12-06T13:12Z``."""
    paid, made = payload["success_date"].optional.instant(), payload["created_date"].optional.instant()
    return paid or made or received_at


def _order(payload: hub.Payload) -> tuple[str, ...]:
    """The order, which the first of its payments stands for."""
    order = payload["order_id"].optional.identifier(max_length=200)
    return (f"order:{order}",) if order else ()


def _sale(payload: hub.Payload) -> tuple[str, ...]:
    """The payment that went back, or the order where it is not named."""
    payment = payload["refunded_transfer_id"].optional.identifier()
    keys = (payment,) if payment else _order(payload)
    if not keys:
        raise payload["refunded_transfer_id"].wrong("there, to tell which sale is meant")
    return keys


def _customer(payer: hub.Payload) -> hub.Person:
    """The buyer. The e-mail is not checked: what was paid is not refused for an odd one."""
    return hub.Person(
        email=payer["email"].optional.text(max_length=320),
        first_name=payer["first_name"].optional.text(max_length=255),
        last_name=payer["last_name"].optional.text(max_length=255),
        company=payer["company"].optional.text(max_length=255),
        phone=payer["phone"].optional.text(max_length=255),
    )


def _partner(payload: hub.Payload, settings: Settings) -> str | None:
    if settings.partner_source == "none":
        return None
    return payload[settings.partner_source].optional.identifier()


def _extra(payload: hub.Payload) -> dict[str, Any]:
    """Every further field that says something and is not about a person."""
    further = payload.rest(*READ, *PERSONAL).items()
    return {name: value for name, value in further if _says_something(value)}


def _says_something(value: Any) -> bool:
    """Whether there is a value in it: ablefy sends groups whose fields are all empty."""
    if isinstance(value, dict | list):
        return any(_says_something(inner) for inner in (value.values() if isinstance(value, dict) else value))
    return value not in (None, "")
