"""What a bill comes to, exactly.

The amount of a line is quantity times price, rounded half up to the currency's smallest unit. The tax is
reckoned once for each rate, on the sum of that rate's lines, and rounded half up: whoever adds up the
lines of a rate gets the same tax, however many lines there are. Prices are either all without tax (it is
added) or all with it (it is taken out).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hub.support.money import Money, exponent


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """One line. ``unit_price`` is in major units and may have more decimals than the currency;
    ``tax_rate`` is in percent."""

    name: str
    quantity: Decimal
    unit_price: Decimal
    tax_rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSum:
    """All lines of one tax rate, in minor units."""

    tax_rate: Decimal
    net: int
    tax: int

    @property
    def gross(self) -> int:
        """Net and tax."""
        return self.net + self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """The amounts of the lines, in their order, and the sums, highest rate first; in minor units."""

    amounts: tuple[int, ...]
    rates: tuple[RateSum, ...]

    @property
    def net(self) -> int:
        """What it comes to without tax."""
        return sum(rate.net for rate in self.rates)

    @property
    def tax(self) -> int:
        """All taxes."""
        return sum(rate.tax for rate in self.rates)

    @property
    def gross(self) -> int:
        """What is to be paid."""
        return self.net + self.tax


def reckon(positions: Sequence[Position], currency: str, *, with_tax: bool) -> Bill:
    """Add up a bill. ``with_tax`` says that the prices include the tax. Raises MoneyError for sums that no
    invoice has, and for an unknown currency."""
    unit = Fraction(10) ** exponent(currency)
    amounts = tuple(half_up(Fraction(line.quantity) * Fraction(line.unit_price) * unit) for line in positions)
    sums: dict[Decimal, int] = {}
    for line, amount in zip(positions, amounts, strict=True):
        sums[line.tax_rate] = sums.get(line.tax_rate, 0) + amount
    rates = tuple(_rate_sum(rate, sums[rate], with_tax=with_tax) for rate in sorted(sums, reverse=True))
    bill = Bill(amounts=amounts, rates=rates)
    for amount in (*amounts, bill.net, bill.gross):
        Money(amount, currency)
    return bill


def half_up(value: Fraction) -> int:
    """The nearest whole number; a half goes away from zero."""
    whole = (abs(value) + Fraction(1, 2)).__floor__()
    return whole if value >= 0 else -whole


def rate_of(gross: int, tax: int, candidates: Sequence[Decimal]) -> Decimal | None:
    """The rate by which ``gross`` contains exactly that tax; ``None`` if it is none of these."""
    return next((rate for rate in candidates if _tax_within(gross, rate) == tax), None)


def _rate_sum(rate: Decimal, amount: int, *, with_tax: bool) -> RateSum:
    if with_tax:
        tax = _tax_within(amount, rate)
        return RateSum(tax_rate=rate, net=amount - tax, tax=tax)
    return RateSum(tax_rate=rate, net=amount, tax=half_up(Fraction(amount) * Fraction(rate) / 100))


def _tax_within(gross: int, rate: Decimal) -> int:
    return half_up(Fraction(gross) * Fraction(rate) / (100 + Fraction(rate)))
