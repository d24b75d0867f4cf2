"""Form bodies: what nested names mean, and what is refused."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hub
from hub.contract import forms
from hub.contract.locators import Field, Join
from hub.support import jsontext

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        (b"a=1&b=two", {"a": "1", "b": "two"}),
        (b"a=J%C3%B6rg+M%26M&b=a%2Bb", {"a": "Jörg M&M", "b": "a+b"}),
        ("a=Jörg".encode(), {"a": "Jörg"}),
        (b"a&b=&c=0", {"a": None, "b": "", "c": "0"}),
        (b"a=1&a=2", {"a": "2"}),
        (b"a[b]=1&a[c][d]=2", {"a": {"b": "1", "c": {"d": "2"}}}),
        (b"a%5Bb%5D=1", {"a": {"b": "1"}}),
        (b"a[]=1&a[]=2", {"a": ["1", "2"]}),
        (b"a[]&a[]", {"a": [None, None]}),
        (b"a[][n]=1&a[][m]=x&a[][n]=2", {"a": [{"n": "1", "m": "x"}, {"n": "2"}]}),
        (b"a[][n][x]=1&a[][n][y]=2&a[][n][x]=3", {"a": [{"n": {"x": "1", "y": "2"}}, {"n": {"x": "3"}}]}),
        (b"a[][n][]=1&a[][n][]=2", {"a": [{"n": ["1", "2"]}]}),
        (b"a[0][n]=1&a[1][n]=2", {"a": {"0": {"n": "1"}, "1": {"n": "2"}}}),
        (b"a&a[b]=1", {"a": {"b": "1"}}),
        (b"a[b=1&[c]=2&d]=3", {"a[b": "1", "[c]": "2", "d]": "3"}),
        (b"a=x%00y&&b=2\r\n", {"a": "x\ufffdy", "b": "2"}),
    ],
)
def test_names_are_nested_as_they_mean(body, meant):
    assert hub.read_form(body).raw() == meant


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b"\r\n", "empty_body"),
        (b"&&", "empty_body"),
        (b"a=\xff", "not_utf8"),
        (b"a=%FF", "not_utf8"),
        (b"a=1&a[b]=2", "contradictory_fields"),
        (b"a[b]=2&a=1", "contradictory_fields"),
        (b"a[]=2&a[b]=1", "contradictory_fields"),
        (b"a[b]=2&a[]=1", "contradictory_fields"),
        (b"a[][]=1", "contradictory_fields"),
        (b"a" + b"[b]" * 20 + b"=1", "too_deep"),
        (b"a=1&" * 2001, "too_many_fields"),
    ],
)
def test_a_form_that_cannot_be_told_is_refused(body, code):
    with pytest.raises(hub.PayloadError) as caught:
        hub.read_form(body)
    assert caught.value.code == code


NAMES = st.lists(st.sampled_from(["a", "b", "[", "]", "[]", "[c]", "=", "&", "%5B", "ü", "\0"]), max_size=8)


@settings(max_examples=300, deadline=None)
@given(body=st.lists(NAMES.map("".join), max_size=8).map("&".join).map(str.encode) | st.binary(max_size=40))
def test_whatever_is_sent_is_read_or_refused(body):
    with contextlib.suppress(hub.PayloadError):
        jsontext.encode(hub.read_form(body).raw())


@pytest.mark.parametrize(
    ("name", "path"), [("a", "a"), ("a[b][c]", "a.b.c"), ("a[][b]", "a.b"), ("a[]", "a"), ("a[b", "a[b")]
)
def test_a_name_as_a_path(name, path):
    assert forms.dotted(name) == path


def test_the_body_is_what_its_content_type_says(arrived):
    assert arrived(b"event=paid&payer[id]=7", FORM).payload["payer"]["id"].integer() == 7
    assert arrived(b'{"event": "paid"}').payload["event"].text() == "paid"
    with pytest.raises(hub.PayloadError):
        _ = arrived(b"event=paid").payload


def test_a_field_is_found_in_a_form_and_in_json(arrived):
    locator = Join(Field("event", required=True), Field("payer.id"))
    assert locator(arrived(b"event=paid&payer[id]=7", FORM)) == "paid:7"
    assert locator(arrived(b'{"event": "paid", "payer": {"id": 7}}')) == "paid:7"
    assert locator(arrived(b"event=paid&payer", FORM)) is None
    with pytest.raises(hub.PayloadError):
        locator(arrived(b"payer[id]=7", FORM))
