"""WooCommerce's own traps: what is paid, what is refunded, and amounts with parts of a cent."""

from decimal import Decimal

import pytest

import hub

PARTLY = "order.updated__partially-refunded"


def only(facts, kind):
    (found,) = (fact for fact in facts if isinstance(fact, kind))
    return found


def test_only_the_date_of_payment_makes_a_sale(parse, sample):
    """An order to be paid on delivery is *processing* and unpaid; only the date tells."""
    for status in ("processing", "completed", "on-hold", "refunded", "a-state-of-a-plugin"):
        unpaid = parse(sample(status=status, date_paid=None, date_paid_gmt=None))
        assert [type(fact) for fact in unpaid] == [hub.OrderChanged]
        assert only(parse(sample(status=status)), hub.TransactionCreated).external_id == "1873"


def test_refunds_are_told_one_by_one_with_the_time_of_the_version(parse, sample):
    (refund,) = (fact for fact in parse(sample(PARTLY)) if isinstance(fact, hub.TransactionRefunded))
    assert (refund.external_id, refund.refers_to) == ("refund:1891", ("1873",))
    assert (refund.amount, refund.reason) == (hub.Money(1495, "EUR"), "Glas zerbrochen")
    assert refund.occurred_at.isoformat() == "2026-05-28T07:30:05+00:00"


@pytest.mark.parametrize("total", ["14.95", "1.234", "-", None])
def test_impossible_refunds_are_refused(total, parse, sample):
    with pytest.raises(hub.PayloadError):
        parse(sample(PARTLY, refunds=[{"id": 1, "total": total}]))


def test_a_refund_of_nothing_is_no_news(parse, sample):
    refunds = [{"id": 1, "reason": "", "total": "-0.00"}]
    assert not any(
        isinstance(fact, hub.TransactionRefunded) for fact in parse(sample(PARTLY, refunds=refunds))
    )


def test_parts_of_a_cent_are_rounded_once_and_the_positions_make_the_total(parse, sample):
    order = only(parse(sample("order.updated__two-tax-rates")), hub.OrderChanged)
    assert [line.total.minor for line in order.lines] == [8990, 4078, 490, -100]
    assert sum(line.total.minor for line in order.lines) == order.total.minor
    taxes = [item["taxes"] for item in order.extra["line_taxes"]]
    assert taxes[1] == [{"id": 5, "total": "2.66805", "subtotal": "2.66805"}]


def test_a_rate_is_told_if_there_is_one(parse, sample):
    assert only(parse(sample()), hub.TransactionCreated).tax_rate == Decimal(19)
    assert only(parse(sample("order.updated__two-tax-rates")), hub.TransactionCreated).tax_rate is None


def test_names_are_read_as_people_see_them(parse, sample):
    order = only(parse(sample()), hub.OrderChanged)
    assert [line.name for line in order.lines] == ["Kaffeemühle Nora", "Ersatzglas – 250 ml", "DHL Paket"]
    assert [line.product_id for line in order.lines] == ["210", "215", None]


@pytest.mark.parametrize(
    ("name", "settings", "code"),
    [
        ("order.updated__paid", {}, "P-001"),
        ("order.updated__paid", {"partner_field": "affiliate"}, None),
        ("order.updated__paid", {"partner_source": "none"}, None),
        ("order.updated__guest-coupon", {"partner_source": "coupon"}, "anna10"),
        ("order.updated__guest-coupon", {}, None),
    ],
)
def test_the_partner_stands_where_the_shop_says(name, settings, code, parse, sample):
    assert only(parse(sample(name), **settings), hub.TransactionCreated).partner_code == code


def test_an_odd_partner_does_not_cost_the_sale(parse, sample):
    meta = [{"id": 1, "key": "ref", "value": {"nested": True}}]
    assert only(parse(sample(meta_data=meta)), hub.TransactionCreated).partner_code is None


def test_times_without_offset_are_utc(parse, sample):
    for text in ("2026-05-21T08:02:41", "2026-05-21T08:02:41Z"):
        order = only(parse(sample(date_modified_gmt=text)), hub.OrderChanged)
        assert order.changed_at.isoformat() == "2026-05-21T08:02:41+00:00"
    for text in (None, "", "yesterday", "2026-05-21T08:02:41+02:00"):
        with pytest.raises(hub.PayloadError):
            parse(sample(date_modified_gmt=text))


def test_what_is_no_order_is_refused(parse):
    for body in ({"id": 5}, {"id": 5, "price": "9.90", "status": "publish"}):
        with pytest.raises(hub.PayloadError) as caught:
            parse(body)
        assert caught.value.code == "topic_mismatch"


def test_orders_of_another_shop_are_refused_by_their_signed_link(parse, sample):
    assert parse(sample(), shop_url="https://muehle-und-korn.example/")
    with pytest.raises(hub.ForbiddenError) as caught:
        parse(sample(), shop_url="https://other.example")
    assert caught.value.code == "other_shop"
