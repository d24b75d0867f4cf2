"""Amounts of an order: decimal texts, the order's own rounded, those of its positions not always."""

from decimal import ROUND_HALF_UP, Decimal

import hub


def refunded(told: hub.Payload, currency: str) -> hub.Money:
    """A refund's amount, which WooCommerce writes below zero."""
    amount = told.money(currency, negative=True)
    if amount.minor > 0:
        raise told.wrong("zero or below")
    return hub.Money(-amount.minor, currency)


def net_of(gross: hub.Money, tax: hub.Money | None, told: hub.Payload) -> hub.Money | None:
    """What is left without tax, if the order says its tax."""
    if tax is None:
        return None
    if tax.minor > gross.minor:
        raise told.wrong("at most the total")
    return hub.Money(gross.minor - tax.minor, gross.currency)


def tax_rate(payload: hub.Payload) -> Decimal | None:
    """The rate in percent if there is exactly one; an order with several has none of its own."""
    rates = [_rate(line["rate_percent"]) for line in payload["tax_lines"]]
    return rates[0] if len(rates) == 1 else None


def gross_of(item: hub.Payload, currency: str) -> hub.Money | None:
    """What the customer pays for a position: without tax plus tax, rounded once. Both may have parts of
    a cent (``"38.115"``), and fees may be below zero."""
    net, tax = item["total"].optional.decimal(), item["total_tax"].optional.decimal()
    if net is None:
        return None
    whole = net + (tax or Decimal(0))
    unit = hub.Money(1, currency).amount
    try:
        return hub.Money.of(whole.quantize(unit, ROUND_HALF_UP), currency)
    except (ArithmeticError, hub.MoneyError):
        raise item["total"].wrong("an amount of money") from None


def _rate(field: hub.Payload) -> Decimal | None:
    rate = field.optional.decimal()
    if rate is not None and not 0 <= rate <= 100:
        raise field.wrong("a rate between 0 and 100")
    return rate
