"""Amounts of money, exact: an integer count of minor units and a currency."""

from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Self

from iso4217 import Currency

MAX_MINOR = 10**15
"""No amount may reach this many minor units (ten trillion euros): more is a sender's mistake."""

FLOAT_NOISE = Decimal("0.000001")
"""What binary floating point leaves behind in a sender's sum, such as 59.980000000000004."""


class MoneyError(ValueError):
    """The amount or the currency cannot be money; the message says why."""


@cache
def exponent(currency: str) -> int:
    """How many decimals the currency has by ISO 4217 (EUR 2, JPY 0, KWD 3).

    Raises MoneyError for a code that ISO 4217 does not list as money.
    """
    try:
        digits = Currency(currency).exponent
    except ValueError:
        raise MoneyError(f"{currency!r} is not an ISO 4217 currency code, such as EUR") from None
    if digits is None:
        raise MoneyError(f"{currency} is not a currency one can be paid in")
    return digits


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of a currency: ``Money(14990, "EUR")`` is 149.90 euros."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)
        if abs(self.minor) >= MAX_MINOR:
            raise MoneyError("the amount is absurdly large")

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> Self:
        """The amount in major units, exactly; float noise below a millionth is rounded away.

        Raises MoneyError for an unknown currency, for more decimals than it has, and for an
        amount that is not finite or out of range.
        """
        if not amount.is_finite() or abs(amount.adjusted()) > 20:
            raise MoneyError("the amount is absurdly large or not a number")
        scaled = amount.scaleb(exponent(currency))
        whole = scaled.to_integral_value(rounding=ROUND_HALF_UP)
        if abs(scaled - whole).scaleb(-exponent(currency)) > FLOAT_NOISE:
            raise MoneyError(f"{currency} has {exponent(currency)} decimals, {amount} has more")
        return cls(int(whole), currency)

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with the currency's number of decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __abs__(self) -> Self:
        """The amount without its sign, for providers that write refunds below zero."""
        return replace(self, minor=abs(self.minor))

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
