"""Requests to facts: the samples, and what a sender may get wrong."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hub_custom_webhook import plugin

import hub
from hub.registry.fixtures import fixtures_of

FIXTURES = fixtures_of(plugin)

SALE = {"event": "transaction.created", "externalId": "tx-1", "grossAmount": "199.00", "currency": "EUR"}
REFUND = {"event": "transaction.refunded", "externalId": "tx-1"}


@pytest.fixture
def parse(custom_request, custom_connection):
    def parse(fields, **more):
        body = fields if isinstance(fields, bytes) else json.dumps({**fields, **more}).encode()
        (fact,) = plugin.parse(custom_request(body), custom_connection)
        return fact

    return parse


@pytest.fixture
def refused(parse):
    """Code and path with which a body is refused."""

    def refused(fields, **more):
        with pytest.raises(hub.PayloadError) as caught:
            parse(fields, **more)
        return caught.value.code, caught.value.path

    return refused


def sale_of(amount):
    """A sale whose amount is written as given, before any encoder could touch it."""
    return (
        b'{"event": "transaction.created", "externalId": "tx-1", "currency": "EUR", "grossAmount": %s}'
        % amount.encode()
    )


def test_there_is_a_sample_of_every_event():
    assert {fixture.event for fixture in FIXTURES.values()} == set(plugin.manifest.events)


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ('"199.00"', 19900),
        ("199.00", 19900),
        ("199", 19900),
        ("0.07", 7),
        ("1.1e1", 1100),
        ("0", 0),
        ("59.980000000000004", 5998),  # 3 * 19.99 + 0.01 as a float says it
        ("9999999999999.99", 999999999999999),
    ],
)
def test_amount_is_exact(parse, written, minor):
    assert parse(sale_of(written)).gross == hub.Money(minor, "EUR")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("-0.01", "invalid_amount"),
        ('"-199.00"', "invalid_amount"),
        ("199.001", "invalid_amount"),
        ("10000000000000.00", "invalid_amount"),
        ("1e30", "invalid_amount"),
        ("1" + "0" * 400, "invalid_amount"),
        ("1e999999999", "number_out_of_range"),
        ("9" * 5000, "number_out_of_range"),
        ("0." + "1" * 5000, "number_out_of_range"),
        ('"1e999999999"', "out_of_range"),
        ('"Infinity"', "wrong_type"),
        ('"NaN"', "wrong_type"),
        ('"199,00"', "wrong_type"),
        ('"1_000"', "wrong_type"),
        ("true", "wrong_type"),
        ("[199]", "wrong_type"),
        ("null", "missing_field"),
        ('""', "wrong_type"),
    ],
)
def test_absurd_amount_is_refused(refused, written, code):
    assert refused(sale_of(written))[0] == code


@pytest.mark.parametrize("name", ["netAmount", "taxAmount"])
def test_parts_of_the_amount_are_no_less_exact(parse, refused, name):
    assert refused(SALE, **{name: "-1"}) == ("invalid_amount", name)
    assert refused(SALE, **{name: "1.001"}) == ("invalid_amount", name)
    assert parse(SALE, **{name: "31.77"}).tax == (hub.Money(3177, "EUR") if name == "taxAmount" else None)


def test_decimals_follow_the_currency(parse, refused):
    assert parse(SALE, currency="jpy", grossAmount=199).gross == hub.Money(199, "JPY")
    assert parse(SALE, currency="KWD", grossAmount="1.234").gross == hub.Money(1234, "KWD")
    assert refused(SALE, currency="JPY", grossAmount="199.50") == ("invalid_amount", "grossAmount")


@pytest.mark.parametrize("currency", ["EURO", "€", "XXX", "ZZZ", "EU", "e" * 20])
def test_unknown_currency_is_refused(refused, currency):
    assert refused(SALE, currency=currency) == ("unknown_currency", "currency")


@pytest.mark.parametrize("name", ["externalId", "grossAmount", "currency"])
def test_sale_needs_its_fields(refused, name):
    fields = {key: value for key, value in SALE.items() if key != name}
    assert refused(fields) == ("missing_field", name)


@pytest.mark.parametrize("tax_rate", ["-1", "100.01", 1900])
def test_tax_rate_is_a_percentage(parse, refused, tax_rate):
    assert refused(SALE, taxRate=tax_rate) == ("wrong_type", "taxRate")
    assert parse(SALE, taxRate="7.7").tax_rate == Decimal("7.7")


def test_nothing_is_guessed(parse):
    sale = parse(SALE)
    assert (sale.net, sale.tax, sale.tax_rate, sale.partner_code, sale.customer) == (None,) * 5


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-05-21T10:00:00Z", datetime(2026, 5, 21, 10, tzinfo=UTC)),
        ("2026-05-21T12:00:00+02:00", datetime(2026, 5, 21, 10, tzinfo=UTC)),
        ("2026-05-21T10:00:00.123456789Z", datetime(2026, 5, 21, 10, 0, 0, 123456, tzinfo=UTC)),
        (None, datetime(2026, 6, 1, 12, tzinfo=UTC)),
        ("", datetime(2026, 6, 1, 12, tzinfo=UTC)),
    ],
)
def test_date_is_kept_in_utc(parse, written, expected):
    assert parse(SALE, transactionDate=written).occurred_at == expected
    assert parse(REFUND, transactionDate=written).occurred_at == expected


@pytest.mark.parametrize(
    "written",
    ["2026-05-21T10:00:00", "2026-05-21", "21.05.2026", "gestern", 1779357600, "2026-02-30T10:00:00Z", {}],
)
def test_date_without_offset_or_sense_is_refused(refused, written):
    assert refused(SALE, transactionDate=written) == ("wrong_type", "transactionDate")


@pytest.mark.parametrize("number", [2**53 + 1, 2**64 + 1, 10**30 + 1])
def test_big_ids_lose_no_digit(parse, custom_request, number):
    sale = parse(SALE, externalId=number, partnerId=number, productId=number)
    assert (sale.external_id, sale.partner_code, sale.product_id) == (str(number),) * 3
    assert parse(REFUND, externalId=number).refers_to == (str(number),)
    inbound = custom_request(json.dumps({**SALE, "externalId": number}).encode())
    assert plugin.manifest.event_key(inbound) == f"transaction.created:{number}"


@pytest.mark.parametrize("wrong", ["", None, 1.5, True, ["tx-1"], "x" * 256, 10**255])
def test_id_must_be_one(refused, wrong):
    assert refused(SALE, externalId=wrong)[1] == "externalId"
    assert refused(REFUND, externalId=wrong)[1] == "externalId"


@pytest.mark.parametrize("wrong", ["true", "false", 0, 1, [], {}])
def test_is_recurring_must_be_true_or_false(refused, wrong):
    assert refused(SALE, isRecurring=wrong) == ("wrong_type", "isRecurring")


@pytest.mark.parametrize("wrong", [1.5, -1, 10**9, "eins", True])
def test_recurring_number_must_count(refused, wrong):
    assert refused(SALE, recurringNumber=wrong)[1] == "recurringNumber"


def test_recurring_sale_says_so(parse):
    sale = parse(SALE, isRecurring=True, recurringNumber="3")
    assert (sale.recurring, sale.recurring_number) == (True, 3)


@pytest.mark.parametrize("customer", ["max@example.com", [], 5, True])
def test_customer_must_be_an_object(refused, customer):
    assert refused(SALE, customer=customer) == ("wrong_type", "customer")


def test_customer_may_be_empty(parse):
    assert parse(SALE, customer={}).customer == hub.Person()
    assert parse(SALE, customer=None).customer is None


def test_bad_email_names_its_path(refused):
    assert refused(SALE, customer={"email": "max"}) == ("invalid_email", "customer.email")


def test_refund_is_of_the_whole_sale(parse):
    refund = parse(REFUND, grossAmount="1.00", currency="EUR", grund="Widerruf")
    assert (refund.amount, refund.refers_to, refund.extra) == (None, ("tx-1",), {"grund": "Widerruf"})


def test_sale_and_refund_have_keys_of_their_own(custom_request):
    keys = {plugin.manifest.event_key(custom_request(json.dumps(body).encode())) for body in (SALE, REFUND)}
    assert keys == {"transaction.created:tx-1", "transaction.refunded:tx-1"}
