"""How a sale stands after refunds and disputes, in whatever order and however often they are told."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hub
from hub.records.applying.standing import Reverse, TransactionStatus, standing

AT = datetime(2026, 5, 1, tzinfo=UTC)
GROSS = 10_000

REFUND_STATES = ("pending", "succeeded", "failed")
DISPUTE_STATES = ("open", "won", "lost")

amounts = st.integers(min_value=0, max_value=2 * GROSS)
refunds = st.builds(Reverse, st.just("refund"), st.sampled_from(REFUND_STATES), amounts, st.booleans())
disputes = st.builds(Reverse, st.just("dispute"), st.sampled_from(DISPUTE_STATES), amounts)


@given(st.lists(refunds | disputes, max_size=8), st.booleans(), st.randoms(use_true_random=False))
def test_the_order_means_nothing_and_no_more_than_the_sale_goes_back(
    reverses: list[Reverse], assigned: bool, random: Any
) -> None:
    shuffled = list(reverses)
    random.shuffle(shuffled)
    stands = standing(GROSS, assigned, reverses)

    assert standing(GROSS, assigned, shuffled) == stands
    assert 0 <= stands.refunded <= GROSS
    assert isinstance(stands.status, TransactionStatus)


def refund(amount: int, status: str = "succeeded", *, cumulative: bool = False) -> Reverse:
    return Reverse("refund", status, amount, cumulative)


def dispute(status: str, amount: int = GROSS) -> Reverse:
    return Reverse("dispute", status, amount)


CASES = {
    "nothing": ([], 0, "completed"),
    "a part": ([refund(1000)], 1000, "partially_refunded"),
    "two parts": ([refund(1000), refund(500)], 1500, "partially_refunded"),
    "all in parts": ([refund(4000), refund(6000)], GROSS, "refunded"),
    "all at once": ([refund(GROSS)], GROSS, "refunded"),
    "more than all": ([refund(GROSS), refund(1)], GROSS, "refunded"),
    "pending counts": ([refund(1000, "pending")], 1000, "partially_refunded"),
    "failed is taken back": ([refund(1000, "failed")], 0, "completed"),
    "one of two failed": ([refund(1000, "failed"), refund(500)], 500, "partially_refunded"),
    "a running total": ([refund(1000, cumulative=True)], 1000, "partially_refunded"),
    "a growing running total": (
        [refund(1000, cumulative=True), refund(3000, cumulative=True)],
        3000,
        "partially_refunded",
    ),
    "told both ways": ([refund(1000, cumulative=True), refund(1000)], 1000, "partially_refunded"),
    "a total with a failed part": (
        [refund(1500, cumulative=True), refund(500, "failed"), refund(1000)],
        1000,
        "partially_refunded",
    ),
    "a whole refund that failed": ([refund(GROSS, "failed", cumulative=True)], 0, "completed"),
    "a dispute is open": ([dispute("open")], 0, "disputed"),
    "a dispute is won": ([dispute("won")], 0, "completed"),
    "a dispute is lost": ([dispute("lost")], GROSS, "charged_back"),
    "a part is lost": ([dispute("lost", 4000)], 4000, "charged_back"),
    "refunded in part, then lost": ([refund(4000), dispute("lost")], GROSS, "charged_back"),
    "refunded in part, then won": ([refund(4000), dispute("won")], 4000, "partially_refunded"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_sale_stands_as_its_reversals_say(case: str) -> None:
    reverses, back, status = CASES[case]

    assert standing(GROSS, True, reverses) == standing(GROSS, True, reverses[::-1])
    stands = standing(GROSS, True, reverses)
    assert (stands.refunded, stands.status) == (back, status)


def test_a_sale_without_partner_is_unassigned_until_something_goes_back() -> None:
    assert standing(GROSS, False, []).status == "unassigned"
    assert standing(GROSS, False, [refund(1)]).status == "partially_refunded"


def test_a_free_sale_can_be_refunded() -> None:
    assert standing(0, True, [refund(0)]).status == "refunded"
    assert standing(0, True, []).status == "completed"


# A refund or a dispute is told several times under its id; its amount is always the same, and a
# final state is never followed by another one.
told_refunds = st.lists(
    st.tuples(st.integers(0, 6000), st.sampled_from([("succeeded",), ("pending", "failed"), ("pending",)])),
    max_size=3,
)
told_disputes = st.lists(
    st.tuples(st.integers(0, 6000), st.sampled_from([("open",), ("open", "won"), ("open", "lost")])),
    max_size=2,
)
totals = st.lists(st.integers(0, GROSS), max_size=3)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told_refunds, told_disputes, totals, st.randoms(use_true_random=False))
def test_any_order_with_repetitions_ends_in_the_same_standing(
    site: Any,
    told_refunds: list[tuple[int, tuple[str, ...]]],
    told_disputes: list[tuple[int, tuple[str, ...]]],
    totals: list[int],
    random: Any,
) -> None:
    stands = []
    for _ in range(2):
        sale = uuid4().hex
        facts: list[hub.Fact] = [
            *(_refunded(sale, n, amount, one) for n, (amount, s) in enumerate(told_refunds) for one in s),
            *(_disputed(sale, n, amount, one) for n, (amount, s) in enumerate(told_disputes) for one in s),
            *(_total(sale, amount) for amount in totals),
        ]
        facts += random.choices(facts, k=2) if facts else []
        random.shuffle(facts)
        facts.insert(
            random.randint(0, len(facts)),
            hub.TransactionCreated(
                external_id=sale, gross=hub.Money(GROSS, "EUR"), occurred_at=AT, partner_code="P-1"
            ),
        )
        for fact in facts:
            assert site.tell(fact).status_code in {200, 202}
        (row,) = (row for row in site.records("transactions") if row["external_id"] == sale)
        stands.append((row["refunded_minor"], row["status"]))

    assert stands[0] == stands[1]


def _refunded(sale: str, number: int, amount: int, status: Any) -> hub.Fact:
    return hub.TransactionRefunded(
        external_id=f"{sale}-r{number}",
        refers_to=(sale,),
        amount=hub.Money(amount, "EUR"),
        status=status,
        occurred_at=AT,
    )


def _total(sale: str, amount: int) -> hub.Fact:
    return hub.TransactionRefunded(
        external_id=f"{sale}-total",
        refers_to=(sale,),
        amount=hub.Money(amount, "EUR"),
        cumulative=True,
        occurred_at=AT,
    )


def _disputed(sale: str, number: int, amount: int, status: Any) -> hub.Fact:
    return hub.TransactionDisputed(
        external_id=f"{sale}-d{number}",
        refers_to=(sale,),
        amount=hub.Money(amount, "EUR"),
        status=status,
        occurred_at=AT,
    )


def test_a_refund_in_the_sales_second_currency_counts_as_its_share(site: Any) -> None:
    eur, usd = hub.Money(10_000, "EUR"), hub.Money(11_000, "USD")
    site.tell(hub.TransactionCreated(external_id="t", gross=eur, other_gross=usd, occurred_at=AT))
    site.tell(
        hub.TransactionRefunded(
            external_id="r", refers_to=("t",), amount=hub.Money(3_333, "USD"), occurred_at=AT
        )
    )

    assert site.record("transactions")["refunded_minor"] == 3_030
    assert site.record("reversals")["told"] == hub.Money(3_333, "USD").amount
