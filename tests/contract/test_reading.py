"""The typed reader: each value is read exactly, or refused with its path."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hub
from hub.contract.reading import MAX_UNIX, Payload, read_json

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)

READERS = {
    "text": Payload.text,
    "identifier": Payload.identifier,
    "choice": lambda value: value.choice("a", "b"),
    "boolean": Payload.boolean,
    "integer": Payload.integer,
    "decimal": Payload.decimal,
    "currency": Payload.currency,
    "money": lambda value: value.money("EUR"),
    "minor_units": lambda value: value.minor_units("EUR"),
    "email": Payload.email,
    "percentage": Payload.percentage,
    "instant": Payload.instant,
    "unix_time": Payload.unix_time,
    "object": Payload.object,
}
OPTIONAL = sorted(set(READERS) - {"choice", "object"})


def optional(name, value):
    read = getattr(value.optional, name)
    return read("EUR") if name in ("money", "minor_units") else read()


def fault(action):
    with pytest.raises(hub.PayloadError) as caught:
        action()
    assert caught.value.status == 400
    return caught.value


def code(action):
    return fault(action).code


@pytest.mark.parametrize("name", READERS)
@given(value=json_values)
def test_every_value_is_read_or_refused_with_its_path(name, value):
    payload = Payload({"a": [value]})["a"][0]
    try:
        READERS[name](payload)
    except hub.PayloadError as error:
        raised = error
    else:
        return
    assert raised.path == "a[0]"
    assert raised.message.startswith("a[0]")


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("holder", [{}, {"a": {}}, {"a": None}, {"a": {"b": None}}])
def test_missing_value_is_named(name, holder):
    error = fault(lambda: READERS[name](Payload(holder)["a"]["b"]))
    assert (error.code, error.path) == ("missing_field", "a.b")
    assert "a.b is required" in error.message


@pytest.mark.parametrize("name", OPTIONAL)
@pytest.mark.parametrize("value", [None, "", "  \n"])
def test_optional_reads_nothing_as_none(name, value):
    assert optional(name, Payload({"a": value})["a"]) is None
    assert optional(name, Payload({})["a"]) is None


@pytest.mark.parametrize("name", OPTIONAL)
def test_optional_does_not_excuse_a_wrong_type(name):
    fault(lambda: optional(name, Payload([])))
    fault(lambda: optional(name, Payload({})))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("text", " a ", "a"),
        ("identifier", 2**53 + 1, "9007199254740993"),
        ("boolean", False, False),
        ("integer", "7", 7),
        ("decimal", "1.50", Decimal("1.50")),
        ("currency", "eur", "EUR"),
        ("money", "1.5", hub.Money(150, "EUR")),
        ("minor_units", 150, hub.Money(150, "EUR")),
        ("email", "a@b.de", "a@b.de"),
        ("instant", "2026-05-21T10:00:00Z", datetime(2026, 5, 21, 10, tzinfo=UTC)),
        ("unix_time", 0, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_required_and_optional_read_the_same(name, value, expected):
    assert READERS[name](Payload(value)) == expected
    assert optional(name, Payload(value)) == expected


def test_step_into_what_is_no_object_is_refused():
    for holder in ("text", 5, True, ["a"]):
        assert code(lambda holder=holder: Payload(holder)["a"]) == "wrong_type"


def test_elements_are_reached_by_number():
    payload = Payload({"a": [1, 2]})["a"]
    assert (payload[-1].integer(), payload[5].present, Payload("text")[0].present) == (2, False, False)
    assert [item.path for item in payload] == ["a[0]", "a[1]"]


def test_a_missing_list_has_no_elements():
    assert (Payload({})["a"].items(), Payload(None).items()) == ([], [])
    assert code(Payload({"a": {}})["a"].items) == "wrong_type"


def test_rest_are_the_further_members():
    assert Payload({"a": 1, "b": None}).rest("a", "c") == {"b": None}
    assert code(Payload([1]).rest) == "wrong_type"
    assert Payload({}).rest("a") == {}


def test_raw_gives_the_bare_value():
    assert Payload({"a": [1]})["a"].raw() == [1]
    assert Payload({})["a"].raw() is None


def test_text_has_a_limit():
    assert Payload("x" * 10).text(max_length=10) == "x" * 10
    assert code(lambda: Payload("x" * 11).text(max_length=10)) == "too_long"


@pytest.mark.parametrize("value", ["x" * 256, 10**255, 10**4000])
def test_identifier_has_a_limit(value):
    assert code(Payload(value).identifier) == "too_long"


@pytest.mark.parametrize("value", [True, 1.0, Decimal("1.0"), [], {}])
def test_identifier_is_a_text_or_an_integer(value):
    assert code(Payload(value).identifier) == "wrong_type"


def test_choice_names_what_is_allowed():
    error = fault(lambda: Payload("c" * 100).choice("a", "b"))
    assert error.code == "invalid_value"
    assert "one of: a, b" in error.message
    assert len(error.message) < 100


@pytest.mark.parametrize(
    "text",
    [
        "1_000",
        "١٢",
        "１２",
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        "0x10",
        "1,5",
        "1 000",
        "--1",
        ".",
        "e5",
        "1e",
    ],
)
def test_text_that_is_no_plain_number_is_refused(text):
    assert code(Payload(text).decimal) == "wrong_type"


@pytest.mark.parametrize("text", ["1", "-1", "+1", "1.", ".5", "1.50", " 2 ", "1e3", "1E-3", "-0"])
def test_plain_numbers_are_exact(text):
    assert str(Payload(text).decimal()) == str(Decimal(text.strip()))


@pytest.mark.parametrize("value", ["1e401", "1e-401", "1e999999999", "1e99999999999999999999", 10**401])
def test_number_out_of_range_is_refused(value):
    assert code(Payload(value).decimal) == "out_of_range"


@given(st.integers(-(10**30), 10**30))
def test_integers_of_any_size_are_exact(number):
    assert Payload(number).integer() == Payload(str(number)).integer() == number
    assert Payload(number).identifier() == str(number)


def test_integer_has_bounds():
    assert Payload(Decimal("3.0")).integer(minimum=3, maximum=3) == 3
    assert code(Payload("1.5").integer) == "wrong_type"
    assert code(lambda: Payload(2).integer(minimum=3)) == "out_of_range"
    assert code(lambda: Payload(4).integer(maximum=3)) == "out_of_range"


@pytest.mark.parametrize("name", ["money", "minor_units"])
def test_amount_below_zero_only_where_it_is_allowed(name):
    read = getattr(Payload(-5), name)
    assert code(lambda: read("EUR")) == "invalid_amount"
    assert read("EUR", negative=True).minor < 0


def test_absurd_amount_is_refused():
    for value in (10**15, "1e30", "0.001"):
        assert code(lambda value=value: Payload(value).money("EUR")) == "invalid_amount"
    assert code(lambda: Payload(10**15).minor_units("EUR")) == "invalid_amount"
    assert code(lambda: Payload("1.5").minor_units("EUR")) == "wrong_type"


@pytest.mark.parametrize("value", ["EURO", "XXX", "XAU", "€", "12", "e\u0301ur"])
def test_unknown_currency_is_refused(value):
    assert code(Payload(value).currency) == "unknown_currency"


@pytest.mark.parametrize(
    "value", ["a", "@", "a@", "a@b", "a@b@c.de", "a b@c.de", "a@c..de", "a@" + "b" * 400, "\x00@b.de"]
)
def test_bad_email_is_refused(value):
    assert code(Payload(value).email) in ("invalid_email", "too_long")


@pytest.mark.parametrize("value", ["Max.Muster+x@Beispiel.DE", "jörg@müller.de", "a@b.test"])
def test_email_is_kept_as_written(value):
    assert Payload(f" {value} ").email() == value


@pytest.mark.parametrize(
    "value",
    ["2026-05-21", "2026-05-21T10:00:00", "10:00Z", "2026-13-01T00:00:00Z", "now", "2026-05-21T24:00:01Z"],
)
def test_time_without_offset_or_sense_is_refused(value):
    assert code(Payload(value).instant) == "wrong_type"


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_time_beyond_the_calendar_is_refused(value):
    assert code(Payload(value).instant) == "out_of_range"


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=offsets), st.integers(2, 9998))
def test_time_is_kept_in_utc(moment, year):
    moment = moment.replace(year=year, day=min(moment.day, 28))
    read = Payload(moment.isoformat()).instant()
    assert read == moment
    assert read.tzinfo is UTC


def test_unix_time_has_bounds():
    assert Payload(MAX_UNIX).unix_time().year == 9999
    for value in (-1, MAX_UNIX + 1, 10**30):
        assert code(Payload(value).unix_time) == "out_of_range"


def test_mapper_can_refuse_a_value_itself():
    error = Payload({"a": 1})["a"].wrong("even")
    assert (error.code, error.path, error.message) == ("wrong_type", "a", "a must be even.")


def test_repr_shows_no_content():
    assert repr(Payload({"secret": 1})) == "<Payload (root)>"
    assert repr(Payload({"a": "secret"})["a"]) == "<Payload a>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "empty_body"),
        (b"{", "invalid_json"),
        (b"\xff", "not_utf8"),
        (b'{"a": 1, "a": 2}', "duplicate_key"),
        (b"[" * 100 + b"]" * 100, "too_deep"),
        (b"1e999", "number_out_of_range"),
    ],
)
def test_body_that_is_no_json_is_refused(body, expected):
    assert code(lambda: read_json(body)) == expected


def test_request_decodes_its_body_once():
    inbound = hub.Inbound(received_at=datetime(2026, 6, 1, tzinfo=UTC), body=b'{"a": 1}')
    assert inbound.json is inbound.json
    assert inbound.json["a"].integer() == 1


def test_headers_are_found_in_any_case():
    headers = hub.Headers(
        [("X-One", "1"), ("x-one", "2"), ("Content-Type", "Application/JSON; charset=utf-8")]
    )
    assert (headers["x-ONE"], "X-ONE" in headers, 5 in headers, len(headers)) == ("1, 2", True, False, 2)
    inbound = hub.Inbound(received_at=datetime(2026, 6, 1, tzinfo=UTC), body=b"", headers=headers)
    assert inbound.content_type == "application/json"


def test_repr_of_a_request_shows_neither_body_nor_header_values():
    shown = repr(
        hub.Inbound(
            received_at=datetime(2026, 6, 1, tzinfo=UTC),
            body=b"s3cret",
            headers=hub.Headers([("X-API-KEY", "s3cret")]),
            query={"key": "s3cret"},
            url="https://hub.example/?key=s3cret",
        )
    )
    assert "X-API-KEY" in shown
    assert "s3cret" not in shown


def test_a_time_without_its_offset_is_read_in_the_zone_that_the_mapper_knows():
    zone = ZoneInfo("Europe/Berlin")
    summer, winter = Payload("2026-08-18 08:41:48"), Payload("2026-01-18T08:41")
    assert summer.instant(zone) == datetime(2026, 8, 18, 6, 41, 48, tzinfo=UTC)
    assert winter.optional.instant(zone) == datetime(2026, 1, 18, 7, 41, tzinfo=UTC)
    assert Payload("2026-08-18T08:41:48Z").instant(zone) == datetime(2026, 8, 18, 8, 41, 48, tzinfo=UTC)
    assert code(lambda: Payload("0001-01-01").instant(zone)) == "out_of_range"


def test_a_percentage_is_one():
    assert [Payload(value).percentage() for value in ("19.00", 0, "100")] == [Decimal("19.00"), 0, 100]
    for value in ("-0.01", "100.01", 1900, "19 %"):
        assert code(lambda value=value: Payload(value).percentage()) == "wrong_type"
