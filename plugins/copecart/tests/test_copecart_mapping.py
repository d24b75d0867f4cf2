"""What CopeCart and COPE say, and what they leave open."""

from datetime import UTC, datetime

import pytest
from hub_copecart.manifest import manifest

import hub


@pytest.mark.parametrize("written", ["119.0", 119.0, 119, "-119.0", -119])
def test_numbers_may_be_texts_and_refunds_below_zero(parse, written):
    (refund,) = parse("payment.refunded__full", transaction_amount=written)
    assert refund.amount == hub.Money(11900, "EUR")


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({}, datetime(2026, 5, 21, 8, 2, 15, tzinfo=UTC)),
        ({"transaction_processed_at": None}, datetime(2026, 5, 21, 8, 2, 11, tzinfo=UTC)),
        ({"transaction_processed_at": "2026-01-21 10:02:15"}, datetime(2026, 1, 21, 9, 2, 15, tzinfo=UTC)),
        (
            {"transaction_processed_at": None, "transaction_date": None},
            datetime(2026, 7, 1, 12, tzinfo=UTC),
        ),
    ],
)
def test_a_time_without_its_offset_is_german(parse, changes, at):
    (sale,) = parse("payment.made__single", **changes)
    assert sale.occurred_at == at


@pytest.mark.parametrize(
    ("changes", "keys"),
    [
        ({}, ("order:Qh7TzL2m:k9p2l4xv:1",)),
        ({"rate_number": None}, ("order:Qh7TzL2m:k9p2l4xv",)),
        ({"product_id": None}, ("order:Qh7TzL2m",)),
    ],
)
def test_a_refund_names_its_sale_as_exactly_as_it_can(parse, changes, keys):
    (refund,) = parse("payment.refunded__full", **changes)
    (sale,) = parse("payment.made__single")
    assert refund.refers_to == keys
    assert set(keys) <= set(sale.references)


@pytest.mark.parametrize("name", ["payment.refunded__full", "payment.charged_back__first"])
def test_without_an_order_it_is_refused(parse, name):
    with pytest.raises(hub.PayloadError, match="order_id"):
        parse(name, order_id=None)


def test_a_refund_that_failed_moved_no_money(parse):
    assert parse("payment.refunded__failed") == []


@pytest.mark.parametrize(
    ("plan", "rate", "told"),
    [
        ("one_time_payment", 1, (False, None)),
        ("breakdown_payment", 2, (False, None)),
        ("abonnement", 3, (True, 3)),
    ],
)
def test_a_subscription_is_recurring_and_an_instalment_is_not(parse, plan, rate, told):
    (sale,) = parse("payment.made__single", payment_plan=plan, rate_number=rate)
    assert (sale.recurring, sale.recurring_number) == told


@pytest.mark.parametrize(
    "changes", [{"test_payment": True}, {"payment_method": "test"}, {"payment_status": "test_paid"}]
)
def test_a_test_payment_is_one(parse, changes):
    (sale,) = parse("payment.made__single", **changes)
    assert sale.test


def test_no_field_is_lost_but_the_buyer_s_own(parse):
    (sale,) = parse("payment.made__single", neues_feld={"a": 1}, buyer_neu="x")
    assert sale.extra["neues_feld"] == {"a": 1}
    assert not [name for name in sale.extra if name.startswith("buyer")]


def test_tax_is_not_guessed(parse):
    (sale,) = parse("payment.made__single", transaction_vat_amount=None)
    assert (sale.net, sale.tax, sale.tax_rate) == (None, None, None)


def test_cope_s_data_may_stand_at_the_top(parse):
    (sale,) = parse("payment.sale.succeeded__flat")
    assert (sale.gross, sale.tax, sale.partner_code) == (
        hub.Money(4900, "EUR"),
        hub.Money(782, "EUR"),
        "P-001",
    )


def test_cope_s_refund_of_a_renewal_is_not_taken_from_the_first_payment(parse):
    (refund,) = parse("payment.refund.created__early")
    assert refund.refers_to == ("5a3c0000-0000-4000-8000-0000000000d1:1",)
    (nameless,) = parse("payment.refund.created__early", line_items=[])
    assert nameless.refers_to == ("5a3c0000-0000-4000-8000-0000000000d1",)


def test_a_chargeback_of_nothing_is_refused(parse):
    with pytest.raises(hub.PayloadError, match="order"):
        parse("payment.chargeback.created__by-payment", correlation_id=...)


def test_several_positions_are_one_sale_without_a_product(parse):
    (one,) = parse("payment.sale.succeeded__single")
    (sale,) = parse("payment.sale.succeeded__single", line_items=[*one.extra["line_items"]] * 2)
    assert (sale.gross, sale.product_id, sale.tax_rate) == (one.gross, None, None)


def test_a_failed_and_a_successful_refund_are_two_events(received):
    bodies = (
        b'{"event_type": "payment.refunded", "transaction_id": "t", "payment_status": "%s"}' % status
        for status in (b"failed_refunded", b"successed_refunded")
    )
    assert len({manifest.event_key(received(body)) for body in bodies}) == 2


@pytest.mark.parametrize(
    "body",
    [
        b'{"type": "cope.x", "data": {"event_type": "payment.refund.created"}}',
        b'{"event_type": "payment.refund.created", "data": {}}',
        b'{"type": "payment.refund.created", "data": {}}',
    ],
)
def test_the_type_is_found_wherever_cope_writes_it(received, body):
    assert manifest.event_type(received(body)) == "payment.refund.created"
