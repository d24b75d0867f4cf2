"""Refunds: the money that went back, and nothing else. Privacy requests: one a day."""

from datetime import timedelta

import pytest

import hub

PARTIAL = "refunds.create__partial"


def payment(amount="10.00", currency="EUR", kind="refund", status="success"):
    return {"id": 1, "kind": kind, "status": status, "amount": amount, "currency": currency}


@pytest.fixture
def refund(parse, sample):
    def run(*payments, **changes):
        return list(parse("refunds/create", sample(PARTIAL, transactions=list(payments), **changes)))

    return run


def test_successful_refunds_are_added_up(refund):
    others = payment(status="pending"), payment(status="failure"), payment(kind="void")
    (fact,) = refund(payment("0.10"), payment("0.20"), *others)
    assert fact.amount == hub.Money(30, "EUR")
    assert not fact.cumulative
    assert (fact.external_id, fact.refers_to) == ("refund:931200456", ("6120034518273",))


@pytest.mark.parametrize(
    "payments", [[], [payment(status="pending")], [payment(kind="sale")], [payment("0.00")]]
)
def test_without_money_there_is_no_fact(payments, refund):
    assert refund(*payments) == []


def test_positions_never_count_as_money(refund):
    positions = [{"quantity": 1, "subtotal": 391.33, "total_tax": 7.96}]
    (fact,) = refund(payment("209.00"), refund_line_items=positions)
    assert fact.amount == hub.Money(20900, "EUR")


@pytest.mark.parametrize(
    "payments",
    [
        [payment(), payment(currency="USD")],
        [payment("-5.00")],
        [payment("1.234")],
        [payment(currency="")],
        [payment(currency="XX")],
        [payment("9999999999999.00")] * 2,
        ["refund"],
        [{"kind": "refund"}],
    ],
)
def test_impossible_payments_are_refused(payments, refund):
    with pytest.raises(hub.PayloadError):
        refund(*payments)


def test_ids_beyond_double_precision_stay_exact(refund):
    (fact,) = refund(payment(), id=929361471999888777, order_id=820982911946154508)
    assert (fact.external_id, fact.refers_to) == ("refund:929361471999888777", ("820982911946154508",))


def test_privacy_requests_are_due_in_thirty_days(parse, sample):
    access = parse("customers/data_request", sample("customers.data_request__standard"))[0]
    customer = parse("customers/redact", sample("customers.redact__standard"))[0]
    shop = parse("shop/redact", sample("shop.redact__standard"))[0]
    assert [fact.kind for fact in (access, customer, shop)] == ["access", "erase_customer", "erase_shop"]
    assert {fact.due_at.isoformat() for fact in (access, customer, shop)} == {"2026-07-01T12:00:00+00:00"}
    assert access.orders == customer.orders == ("6120034518273", "6120034731265")
    assert len({access.external_id, customer.external_id, shop.external_id}) == 3


def test_a_customer_without_orders_can_be_erased(parse, sample):
    for orders in ([], None, ...):
        body = sample("customers.redact__standard", orders_to_redact=orders)
        assert parse("customers/redact", body)[0].orders == ()


def test_erasures_of_different_customers_are_different_requests(parse, sample):
    first = parse("customers/redact", sample("customers.redact__standard"))[0]
    other = parse("customers/redact", sample("customers.redact__standard", customer={"id": 5}))[0]
    assert first.external_id != other.external_id
    assert first.due_at - other.due_at == timedelta(0)
