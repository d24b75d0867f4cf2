"""The rules: example tables, and what must hold for any plan and any sale."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import pytest
from hub_commissions import terms as reading
from hub_commissions.rules import Result, Sale, Upline, half_up, reckon, shares_of
from hub_commissions.settling import Add, Adjust, Written, settle
from hub_commissions.terms import (
    Terms,
    TermsError,
    Tier,
    from_json,
    levels_of,
    overridden,
    rate_of,
    tiers_of,
    to_json,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.support.money import Money, exponent

CHAIN = [Upline(UUID(int=at), f"P-{at}") for at in range(1, 12)]


def sale(gross: int, **fields: Any) -> Sale:
    return Sale(**{"gross": gross, "net": None, "tax": None, "currency": "EUR", **fields})


def percents(*rates: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(rate) for rate in rates)


def amounts(result: Result) -> list[int]:
    return [line.amount for line in result.lines]


@pytest.mark.parametrize(
    ("terms", "sold", "expected"),
    [
        # the sample of the custom webhook: net 167.23
        (
            Terms(percent=Decimal(10), levels=percents("5", "2", "1")),
            sale(19900, net=16723),
            [1672, 836, 334, 167],
        ),
        (Terms(percent=Decimal(10), base="gross"), sale(19900, net=16723), [1990]),
        (Terms(percent=Decimal(10)), sale(19900, tax=3177), [1672]),
        (Terms(percent=Decimal(10)), sale(19900), [1990]),
        (Terms(fixed=Money(500, "EUR")), sale(19900), [500]),
        (Terms(percent=Decimal(10), fixed=Money(500, "EUR")), sale(10000), [1500]),
        (Terms(percent=Decimal(10), fixed=Money(500, "USD")), sale(10000), [1000]),
        (Terms(percent=Decimal("12.5")), sale(10), [1]),  # 1.25
        (Terms(percent=Decimal(15)), sale(10), [2]),  # 1.5 is rounded up
        (Terms(percent=Decimal(10)), sale(1000, currency="JPY"), [100]),
        (Terms(percent=Decimal("0.000001")), sale(10**12), [10**4]),
        # half of the sale went back
        (Terms(percent=Decimal(10), levels=percents("5")), sale(10000, refunded=5000), [500, 250]),
        (Terms(percent=Decimal(10), fixed=Money(500, "EUR")), sale(10000, refunded=2500), [1125]),
        (Terms(percent=Decimal(10), levels=percents("5")), sale(10000, refunded=10000), [0, 0]),
        # three times 0.5 comes to 1.5, which allows 2: the deepest level gives
        (Terms(levels=percents("5", "5", "5")), sale(10), [1, 1]),
        (Terms(levels=percents("5", "0", "5")), sale(1000), [50, 50]),
    ],
)
def test_what_a_sale_pays(terms: Terms, sold: Sale, expected: list[int]) -> None:
    assert amounts(reckon(terms, sold, CHAIN)) == expected


@pytest.mark.parametrize(
    ("turnover", "expected"), [(None, 1000), ("0", 1000), ("99.99", 1000), ("100", 1200), ("1000000", 1500)]
)
def test_a_tier_counts_from_its_turnover_on(turnover: str | None, expected: int) -> None:
    terms = Terms(percent=Decimal(10), tiers=tiers_of("250:15,100:12"))
    reached = Decimal(turnover) if turnover else None

    assert amounts(reckon(terms, sale(10000), CHAIN, reached)) == [expected]


@pytest.mark.parametrize(
    ("terms", "sold", "reason"),
    [
        (Terms(percent=Decimal(10), base="net"), sale(100), "net_unknown"),
        (Terms(percent=Decimal(10)), sale(0), "nothing_paid"),
        (Terms(percent=Decimal(10)), sale(100, test=True), "test_sale"),
        (Terms(), sale(100), "nobody_to_pay"),
        (Terms(percent=Decimal(1)), sale(10), "nobody_to_pay"),
        (Terms(percent=Decimal(10), renewals=0), sale(100, recurring=True), "renewal_not_paid"),
        (
            Terms(percent=Decimal(10), renewals=0),
            sale(100, recurring=True, recurring_number=2),
            "renewal_not_paid",
        ),
        (
            Terms(percent=Decimal(10), renewals=2),
            sale(100, recurring=True, recurring_number=4),
            "renewal_not_paid",
        ),
        (Terms(percent=Decimal(10), renewals=2), sale(100, recurring=True), "renewal_number_unknown"),
    ],
)
def test_what_pays_nothing_and_why(terms: Terms, sold: Sale, reason: str) -> None:
    result = reckon(terms, sold, CHAIN)

    assert (result.reason, result.lines) == (reason, ())


@pytest.mark.parametrize(
    ("renewals", "number"), [(None, None), (None, 99), (0, 1), (0, 0), (2, 1), (2, 3), (None, 1)]
)
def test_renewals_that_pay(renewals: int | None, number: int | None) -> None:
    sold = sale(100, recurring=True, recurring_number=number)

    assert amounts(reckon(Terms(percent=Decimal(10), renewals=renewals), sold, CHAIN)) == [10]


def who(terms: Terms, inactive: set[int]) -> list[tuple[str, int]]:
    chain = [Upline(one.id, one.code, at not in inactive) for at, one in enumerate(CHAIN)]
    return [(share.partner.code, share.level) for share in shares_of(terms, chain, "EUR")]


def test_inactive_partners_are_skipped() -> None:
    plain = Terms(percent=Decimal(10), levels=percents("3", "2", "1"))
    compressed = Terms(percent=Decimal(10), levels=percents("3", "2", "1"), compress=True)

    assert who(plain, set()) == [("P-1", 0), ("P-2", 1), ("P-3", 2), ("P-4", 3)]
    assert who(plain, {1}) == [("P-1", 0), ("P-3", 2), ("P-4", 3)]
    assert who(compressed, {1}) == [("P-1", 0), ("P-3", 1), ("P-4", 2), ("P-5", 3)]
    assert who(plain, {0, 3}) == [("P-2", 1), ("P-3", 2)]
    assert who(compressed, {0, 3}) == [("P-2", 1), ("P-3", 2), ("P-5", 3)]
    assert who(plain, set(range(11))) == []


def test_a_circle_of_sponsors_ends_where_it_closes() -> None:
    terms = Terms(percent=Decimal(10), levels=(Decimal(1),) * 10)
    circle = [CHAIN[0], CHAIN[1], CHAIN[2], CHAIN[0], CHAIN[1], CHAIN[2], CHAIN[0]]

    assert [share.partner.code for share in shares_of(terms, circle, "EUR")] == ["P-1", "P-2", "P-3"]


@pytest.mark.parametrize(
    "build",
    [
        lambda: Terms(percent=Decimal(101)),
        lambda: Terms(percent=Decimal(-1)),
        lambda: Terms(percent=Decimal("NaN")),
        lambda: Terms(percent=Decimal("0.0000001")),
        lambda: Terms(levels=(Decimal(1),) * 11),
        lambda: Terms(percent=Decimal(60), levels=percents("30", "20")),
        lambda: Terms(fixed=Money(-1, "EUR")),
        lambda: Terms(tiers=(Tier(turnover=Decimal(1), percent=Decimal(1)),) * 2),
        lambda: Terms(hold_days=-1),
        lambda: Terms(renewals=-1),
        lambda: rate_of("ten"),
        lambda: levels_of("5,x"),
        lambda: tiers_of("100"),
        lambda: reading.override_to_json(None, None, None),
    ],
)
def test_terms_that_cannot_be(build: Any) -> None:
    with pytest.raises(TermsError):
        build()


RATES = st.decimals(0, 9, places=3, allow_nan=False)
MONEY = st.integers(0, 5000)
TERMS = st.builds(
    Terms,
    percent=RATES,
    fixed=st.none() | st.builds(Money, MONEY, st.just("EUR")),
    levels=st.lists(RATES, max_size=10).map(tuple),
    base=st.sampled_from(reading.BASES),
    hold_days=st.integers(0, 60),
    renewals=st.none() | st.integers(0, 3),
    compress=st.booleans(),
)
CHAINS = st.lists(st.integers(1, 11), min_size=1, max_size=14).flatmap(
    lambda ids: st.lists(st.booleans(), min_size=len(ids), max_size=len(ids)).map(
        lambda active: [Upline(UUID(int=one), f"P-{one}", on) for one, on in zip(ids, active, strict=True)]
    )
)


@st.composite
def sales(draw: Any) -> Sale:
    gross = draw(st.integers(0, 30) | st.integers(0, 100_000))
    net = draw(st.none() | st.integers(0, gross))
    return sale(gross, net=net, refunded=draw(st.integers(0, gross)))


def rounded(value: Fraction) -> int:
    return int((Decimal(value.numerator) / value.denominator).to_integral_value(ROUND_HALF_UP))


@settings(deadline=None, max_examples=400)
@given(TERMS, sales(), CHAINS)
def test_no_sale_pays_more_than_its_plan(terms: Terms, sold: Sale, chain: list[Upline]) -> None:
    result = reckon(terms, sold, chain)
    total = sum(amounts(result))

    assert total <= result.allowed
    if result.reason is None:
        # Lines whose whole commission rounds to nothing are left out; the rest is within the plan.
        assert sum(line.credited for line in result.lines) >= total
        all_shares = shares_of(terms, chain, "EUR")
        rates = sum((Fraction(share.percent) for share in all_shares), Fraction()) / 100
        promised = (rates * result.base + sum(share.fixed for share in all_shares)) * Fraction(
            sold.gross - sold.refunded, sold.gross
        )
        assert total <= rounded(promised)
        assert all(0 <= line.amount <= line.credited for line in result.lines)


@settings(deadline=None, max_examples=300)
@given(TERMS, sales(), CHAINS)
def test_each_line_is_its_share_rounded_half_up_or_one_less(
    terms: Terms, sold: Sale, chain: list[Upline]
) -> None:
    result = reckon(terms, sold, chain)

    for line in result.lines:
        share = Fraction(line.share.percent) / 100 * result.base + line.share.fixed
        kept = share * Fraction(sold.gross - sold.refunded, sold.gross)
        assert line.amount in (min(rounded(kept), line.credited), rounded(kept) - 1)
        assert line.cut in (0, 1)


@settings(deadline=None, max_examples=200)
@given(TERMS, sales(), CHAINS)
def test_what_went_back_as_a_whole_leaves_nothing(terms: Terms, sold: Sale, chain: list[Upline]) -> None:
    gone = sale(sold.gross, net=sold.net, refunded=sold.gross)

    assert sum(amounts(reckon(terms, gone, chain))) == 0


@settings(deadline=None, max_examples=200)
@given(TERMS, sales(), CHAINS)
def test_nobody_is_paid_twice_or_beyond_the_levels(terms: Terms, sold: Sale, chain: list[Upline]) -> None:
    shares = shares_of(terms, chain, sold.currency)

    assert len({share.partner.id for share in shares}) == len(shares)
    assert [share.level for share in shares] == sorted({share.level for share in shares})
    assert all(share.partner.active and share.level <= len(terms.levels) for share in shares)


@settings(deadline=None)
@given(TERMS)
def test_terms_survive_their_json(terms: Terms) -> None:
    assert from_json(to_json(terms)) == terms


def test_overrides_win_field_by_field_in_the_stated_order() -> None:
    plan = Terms(percent=Decimal(10), tiers=tiers_of("100:12"), levels=percents("5"), hold_days=7)
    laid = overridden(
        plan,
        [
            ("product", "x", {"fixed": [100, "EUR"]}),
            ("campaign", "c", {"percent": "1", "levels": ["3"]}),
            ("partner", "p", {"percent": "2"}),
        ],
    )

    assert (laid.percent, laid.fixed, laid.levels) == (2, Money(100, "EUR"), percents("3"))
    assert (laid.tiers, laid.hold_days) == ((), 7)
    assert laid.sources == {"fixed": "product x", "percent": "partner p", "levels": "campaign c"}


@given(st.integers(0, 10**20), st.integers(1, 10**10))
def test_half_up_is_half_up(numerator: int, denominator: int) -> None:
    fraction = Fraction(numerator, denominator)
    floor = numerator // denominator

    assert half_up(numerator, denominator) == floor + (fraction - floor >= Fraction(1, 2))


KEY = (UUID(int=1), 0, "EUR")
LINE = UUID(int=9)


def written(kind: Any, status: Any, amount: int) -> tuple[Any, Written]:
    return KEY, Written(id=LINE, kind=kind, status=status, amount=amount)


@pytest.mark.parametrize(
    ("wanted", "lines", "change"),
    [
        (10, [], Add(KEY, "commission", "pending", 10)),
        (0, [], None),
        (10, [written("commission", "pending", 10)], None),
        (6, [written("commission", "pending", 10)], Adjust(KEY, LINE, "pending", 6)),
        (0, [written("commission", "pending", 10)], Adjust(KEY, LINE, "reversed", 0)),
        (10, [written("commission", "reversed", 0)], Adjust(KEY, LINE, "pending", 10)),
        (6, [written("commission", "matured", 10)], Add(KEY, "clawback", "matured", -4)),
        (0, [written("commission", "paid", 10)], Add(KEY, "clawback", "matured", -10)),
        (0, [written("commission", "paid", 10), written("clawback", "matured", -10)], None),
        (
            10,
            [written("commission", "paid", 10), written("clawback", "paid", -10)],
            Add(KEY, "restore", "matured", 10),
        ),
    ],
)
def test_the_difference_is_what_is_written(wanted: int, lines: Any, change: Any) -> None:
    assert settle({KEY: wanted} if wanted else {}, lines) == ([change] if change else [])


@pytest.mark.parametrize("currency", ["JPY", "EUR", "KWD"])
def test_amounts_are_in_the_currencys_own_minor_unit(currency: str) -> None:
    sold = sale(12345, currency=currency)

    (line,) = reckon(Terms(percent=Decimal(10)), sold, CHAIN).lines
    assert line.amount == 1235
    assert Money(line.amount, currency).amount.as_tuple().exponent == -exponent(currency)
