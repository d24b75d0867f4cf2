"""Stripe's own minor units as money.

Source: https://docs.stripe.com/currencies#minor-units. ISO 4217 is no help: MGA has two decimals
there and none at Stripe, ISK and UGX have none there and two at Stripe.
"""

from decimal import Decimal

import hub

ZERO_DECIMAL = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")
)

# The last digit of these is always 0 (5.124 is sent as 5120), which needs no care when reading.
THREE_DECIMAL = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))

# Zero-decimal, and yet sent with two decimals "for backwards compatibility": 5 ISK are 500. Stripe's
# page lists UGX among the zero-decimal currencies as well; its special case is the newer statement.
# An amount with a fraction would disprove it, and is refused rather than read a hundredfold.
SENT_WITH_TWO_DECIMALS = frozenset({"ISK", "UGX"})


def decimals(currency: str) -> int:
    """How many decimals Stripe's integers have in this currency (ISO code in upper case)."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def money(amount: hub.Payload, currency: hub.Payload) -> hub.Money:
    """An amount as Stripe writes it: an integer, with the currency in a field of its own."""
    code = currency.currency()
    units = amount.integer(minimum=0)
    try:
        return hub.Money.of(Decimal(units).scaleb(-decimals(code)), code)
    except hub.MoneyError as error:
        raise hub.PayloadError(f"{amount.path}: {error}.", code="invalid_amount", path=amount.path) from None


def minus(whole: hub.Money, part: hub.Money) -> hub.Money:
    """What is left of an amount without a part of it, in the same currency."""
    return hub.Money(whole.minor - part.minor, whole.currency)
