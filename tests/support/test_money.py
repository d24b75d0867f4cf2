"""Amounts are exact, in every currency, whatever a sender writes."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iso4217 import Currency

from hub.support.money import MAX_MINOR, Money, MoneyError, exponent

CURRENCIES = sorted(currency.code for currency in Currency if currency.exponent is not None)

minors = st.integers(-MAX_MINOR + 1, MAX_MINOR - 1)
currencies = st.sampled_from(CURRENCIES)


@given(minors, currencies)
def test_amount_and_of_are_inverse(minor, currency):
    money = Money(minor, currency)
    assert Money.of(money.amount, currency) == money
    assert Money.of(Decimal(str(money).removesuffix(f" {currency}")), currency) == money


@given(minors, currencies)
def test_amount_has_the_currency_s_number_of_decimals(minor, currency):
    digits = exponent(currency)
    assert Money(minor, currency).amount.as_tuple().exponent == -digits
    whole, _, fraction = str(Money(minor, currency)).removesuffix(f" {currency}").partition(".")
    assert (len(fraction), "E" in whole + fraction) == (digits, False)


@given(st.integers(0, 10**9), st.sampled_from([-1, 0, 1]), st.integers(1, 9), st.integers(9, 17))
def test_float_noise_is_rounded_away(minor, sign, digit, place):
    noise = sign * Decimal(digit).scaleb(-place)
    assert Money.of(Decimal(minor).scaleb(-2) + noise, "EUR") == Money(minor, "EUR")


@given(st.integers(0, 10**9), st.integers(1, 999))
def test_real_decimals_beyond_the_currency_s_are_refused(minor, more):
    with pytest.raises(MoneyError, match="has 2 decimals"):
        Money.of(Decimal(minor).scaleb(-2) + Decimal(more).scaleb(-5), "EUR")


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("ISK", 0)])
def test_exponent_is_iso_4217_s(currency, digits):
    assert exponent(currency) == digits


@pytest.mark.parametrize("code", ["", "eur", "EURO", "ZZZ", "€", " EUR", "\ud800", "978"])
def test_unknown_currency_is_refused(code):
    with pytest.raises(MoneyError, match="is not an ISO 4217 currency code"):
        exponent(code)
    with pytest.raises(MoneyError):
        Money(1, code)


@pytest.mark.parametrize("code", ["XXX", "XAU", "XTS"])
def test_what_nobody_can_pay_in_is_refused(code):
    with pytest.raises(MoneyError, match="not a currency one can be paid in"):
        exponent(code)


@pytest.mark.parametrize(
    "amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1e13", "-1e13", "1e21", "1e400", "1e999999", "1e-400"]
)
def test_absurd_amount_is_refused(amount):
    with pytest.raises(MoneyError, match="absurdly large"):
        Money.of(Decimal(amount), "EUR")


@pytest.mark.parametrize("minor", [MAX_MINOR, -MAX_MINOR, 10**40])
def test_absurd_number_of_minor_units_is_refused(minor):
    with pytest.raises(MoneyError, match="absurdly large"):
        Money(minor, "EUR")


@pytest.mark.parametrize("amount", ["0", "-0", "0.00", "-0.00", "0E-10", "0E+10"])
def test_zero_is_zero(amount):
    assert Money.of(Decimal(amount), "EUR") == Money(0, "EUR")
    assert str(Money.of(Decimal(amount), "EUR")) == "0.00 EUR"


def test_money_reads_as_people_write_it():
    assert [str(Money(14990, code)) for code in ("EUR", "JPY", "KWD")] == [
        "149.90 EUR",
        "14990 JPY",
        "14.990 KWD",
    ]
    assert str(Money(-5, "EUR")) == "-0.05 EUR"


def test_money_is_frozen_and_can_be_a_key():
    money = Money(1, "EUR")
    with pytest.raises(AttributeError):
        money.minor = 2
    assert {money: "a"}[Money(1, "EUR")] == "a"


def test_money_without_its_sign():
    assert abs(Money(-5, "EUR")) == abs(Money(5, "EUR")) == Money(5, "EUR")
