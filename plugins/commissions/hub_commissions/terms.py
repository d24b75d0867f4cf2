"""What a plan promises: pure data, read from and written to JSON, and put together from a plan and
its overrides."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from hub.support.money import Money

MAX_LEVELS = 10
DECIMALS = 6
"""A rate may have this many decimals."""

Base = Literal["told", "net", "gross"]
Period = Literal["month", "lifetime"]

BASES: tuple[Base, ...] = ("told", "net", "gross")
PERIODS: tuple[Period, ...] = ("month", "lifetime")

PRECEDENCE = ("product", "partner", "campaign")
"""Whose override wins, the strongest first; behind all of them comes the plan."""

OVERRIDABLE = ("percent", "fixed", "levels")


class TermsError(ValueError):
    """The terms cannot be; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """From this turnover on (major units, before the sale) the seller's rate is another one."""

    turnover: Decimal
    percent: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A plan's version, or that and its overrides. Rates are in percent of the base.

    ``base`` *net* or *gross*; *told* is net where the sender says it and gross otherwise.
    ``renewals`` is how many renewals of a subscription pay: ``None`` all, 0 none.
    ``compress`` lets the next active sponsor take the level of an inactive one.
    ``sources`` says which override set a field; what is not in it comes from the plan.
    """

    percent: Decimal = Decimal(0)
    fixed: Money | None = None
    levels: tuple[Decimal, ...] = ()
    tiers: tuple[Tier, ...] = ()
    period: Period = "month"
    base: Base = "told"
    hold_days: int = 0
    renewals: int | None = None
    compress: bool = False
    tests: bool = False
    sources: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises TermsError."""
        rates = [self.percent, *self.levels, *(tier.percent for tier in self.tiers)]
        for rate in rates:
            check_rate(rate)
        if len(self.levels) > MAX_LEVELS:
            raise TermsError(f"a plan has {MAX_LEVELS} levels at most")
        if max([self.percent, *(tier.percent for tier in self.tiers)]) + sum(self.levels) > 100:
            raise TermsError("the rates of all levels come to more than 100 percent")
        thresholds = [tier.turnover for tier in self.tiers]
        if sorted(set(thresholds)) != thresholds or any(limit < 0 for limit in thresholds):
            raise TermsError("tiers rise from one turnover to the next")
        if self.fixed is not None and self.fixed.minor < 0:
            raise TermsError("a fixed amount is not negative")
        if not 0 <= self.hold_days <= 3650:
            raise TermsError("a holding period lasts 0 to 3650 days")
        if self.renewals is not None and self.renewals < 0:
            raise TermsError("the number of renewals is not negative")


def check_rate(rate: Decimal) -> Decimal:
    """A rate in percent. Raises TermsError."""
    if not rate.is_finite() or not 0 <= rate <= 100:
        raise TermsError("a rate is a number from 0 to 100")
    if rate.normalize().as_tuple().exponent < -DECIMALS:  # type: ignore[operator]
        raise TermsError(f"a rate has {DECIMALS} decimals at most")
    return rate


def rate_of(text: str) -> Decimal:
    """A rate as typed, such as ``7.5``. Raises TermsError."""
    try:
        return check_rate(Decimal(text.strip()))
    except InvalidOperation:
        raise TermsError(f"{text!r} is not a rate in percent, such as 7.5") from None


def levels_of(text: str) -> tuple[Decimal, ...]:
    """Rates as typed, from level 1 upwards: ``5,2,1``. Raises TermsError."""
    return tuple(rate_of(rate) for rate in text.split(",")) if text.strip() else ()


def tiers_of(text: str) -> tuple[Tier, ...]:
    """Tiers as typed: ``1000:12,5000:15``. Raises TermsError."""
    pairs = [part.partition(":") for part in text.split(",") if part.strip()]
    try:
        found = [(Decimal(turnover.strip()), rate_of(percent)) for turnover, _, percent in pairs]
    except InvalidOperation:
        raise TermsError(f"{text!r} is not a list of turnover:percent, such as 1000:12,5000:15") from None
    if any(not turnover.is_finite() for turnover, _ in found):
        raise TermsError("a turnover is a number")
    return tuple(Tier(turnover=turnover, percent=percent) for turnover, percent in sorted(found))


def to_json(terms: Terms) -> dict[str, Any]:
    """The terms as JSON values; numbers with decimals are texts."""
    return {
        "percent": str(terms.percent),
        "fixed": [terms.fixed.minor, terms.fixed.currency] if terms.fixed else None,
        "levels": [str(rate) for rate in terms.levels],
        "tiers": [[str(tier.turnover), str(tier.percent)] for tier in terms.tiers],
        "period": terms.period,
        "base": terms.base,
        "hold_days": terms.hold_days,
        "renewals": terms.renewals,
        "compress": terms.compress,
        "tests": terms.tests,
        "sources": dict(terms.sources),
    }


def from_json(values: Mapping[str, Any]) -> Terms:
    """What ``to_json`` gave; what is missing has its default."""
    known = {
        name: value for name, value in values.items() if name not in ("percent", "fixed", "levels", "tiers")
    }
    if "tiers" in values:
        tiers = ((Decimal(turnover), Decimal(percent)) for turnover, percent in values["tiers"])
        known["tiers"] = tuple(Tier(turnover=turnover, percent=percent) for turnover, percent in tiers)
    return Terms(**known, **_amounts(values))


def override_to_json(
    percent: Decimal | None, fixed: Money | None, levels: tuple[Decimal, ...] | None
) -> dict[str, Any]:
    """The fields that an override sets. Raises TermsError where there is none."""
    given: dict[str, Any] = {}
    if percent is not None:
        given["percent"] = str(percent)
    if fixed is not None:
        given["fixed"] = [fixed.minor, fixed.currency]
    if levels is not None:
        given["levels"] = [str(rate) for rate in levels]
    if not given:
        raise TermsError("an override sets percent, fixed or levels")
    _amounts(given)
    return given


def overridden(terms: Terms, overrides: Iterable[tuple[str, str, Mapping[str, Any]]]) -> Terms:
    """The terms with overrides (kind, target, fields) laid over them, field by field: of two that
    set a field, the one whose kind stands first in PRECEDENCE wins. One that sets ``percent`` also
    takes the plan's tiers away. Raises TermsError where they cannot be combined."""
    for kind, target, values in sorted(overrides, key=lambda one: -PRECEDENCE.index(one[0])):
        changes = _amounts(values)
        if "percent" in changes:
            changes["tiers"] = ()
        sources = {**terms.sources, **dict.fromkeys(values, f"{kind} {target}")}
        terms = replace(terms, **changes, sources=sources)
    return terms


def _amounts(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "percent" in values:
        found["percent"] = Decimal(values["percent"])
    if "fixed" in values:
        found["fixed"] = Money(*values["fixed"]) if values["fixed"] else None
    if "levels" in values:
        found["levels"] = tuple(Decimal(rate) for rate in values["levels"])
    return found
