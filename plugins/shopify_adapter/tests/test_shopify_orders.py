"""What an order's members become, beyond the samples."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

import hub

PAID = "orders.paid__standard"


@pytest.fixture
def sale(parse, sample):
    """The sale of a paid order with these members changed, under these settings."""

    def run(settings=None, name=PAID, **changes):
        return parse("orders/paid", sample(name, **changes), **(settings or {}))[-1]

    return run


def test_ids_beyond_double_precision_stay_exact(sale):
    assert sale(id=820982911946154508).external_id == "820982911946154508"


def test_shop_currency_counts_unless_the_tenant_says_otherwise(parse, sample):
    body = sample("orders.paid__presentment-currency")
    order, sold = parse("orders/paid", body)
    assert (sold.gross, sold.other_gross) == (hub.Money(8990, "EUR"), hub.Money(9840, "USD"))
    order, sold = parse("orders/paid", body, currency="presentment")
    assert (sold.gross, sold.other_gross) == (hub.Money(9840, "USD"), hub.Money(8990, "EUR"))
    assert (sold.tax, sold.net) == (hub.Money(0, "USD"), hub.Money(9840, "USD"))
    assert (order.total, order.lines[0].unit_price) == (hub.Money(9840, "USD"), hub.Money(9840, "USD"))


def test_with_one_currency_both_choices_are_the_same(sale):
    assert sale({"currency": "presentment"}) == sale()
    assert sale().other_gross is None
    old = dict.fromkeys(("presentment_currency", "total_price_set", "total_tax_set"), ...)
    assert sale({"currency": "presentment"}, **old).gross == hub.Money(12470, "EUR")


def test_a_second_currency_without_amounts_is_refused_only_if_it_counts(parse, sample):
    body = sample("orders.paid__presentment-currency", total_price_set=...)
    assert parse("orders/paid", body)[1].other_gross is None
    with pytest.raises(hub.PayloadError) as caught:
        parse("orders/paid", body, currency="presentment")
    assert caught.value.path.startswith("total_price_set.presentment_money")


def test_a_second_currency_unknown_to_iso_4217_loses_no_sale(sale):
    both = {
        "shop_money": {"amount": "124.70", "currency_code": "EUR"},
        "presentment_money": {"amount": "105.00", "currency_code": "JEP"},
    }
    assert sale(presentment_currency="JEP", total_price_set=both).other_gross is None


def test_yen_have_no_decimals(sale):
    sold = sale(name="orders.paid__jpy")
    assert (sold.gross, sold.net) == (hub.Money(23600, "JPY"), hub.Money(21455, "JPY"))


@pytest.mark.parametrize("amount", ["-1.00", "1.234", "NaN", "1e30", "", None, True, {}])
def test_an_impossible_total_is_refused(amount, sale):
    with pytest.raises(hub.PayloadError) as caught:
        sale(total_price=amount)
    assert caught.value.path == "total_price"


def test_tax_above_the_total_is_refused(sale):
    with pytest.raises(hub.PayloadError) as caught:
        sale(total_tax="124.71")
    assert caught.value.path == "total_tax"


def test_unknown_tax_stays_unknown(sale):
    sold = sale(total_tax=None, tax_lines=[])
    assert (sold.tax, sold.net, sold.tax_rate) == (None, None, None)


@pytest.mark.parametrize(
    ("rates", "expected"),
    [([0.19], "19.00"), ([0.06, 0.06], "6.00"), ([0.19, 0.07], None), ([], None), ([None], None)],
)
def test_a_rate_is_told_if_it_is_the_only_one(rates, expected, sale):
    rate = sale(tax_lines=[{"rate": rate} for rate in rates]).tax_rate
    assert rate == (None if expected is None else Decimal(expected))


def test_a_rate_beyond_a_hundred_percent_is_refused(sale):
    with pytest.raises(hub.PayloadError):
        sale(tax_lines=[{"rate": 19}])


def test_the_sale_is_of_the_day_it_was_processed(sale):
    assert sale().occurred_at == datetime(2026, 5, 21, 8, 2, 7, tzinfo=UTC)
    assert sale(processed_at=None).occurred_at == datetime(2026, 5, 21, 8, 2, 9, tzinfo=UTC)


def test_email_is_taken_where_there_is_one_and_never_refused(sale):
    assert sale(email="").customer.email == "erika.musterfrau@example.com"
    assert sale(email=None, contact_email=None).customer.email == "erika.musterfrau@example.com"
    assert sale(email="no address at all").customer.email == "no address at all"


def test_names_come_from_the_customer_else_from_the_bill(sale):
    billed = {"first_name": "Bo", "last_name": "Rechnung", "name": "Bo Rechnung"}
    known = sale(billing_address=billed).customer
    guest = sale(billing_address=billed, customer=...).customer
    assert (known.first_name, known.last_name, known.name) == ("Erika", "Musterfrau", None)
    assert (guest.first_name, guest.last_name, guest.name) == ("Bo", "Rechnung", "Bo Rechnung")


def test_a_sale_at_the_till_has_no_customer(sale):
    assert sale(name="orders.paid__guest").customer is None


def test_the_product_is_told_if_the_order_is_about_one(sale):
    def line(product_id, name, **more):
        return {"product_id": product_id, "name": name, "quantity": 1, "price": "1.00", **more}

    one = sale(line_items=[line(7, "Cup – red"), line(7, "Cup – blue")])
    two = sale(line_items=[line(7, "Cup"), line(8, "Pot")])
    custom = sale(line_items=[line(None, "", title="Engraving")])
    assert (one.product_id, one.product_name) == ("7", None)
    assert (two.product_id, two.product_name) == (None, None)
    assert (custom.product_id, custom.product_name) == (None, "Engraving")
    assert sale(line_items=[]).product_name is None


def test_a_very_long_name_is_cut_not_refused(sale):
    line = {"name": "x" * 2000, "quantity": 1, "price": "1.00"}
    assert len(sale(line_items=[line]).product_name) == 500


@pytest.mark.parametrize(
    "changes",
    [
        {"source_name": "subscription_contract"},
        {"line_items": [{"name": "a", "quantity": 1, "selling_plan_allocation": {}}]},
    ],
)
def test_orders_of_subscription_apps_recur(changes, sale):
    assert sale(**changes).recurring
    assert not sale().recurring


@pytest.mark.parametrize(
    ("source", "field", "expected"),
    [
        ("none", "ref", None),
        ("note_attribute", "ref", "P-001"),
        ("note_attribute", "partner", None),
        ("landing_page", "ref", "P-002"),
        ("landing_page", "aff", None),
        ("discount_code", "ref", "ANNA10"),
    ],
)
def test_partner_stands_where_the_settings_say(source, field, expected, sale):
    changes = {"landing_site": "/p?ref=P-002&utm_campaign=mai", "discount_codes": [{"code": "ANNA10"}]}
    sold = sale({"partner_source": source, "partner_field": field}, **changes)
    assert (sold.partner_code, sold.campaign) == (expected, "mai")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://shop.example/a/b?x=1&ref=P%2D3#top", "P-3"),
        ("?ref=%20P-4%20", "P-4"),
        ("/?ref=a%00b", "a\ufffdb"),
        ("/?ref=%ff", "\ufffd"),
        ("/?ref=" + "9" * 400, "9" * 255),
        ("/?ref=", None),
        ("http://[::bad?ref=P-5", None),
        ("\ufffd\ufffd garbage", None),
        ("/" + "x" * 20_000, None),
        ("", None),
        (None, None),
        (17, None),
        ({"ref": "P-6"}, None),
    ],
)
def test_a_landing_page_may_be_anything(address, expected, sale):
    assert sale({"partner_source": "landing_page"}, landing_site=address).partner_code == expected


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ([{"name": "ref", "value": 1001}], "1001"),
        ([{"name": "x" * 900, "value": "y"}, {"name": "ref", "value": " P-7 "}], "P-7"),
        ([{"name": "ref", "value": None}], None),
        ([{"name": "ref", "value": True}], None),
        ([{"name": "ref", "value": "x" * 300}], None),
        ([{"name": "ref"}], None),
        (["ref"], None),
        ({"ref": "P-1"}, None),
        (None, None),
    ],
)
def test_an_odd_note_attribute_loses_no_sale(attributes, expected, sale):
    assert sale(note_attributes=attributes).partner_code == expected


def test_the_sender_s_further_fields_are_kept_as_they_are(sale):
    extra = sale(tags="VIP", note="Bitte klingeln").extra
    assert (extra["tags"], extra["note"]) == ("VIP", "Bitte klingeln")
    assert extra["note_attributes"] == [{"name": "ref", "value": "P-001"}]
    assert extra["total_price_set"]["presentment_money"]["amount"] == "124.70"
    assert "discount_codes" not in extra
    assert "order_status_url" not in extra


def test_the_sale_has_its_graphql_id_as_a_reference(sale):
    assert sale().references == ("gid://shopify/Order/6120034518273",)
    assert sale(admin_graphql_api_id=...).references == ()


def test_a_cancelled_order_says_so_in_every_later_version(parse, sample):
    cancelled, changed = parse("orders/updated", sample("orders.updated__cancelled"))
    assert isinstance(cancelled, hub.OrderCancelled)
    assert isinstance(changed, hub.OrderChanged)
    assert cancelled.reason == "inventory"
    assert cancelled.changed_at == datetime(2026, 5, 27, 9, tzinfo=UTC)
    assert changed.changed_at == datetime(2026, 5, 27, 9, 0, 2, tzinfo=UTC)


def test_a_cancellation_is_the_same_in_every_version(parse, sample):
    def cancelled(topic, name, **changes):
        return parse(topic, sample(name, **changes))[0]

    told = cancelled("orders/cancelled", "orders.cancelled__standard")
    assert told == cancelled("orders/updated", "orders.updated__cancelled")
    later = cancelled("orders/updated", "orders.updated__cancelled", updated_at="2026-05-29T08:00:00Z")
    assert told == later


def test_an_order_paid_after_it_was_cancelled_is_a_sale_all_the_same(parse, sample):
    facts = parse("orders/paid", sample("orders.cancelled__standard", financial_status="refunded"))
    assert [type(fact) for fact in facts] == [hub.OrderCancelled, hub.OrderChanged, hub.TransactionCreated]
