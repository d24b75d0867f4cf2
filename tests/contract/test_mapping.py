"""Field mappings and multipart forms: what they say, and that nothing sent breaks them."""

from contextlib import suppress
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hub
from hub.contract.mapping import FORMATS, Rule, find, hidden_paths, mapped, paths_of, read_rule, read_rules
from hub.contract.masking import mask_fields
from hub.contract.multipart import MEDIA_TYPE, read_multipart
from hub.support import jsontext

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("name", "written", "meant"),
    [
        ("decimal_comma", "1.234,56 €", "1234.56"),
        ("decimal_comma", "EUR 1 234,5", "1234.5"),
        ("decimal_comma", "-7", "-7"),
        ("decimal_comma", Decimal("1.234"), Decimal("1.234")),
        ("decimal_point", "$1,234.56", "1234.56"),
        ("cents", "14990", "149.90"),
        ("cents", 5, "0.05"),
        ("day_month_year", "1.2.2026", "2026-02-01T00:00:00+01:00"),
        ("day_month_year", "21.05.2026 10:00 Uhr", "2026-05-21T10:00:00+02:00"),
        ("month_day_year", "05/21/2026 9:05", "2026-05-21T09:05:00+02:00"),
        ("year_month_day", "2026-05-21 10:00:07", "2026-05-21T10:00:07+02:00"),
        ("unix_time", 1779357600, "2026-05-21T10:00:00+00:00"),
        ("yes_or_no", "Ja", True),
        ("yes_or_no", "0", False),
        ("decimal_comma", "", ""),
        ("cents", None, None),
    ],
)
def test_values_as_senders_write_them(name, written, meant):
    assert mapped({"x": written}, [Rule(target="y", source="x", format=name)], BERLIN) == {"y": meant}


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("decimal_comma", "149.90"),
        ("decimal_comma", "1.23,4"),
        ("decimal_comma", "eins"),
        ("decimal_point", "149,90"),
        ("cents", "149.90"),
        ("day_month_year", "2026-05-21"),
        ("day_month_year", "30.02.2026"),
        ("year_month_day", "2026-05-21 25:00"),
        ("unix_time", "-1"),
        ("yes_or_no", "vielleicht"),
        ("yes_or_no", ["ja"]),
    ],
)
def test_values_that_are_written_otherwise_are_refused(name, written):
    with pytest.raises(hub.PayloadError) as caught:
        mapped({"x": written}, [Rule(target="y", source="x", format=name)], BERLIN)
    assert (caught.value.code, caught.value.path) == ("wrong_type", "x")


def test_paths_lead_into_groups_and_lists_and_find_names_with_dots():
    sent = {"a": {"b": [{"c": 1}]}, "1.3": "Max", "a.b": {"c": 2}, "leer": None}
    assert [find(sent, path) for path in ("1.3", "a.b.c", "leer")] == ["Max", 2, None]
    assert find({"a": {"b": [{"c": 1}]}}, "a.b.0.c") == 1
    assert paths_of(sent) == ["a.b.0.c", "1.3", "a.b.c", "leer"]


def test_what_was_mapped_does_not_stay_behind_and_all_else_does():
    sent = {"kunde": {"email": "a@b.de", "ort": "Ulm"}, "nur": {"das": 1}, "rest": [1]}
    rules = read_rules(["email = kunde.email", "x.y = nur.das", 'z = "fest"', "fehlt = gibt.es.nicht"])
    assert mapped(sent, rules, BERLIN) == {
        "kunde": {"ort": "Ulm"},
        "rest": [1],
        "email": "a@b.de",
        "x": {"y": 1},
        "z": "fest",
    }
    assert sent["kunde"] == {"email": "a@b.de", "ort": "Ulm"}


@pytest.mark.parametrize(
    "line", ["", "total", "= x", "a b = c", 'x = "', "x = y | sqrt", "x = y | ", 'x = "a"b"', "x = a|b|c"]
)
def test_lines_that_say_nothing_are_refused(line):
    with pytest.raises(ValueError, match=r"no line|no format"):
        read_rule(line)


def test_a_field_is_given_once():
    with pytest.raises(ValueError, match="twice"):
        read_rules(["a = b", 'a = "c"'])


def test_personal_fields_are_known_by_the_senders_names_too():
    lines = ["customer.email = mail", 'customer.firstName = "x"', "total = summe"]
    assert hidden_paths(("customer.email", "customer"), lines) == ("customer.email", "customer", "mail")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.decimals(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
RULES = st.builds(
    Rule,
    target=st.sampled_from(["a", "a.b", "a.b.c", "..", "x"]),
    source=st.sampled_from(["a", "a.b", "a.0.b", ".", "x.", "0"]),
    format=st.sampled_from(["", *FORMATS]),
)


@settings(max_examples=200, deadline=None)
@given(
    sent=st.dictionaries(st.sampled_from(["a", "b", "x", "0", ""]), VALUES, max_size=4), rules=st.lists(RULES)
)
def test_nothing_that_is_sent_breaks_a_mapping(sent, rules):
    try:
        made = mapped(sent, rules, BERLIN)
    except hub.PayloadError:
        return
    jsontext.encode(made)


@settings(max_examples=200, deadline=None)
@given(
    body=st.binary(max_size=80)
    | st.text(alphabet='-x\r\n;="name: Cotetfilps', max_size=120).map(
        lambda text: ("--x\r\nContent-Disposition: form-data; " + text).encode()
    ),
    boundary=st.sampled_from(["x", '"x"', "", "xx", "-"]),
)
def test_no_multipart_body_raises_anything_but_a_refusal(body, boundary):
    kind = f"{MEDIA_TYPE}; boundary={boundary}"
    with suppress(hub.PayloadError):
        read_multipart(body, kind)
    assert mask_fields(body, kind, ()) == body


LONG = 300_000


@pytest.mark.parametrize(
    "body",
    [b"a" * LONG, b"=" * LONG, b"&" * LONG, b"--x\r\n" + b';name="' * (LONG // 7), b"--x" * (LONG // 3)],
)
def test_a_body_is_masked_in_one_walk(body):
    """These took minutes where each byte was a place to begin at, before anybody had proved who they are."""
    for kind in ("application/x-www-form-urlencoded", f"{MEDIA_TYPE}; boundary=x"):
        assert mask_fields(body, kind, {"api_key"}) == body


def test_the_masked_form_is_the_form_without_its_key():
    form = b"a=1&api%5Fkey=crm_1_x&b=2"
    assert mask_fields(form, "application/x-www-form-urlencoded", {"api_key"}) == b"a=1&api%5Fkey=***&b=2"
    part = b'--x\r\nContent-Disposition: form-data; name="api_key"\r\n\r\n%s\r\n--x--\r\n'
    kind = f"{MEDIA_TYPE}; boundary=x"
    assert mask_fields(part % b"crm_1_x", kind, {"api_key"}) == part % b"***"
    assert read_multipart(part % b"***", kind).raw() == {"api_key": "***"}
