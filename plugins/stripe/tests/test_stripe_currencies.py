"""Stripe's integers are read by Stripe's table, not by ISO 4217."""

import pytest
from hub_stripe.currencies import SENT_WITH_TWO_DECIMALS, THREE_DECIMAL, ZERO_DECIMAL, decimals, money

import hub


def read(amount, currency):
    payload = hub.Payload({"amount": amount, "currency": currency})
    return money(payload["amount"], payload["currency"])


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (11900, "eur", "119.00 EUR"),
        (1200, "jpy", "1200 JPY"),
        (1200, "mga", "1200.00 MGA"),
        (5120, "kwd", "5.120 KWD"),
        (500, "isk", "5 ISK"),
        (500, "ugx", "5 UGX"),
        (1050, "huf", "10.50 HUF"),
        (1050, "twd", "10.50 TWD"),
        (0, "chf", "0.00 CHF"),
    ],
)
def test_amount_is_read_by_stripes_table(amount, currency, expected):
    assert str(read(amount, currency)) == expected


def test_tables_do_not_overlap():
    assert not ZERO_DECIMAL & THREE_DECIMAL
    assert not SENT_WITH_TWO_DECIMALS & (ZERO_DECIMAL | THREE_DECIMAL)
    assert {decimals(currency) for currency in SENT_WITH_TWO_DECIMALS} == {2}


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (100, "zzz", "unknown_currency"),
        (100, None, "missing_field"),
        (None, "eur", "missing_field"),
        (-1, "eur", "out_of_range"),
        ("abc", "eur", "wrong_type"),
        (10**30, "eur", "invalid_amount"),
        (550, "isk", "invalid_amount"),
    ],
)
def test_wrong_amount_is_refused(amount, currency, code):
    with pytest.raises(hub.PayloadError) as caught:
        read(amount, currency)
    assert caught.value.code == code
