"""JSON keeps what the sender wrote, or is refused with a code that says why."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.support import jsontext
from hub.support.jsontext import MAX_DEPTH, MAX_EXPONENT, JsonError

# What a database can hold: no NUL and no half of a surrogate pair.
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)), max_size=20)
decimals = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent),
    st.integers(-(10**20), 10**20),
    st.integers(-200, 200),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**60), 10**60) | decimals | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)


def code(body):
    with pytest.raises(JsonError) as caught:
        jsontext.decode(body)
    assert str(caught.value)
    return caught.value.code


@given(values)
def test_decode_gives_back_what_encode_wrote(value):
    assert jsontext.decode(jsontext.encode(value)) == value


@given(values)
def test_stored_json_is_read_back_the_same(value):
    assert jsontext.decode_stored(jsontext.encode_text(value)) == value


@given(st.binary(max_size=60) | texts.map(str.encode))
def test_every_body_is_decoded_or_refused(body):
    try:
        value = jsontext.decode(body)
    except JsonError:
        return
    assert jsontext.decode(jsontext.encode(value)) == value


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "empty_body"),
        (b" \r\n\t", "empty_body"),
        (b"\xef\xbb\xbf", "empty_body"),
        ("\u00a0".encode(), "empty_body"),
        (b"{", "invalid_json"),
        (b"{}{}", "invalid_json"),
        (b"{'a': 1}", "invalid_json"),
        (b'{"a": 1,}', "invalid_json"),
        (b'{"a" 1}', "invalid_json"),
        (b"[1 2]", "invalid_json"),
        (b"01", "invalid_json"),
        (b"1.", "invalid_json"),
        (b"+1", "invalid_json"),
        (b'"\t"', "invalid_json"),
        (b'"\x00"', "invalid_json"),
        (b"\x00{}", "invalid_json"),
        (b"undefined", "invalid_json"),
        (b"NaN", "invalid_json"),
        (b'{"a": NaN}', "invalid_json"),
        (b'{"a": [Infinity]}', "invalid_json"),
        (b'{"a": -Infinity}', "invalid_json"),
        (b"a=1&b=2", "invalid_json"),
        (b"<xml/>", "invalid_json"),
        (b'"\xff"', "not_utf8"),
        (b'{"name": "J\xf6rg"}', "not_utf8"),
        (b'"\xc0\xaf"', "not_utf8"),
        (b'"\xed\xa0\x80"', "not_utf8"),
        ("{}".encode("utf-16"), "not_utf8"),
        (b'{"a": 1, "a": 1}', "duplicate_key"),
        (b'{"a": 1, "\\u0061": 2}', "duplicate_key"),
        (b'[{"a": {"b": 1, "c": 2, "b": 3}}]', "duplicate_key"),
        (b'{"\\u0000": 1, "\\ud800": 2}', "duplicate_key"),
        (b"[" * 10_000, "too_deep"),
        (b"[" * 10_000 + b"]" * 10_000, "too_deep"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "too_deep"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "too_deep"),
        (b"1e999999999", "number_out_of_range"),
        (b"-1e999999999", "number_out_of_range"),
        (b"1e-999999999", "number_out_of_range"),
        (b"1e99999999999999999999", "number_out_of_range"),
        (b"0e999999999", "number_out_of_range"),
        (b"9" * 5000, "number_out_of_range"),
        (b"-" + b"9" * 5000, "number_out_of_range"),
        (b"0." + b"1" * 5000, "number_out_of_range"),
        (b"9" * 5000 + b".5", "number_out_of_range"),
    ],
)
def test_bad_input_is_refused_with_its_code(body, expected):
    assert code(body) == expected


def test_message_says_where_and_what():
    with pytest.raises(JsonError, match=r"line 2, column 6"):
        jsontext.decode(b'{\n"a": }')
    with pytest.raises(JsonError, match="'total' twice"):
        jsontext.decode(b'{"total": 1, "total": 2}')
    with pytest.raises(JsonError, match="byte 1"):
        jsontext.decode(b'"\xff"')


def test_message_does_not_repeat_a_long_key_or_number():
    for body in (b'{"%s": 1, "%s": 2}' % (b"k" * 5000, b"k" * 5000), b"0." + b"1" * 5000):
        with pytest.raises(JsonError) as caught:
            jsontext.decode(body)
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"9007199254740993", 2**53 + 1),
        (b"18446744073709551617", 2**64 + 1),
        (b"-9223372036854775809", -(2**63) - 1),
        (b"9" * 400, 10**400 - 1),
        (b"149.90", Decimal("149.90")),
        (b"0.1", Decimal("0.1")),
        (b"9007199254740993.01", Decimal("9007199254740993.01")),
        (b"1E400", Decimal(f"1E{MAX_EXPONENT}")),
        (b"-0", 0),
    ],
)
def test_numbers_are_exact(body, value):
    decoded = jsontext.decode(body)
    assert decoded == value
    assert type(decoded) is type(value)
    assert str(decoded) == str(value)


def test_depth_up_to_the_limit_is_taken():
    body = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert jsontext.encode(jsontext.decode(body)) == body


def test_brackets_side_by_side_or_in_texts_are_not_deep():
    body = json.dumps([["["] * 3] * 500 + [{"{": "{" * 500}]).encode()
    assert len(jsontext.decode(body)) == 501


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'"a\\u0000b"', "a\ufffdb"),
        (b'"\\ud800"', "\ufffd"),
        (b'"\\uDC00\\uD800"', "\ufffd\ufffd"),
        (b'{"\\u0000": ["\\ud800"]}', {"\ufffd": ["\ufffd"]}),
        (b'"\\ud83d\\ude00"', "😀"),
        ("\ufeff{}".encode(), {}),
        (b" \t\r\n1\n", 1),
        (b'"\\\\u0000"', "\\u0000"),
    ],
)
def test_what_a_database_cannot_hold_is_replaced_and_the_rest_kept(body, value):
    assert jsontext.decode(body) == value


def test_encode_writes_times_ids_and_decimals():
    written = jsontext.encode(
        {
            "at": datetime(2026, 6, 1, 12, tzinfo=UTC),
            "id": UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
            "total": Decimal("149.90"),
            "wort": "Größe",
        }
    )
    assert written.decode() == (
        '{"at":"2026-06-01T12:00:00Z","id":"01890a5d-ac96-774b-bcce-b302099a8057","total":149.90,"wort":"Größe"}'
    )
