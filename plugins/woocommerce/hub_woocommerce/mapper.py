"""An order of WooCommerce as facts: the order, its sale once it is paid, and its refunds.

The body is the order as the REST API shows it, see
https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import hub
from hub_woocommerce.amounts import net_of, refunded, tax_rate
from hub_woocommerce.attribution import campaign, partner_code
from hub_woocommerce.lines import lines, products
from hub_woocommerce.settings import Settings

UNBORN = frozenset({"checkout-draft", "auto-draft", "draft", "trash"})
"""States of an order that nobody has placed, or that is in the bin."""

CALLED_OFF = "cancelled"

KEPT = (
    "status",
    "order_key",
    "created_via",
    "version",
    "currency_symbol",
    "prices_include_tax",
    "discount_total",
    "discount_tax",
    "shipping_total",
    "shipping_tax",
    "payment_method",
    "payment_method_title",
    "transaction_id",
    "customer_note",
    "meta_data",
    "tax_lines",
    "coupon_lines",
    "refunds",
)
"""Further members that are shown with the record, if they are not empty."""


def map_order(payload: hub.Payload, settings: Settings) -> Sequence[hub.Fact]:
    """Everything that this version of the order says. The same facts under each topic: what is known
    already changes nothing, and WooCommerce sends an order several times while it is being placed."""
    if payload["status"].text(max_length=64) in UNBORN:
        return []
    facts: list[hub.Fact] = [_order(payload)]
    if (paid_at := _time(payload["date_paid_gmt"])) is not None:
        facts.append(_sale(payload, settings, paid_at))
        facts += _refunds(payload)
    return facts


def _order(payload: hub.Payload) -> hub.OrderChanged | hub.OrderCancelled:
    """The order. WooCommerce tells no time of a cancellation; it is that of the version."""
    currency = payload["currency"].currency()
    members: dict[str, Any] = {
        "external_id": _id(payload),
        "customer": _person(payload),
        "total": payload["total"].money(currency),
        "tax": payload["total_tax"].optional.money(currency),
        "number": payload["number"].optional.identifier(),
        "payment_status": payload["status"].text(max_length=64),
        "placed_at": _time(payload["date_created_gmt"]),
        "changed_at": _modified(payload),
        "lines": lines(payload, currency),
        "extra": _extra(payload),
    }
    called_off = members["payment_status"] == CALLED_OFF
    return hub.OrderCancelled(**members) if called_off else hub.OrderChanged(**members)


def _sale(payload: hub.Payload, settings: Settings, paid_at: datetime) -> hub.TransactionCreated:
    """The sale. WooCommerce sets ``date_paid`` when an order becomes paid and keeps it; a status alone
    does not tell: an order to be paid on delivery is *processing* before it is paid."""
    currency = payload["currency"].currency()
    gross = payload["total"].money(currency)
    tax = payload["total_tax"].optional.money(currency)
    bought = products(payload)
    customer = _person(payload)
    return hub.TransactionCreated(
        external_id=_id(payload),
        gross=gross,
        net=net_of(gross, tax, payload["total_tax"]),
        tax=tax,
        tax_rate=tax_rate(payload),
        occurred_at=paid_at,
        customer=customer if customer != hub.Person() else None,
        partner_code=partner_code(payload, settings),
        campaign=campaign(payload),
        product_id=bought.id,
        product_name=bought.name,
        recurring=_recurring(payload),
        extra=_extra(payload),
    )


def _refunds(payload: hub.Payload) -> Iterator[hub.TransactionRefunded]:
    """Each refund under its own id. There is no topic for refunds: an order lists them all, each
    without a date, so that the version that tells of one first gives its time."""
    currency, changed_at = payload["currency"].currency(), _modified(payload)
    for refund in payload["refunds"]:
        amount = refunded(refund["total"], currency)
        if amount.minor:
            yield hub.TransactionRefunded(
                external_id=f"refund:{refund['id'].identifier()}",
                refers_to=(_id(payload),),
                amount=amount,
                occurred_at=changed_at,
                reason=refund["reason"].optional.text(),
            )


def _id(payload: hub.Payload) -> str:
    return payload["id"].identifier()


def _modified(payload: hub.Payload) -> datetime:
    """The version of the order: without one an old order could overwrite a newer one."""
    at = _time(payload["date_modified_gmt"])
    if at is None:
        raise payload["date_modified_gmt"].wrong("a time such as 2026-05-21T10:00:00")
    return at


def _time(field: hub.Payload) -> datetime | None:
    """A ``…_gmt`` field: a UTC time that is written without its offset."""
    text = field.optional.text(max_length=32)
    if text is None:
        return None
    bare = text.rstrip("Z")
    return hub.Payload(f"{bare}+00:00", field.path).instant()


def _person(payload: hub.Payload) -> hub.Person:
    """The buyer, by the billing address. An e-mail is not checked: a paid order is not refused for an
    odd one."""
    billing = payload["billing"]
    customer = payload["customer_id"].optional.identifier()
    return hub.Person(
        email=billing["email"].optional.text(max_length=320),
        external_id=customer if customer != "0" else None,  # 0 is a guest
        first_name=billing["first_name"].optional.text(max_length=320),
        last_name=billing["last_name"].optional.text(max_length=320),
        company=billing["company"].optional.text(max_length=320),
        phone=billing["phone"].optional.text(max_length=320),
    )


def _recurring(payload: hub.Payload) -> bool:
    """Whether WooCommerce Subscriptions made the order as a renewal."""
    made_by = payload["created_via"].optional.text(max_length=255)
    renewed = any(item["key"].raw() == "_subscription_renewal" for item in payload["meta_data"])
    return made_by == "subscription" or renewed


def _extra(payload: hub.Payload) -> dict[str, Any]:
    """Further members, and the taxes of each position, which a line of an order has no place for."""
    kept = {name: value for name in KEPT if (value := payload[name].raw()) not in (None, "", [], {})}
    taxes = [
        {name: item[name].raw() for name in ("id", "name", "total", "total_tax", "taxes", "meta_data")}
        for item in payload["line_items"]
    ]
    return kept | ({"line_taxes": taxes} if taxes else {})
