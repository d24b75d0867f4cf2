"""An order's amounts: in the shop's currency, and in the one shown to the customer.

Plain members (``total_price``) are in the shop's currency, ``<name>_set`` holds both:
https://shopify.dev/docs/api/admin-rest/latest/resources/order
"""

from dataclasses import dataclass
from decimal import Decimal

import hub


@dataclass(frozen=True)
class Basis:
    """The currency that counts, and where an amount stands in it."""

    currency: str
    presentment: bool = False

    def field(self, owner: hub.Payload, name: str) -> hub.Payload:
        """The amount of that name in this currency, still to be read."""
        return owner[f"{name}_set"]["presentment_money"]["amount"] if self.presentment else owner[name]

    def money(self, owner: hub.Payload, name: str) -> hub.Money:
        """The amount, which must be there."""
        return self.field(owner, name).money(self.currency)

    def optional_money(self, owner: hub.Payload, name: str) -> hub.Money | None:
        """The amount, or ``None`` if the order does not say it."""
        return self.field(owner, name).optional.money(self.currency)


def basis_of(payload: hub.Payload, choice: str) -> Basis:
    """Where to read amounts by the tenant's choice, ``shop`` or ``presentment``."""
    shop = Basis(payload["currency"].currency())
    if choice == "shop":
        return shop
    # Older API versions name no second currency, and a test notification has no sets at all.
    if payload["presentment_currency"].optional.currency() in (None, shop.currency):
        return shop
    return Basis(
        payload["total_price_set"]["presentment_money"]["currency_code"].currency(), presentment=True
    )


def other_gross(payload: hub.Payload, choice: str, gross: hub.Money) -> hub.Money | None:
    """The total in the currency that was not chosen, as a refund may be told in it.

    It only helps to apply such a refund, so a sale is not lost where it cannot be read: Shopify
    also shows prices in currencies that ISO 4217 does not know (JEP).
    """
    try:
        other = basis_of(payload, "presentment" if choice == "shop" else "shop")
        money = other.money(payload, "total_price")
    except hub.PayloadError:
        return None
    return money if money.currency != gross.currency else None


def net_of(gross: hub.Money, tax: hub.Money | None, told: hub.Payload) -> hub.Money | None:
    """What is left without tax, if the order says its tax."""
    if tax is None:
        return None
    if tax.minor > gross.minor:
        raise told.wrong("at most the total price")
    return hub.Money(gross.minor - tax.minor, gross.currency)


def tax_rate(payload: hub.Payload) -> Decimal | None:
    """The rate in percent if there is exactly one; an order with several has none of its own."""
    rates = {rate for line in payload["tax_lines"] if (rate := _rate(line["rate"])) is not None}
    return rates.pop() * 100 if len(rates) == 1 else None


def _rate(field: hub.Payload) -> Decimal | None:
    rate = field.optional.decimal()
    if rate is not None and not 0 <= rate <= 1:
        raise field.wrong("a rate between 0 and 1")
    return rate
