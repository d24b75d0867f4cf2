"""What a sale pays to whom: pure functions on integers and decimals. No database, no clock.

Every amount is reckoned as a fraction of integers and rounded half up to the currency's minor unit
once, at the end. The rounded lines of a sale never come to more than its exact total, rounded half
up: what is too much is taken, one minor unit each, from the lines that gained most by rounding.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from hub.support.money import Money, exponent
from hub_commissions.terms import DECIMALS, Terms

PERCENT = 100 * 10**DECIMALS
"""A hundred percent, in the smallest step of a rate."""

Reason = Literal[
    "no_partner_named",
    "unknown_partner",
    "no_plan",
    "terms_conflict",
    "test_sale",
    "nothing_paid",
    "net_unknown",
    "renewal_not_paid",
    "renewal_number_unknown",
    "nobody_to_pay",
]
"""Why a sale gives no commission."""


class Sale(Struct, frozen=True, kw_only=True):
    """What the rules need to know of a sale; amounts in minor units. ``refunded`` is what went back."""

    gross: int
    net: int | None
    tax: int | None
    currency: str
    refunded: int = 0
    recurring: bool = False
    recurring_number: int | None = None
    test: bool = False


class Upline(Struct, frozen=True):
    """Somebody in the line of sponsors; the first is the seller."""

    id: UUID
    code: str
    active: bool = True


class Share(Struct, frozen=True, kw_only=True):
    """What somebody is to get: a rate of the base, and for the seller a fixed amount."""

    partner: Upline
    level: int
    percent: Decimal
    fixed: int
    rule: str
    """Where the rate comes from: percent, tier, fixed or level."""


class Line(Struct, frozen=True, kw_only=True):
    """An amount for a partner. ``credited`` is what the sale paid before anything went back;
    ``cut`` is what was taken off so that the sum stays within the plan."""

    share: Share
    amount: int
    credited: int
    cut: int
    exact: Decimal
    """The amount before rounding, in minor units, to be shown."""


class Result(Struct, frozen=True, kw_only=True):
    """The lines of a sale, or the reason why there are none. ``allowed`` is the most that the plan
    pays for what was kept of the sale."""

    reason: Reason | None = None
    base: int = 0
    base_kind: str = ""
    allowed: int = 0
    lines: tuple[Line, ...] = ()


def reckon(terms: Terms, sale: Sale, chain: Sequence[Upline], turnover: Decimal | None = None) -> Result:
    """What the sale pays as it stands now. ``chain`` is the seller and the sponsors above;
    ``turnover`` what the seller sold in the tiers' period before this sale, in major units."""
    base, kind = base_of(terms, sale)
    if reason := _refusal(terms, sale, base):
        return Result(reason=reason)
    assert base is not None  # noqa: S101 - an unknown base was refused
    shares = shares_of(terms, chain, sale.currency, turnover)
    whole = _spread(shares, base, sale.gross, sale.gross)
    if not any(amount for amount, _, _ in whole[0]):
        return Result(reason="nobody_to_pay", base=base, base_kind=kind)
    kept = max(sale.gross - sale.refunded, 0)
    amounts, allowed = whole if kept == sale.gross else _spread(shares, base, kept, sale.gross)
    lines = [
        Line(share=share, amount=min(amount, credited), credited=credited, cut=cut, exact=exact)
        for share, (amount, cut, exact), (credited, _, _) in zip(shares, amounts, whole[0], strict=True)
        if credited
    ]
    return Result(base=base, base_kind=kind, allowed=allowed, lines=tuple(lines))


def base_of(terms: Terms, sale: Sale) -> tuple[int | None, str]:
    """What the rates are of, and what it is. Net is what the sender says, or gross less the tax that
    the sender says; a tax is never guessed."""
    if terms.base == "gross":
        return sale.gross, "gross"
    if sale.net is not None:
        return sale.net, "net"
    if sale.tax is not None:
        return max(sale.gross - sale.tax, 0), "gross less tax"
    return (None, "net") if terms.base == "net" else (sale.gross, "gross, net not told")


def shares_of(
    terms: Terms, chain: Sequence[Upline], currency: str, turnover: Decimal | None = None
) -> list[Share]:
    """Who gets which rate. Nobody stands in a line twice: a circle of sponsors ends where it closes.

    The seller, if inactive, gets nothing. An inactive sponsor is skipped: its level is lost, or with
    compression goes to the next active one above.
    """
    line = _without_circle(chain)
    shares = [_sellers_share(terms, line[0], currency, turnover)] if line and line[0].active else []
    above = [one for one in line[1:] if one.active or not terms.compress]
    for level, (sponsor, percent) in enumerate(zip(above, terms.levels, strict=False), start=1):
        if sponsor.active and percent:
            shares.append(Share(partner=sponsor, level=level, percent=percent, fixed=0, rule="level"))
    return [share for share in shares if share.percent or share.fixed]


def step_of(terms: Terms, turnover: Decimal | None) -> int | None:
    """Which tier a turnover reaches; ``None`` below the first."""
    reached = [
        at for at, tier in enumerate(terms.tiers) if turnover is not None and tier.turnover <= turnover
    ]
    return reached[-1] if reached else None


def grounds(terms: Terms, sale: Sale, result: Result) -> dict[str, Any]:
    """What all lines of a sale have in common of why they are as they are, in JSON values; amounts
    are exact texts in major units."""
    kept = max(sale.gross - sale.refunded, 0)
    said = {
        "base": result.base_kind,
        "base_amount": _text(result.base, sale.currency),
        "kept": f"{_text(kept, sale.currency)} of {_text(sale.gross, sale.currency)}",
        "rounding": f"half up to {_text(1, sale.currency)}",
        "plan_allows": _text(result.allowed, sale.currency),
    }
    return said | ({"overrides": dict(terms.sources)} if terms.sources else {})


def explain(terms: Terms, currency: str, line: Line) -> dict[str, Any]:
    """Why this line is as it is, beside the grounds of all lines of its sale."""
    share = line.share
    said: dict[str, Any] = {
        "rule": share.rule,
        "level": share.level,
        "rate": str(share.percent),
        "exact": str(line.exact.scaleb(-exponent(currency))),
    }
    if share.fixed:
        said["fixed"] = _text(share.fixed, currency)
    if line.cut:
        said["cut"] = _text(line.cut, currency)
    if share.level == 0 and terms.fixed and terms.fixed.currency != currency:
        said["not_paid"] = f"fixed {terms.fixed}: the sale is in {currency}"
    return said


def _text(minor: int, currency: str) -> str:
    return str(Money(minor, currency).amount)


def _refusal(terms: Terms, sale: Sale, base: int | None) -> Reason | None:
    if sale.test and not terms.tests:
        return "test_sale"
    if sale.gross <= 0:
        return "nothing_paid"
    if base is None:
        return "net_unknown"
    return _renewal_refusal(terms, sale)


def _renewal_refusal(terms: Terms, sale: Sale) -> Reason | None:
    """The first payment of a subscription is a sale; the second is its first renewal."""
    if not sale.recurring or terms.renewals is None:
        return None
    if terms.renewals == 0 and sale.recurring_number is None:
        return "renewal_not_paid"
    if sale.recurring_number is None:
        return "renewal_number_unknown"
    return "renewal_not_paid" if sale.recurring_number - 1 > terms.renewals else None


def _without_circle(chain: Sequence[Upline]) -> list[Upline]:
    seen: dict[UUID, Upline] = {}
    for one in chain:
        if one.id in seen:
            break
        seen[one.id] = one
    return list(seen.values())


def _sellers_share(terms: Terms, seller: Upline, currency: str, turnover: Decimal | None) -> Share:
    fixed = terms.fixed.minor if terms.fixed and terms.fixed.currency == currency else 0
    step = step_of(terms, turnover)
    percent = terms.percent if step is None else terms.tiers[step].percent
    rule = "percent" if step is None else "tier"
    return Share(partner=seller, level=0, percent=percent, fixed=fixed, rule=rule if percent else "fixed")


def _spread(
    shares: Sequence[Share], base: int, kept: int, gross: int
) -> tuple[list[tuple[int, int, Decimal]], int]:
    """For each share its rounded amount, what was cut off it, and its exact amount; and the most
    that all may come to, for ``kept`` of ``gross``."""
    whole = PERCENT * gross
    parts = [(_steps(share.percent) * base + share.fixed * PERCENT) * kept for share in shares]
    rounded = [half_up(part, whole) for part in parts]
    allowed = half_up(sum(parts), whole)
    cut: set[int] = set()
    if (excess := sum(rounded) - allowed) > 0:
        # The gain by rounding, then the distance from the seller: who gained most gives first.
        by_gain = sorted(
            range(len(parts)),
            key=lambda at: (rounded[at] * whole - parts[at], shares[at].level),
            reverse=True,
        )
        cut = set(by_gain[:excess])
    return [
        (rounded[at] - (at in cut), int(at in cut), Decimal(parts[at]) / whole) for at in range(len(parts))
    ], allowed


def half_up(numerator: int, denominator: int) -> int:
    """A fraction, not negative, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def _steps(percent: Decimal) -> int:
    return int(percent.scaleb(DECIMALS))
