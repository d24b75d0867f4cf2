"""Where a request says its type and its id."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import hub
from hub.contract.locators import BodyHash, First, Header, Join, Json


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"data": {"id": "a"}}', "a"),
        (b'{"data": {"id": " a "}}', "a"),
        (b'{"data": {"id": 9007199254740993}}', "9007199254740993"),
        (b'{"data": {"id": 0}}', "0"),
        (b'{"data": {"id": ""}}', None),
        (b'{"data": {"id": null}}', None),
        (b'{"data": {}}', None),
        (b'{"data": null}', None),
        (b"{}", None),
        (b"null", None),
    ],
)
def test_json_finds_a_member_by_its_path(arrived, body, found):
    assert Json("data.id")(arrived(body)) == found
    if found is None:
        with pytest.raises(hub.PayloadError) as caught:
            Json("data.id", required=True)(arrived(body))
        assert (caught.value.code, caught.value.path) == ("missing_field", "data.id")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1]", b'{"data": [1]}', b'{"data": {"id": {}}}', b'{"data": {"id": 1.5}}']
)
def test_json_refuses_what_it_cannot_read(arrived, body):
    with pytest.raises(hub.PayloadError):
        Json("data.id")(arrived(body))


def test_header_finds_the_first_that_is_there(arrived):
    locator = Header("X-One", "X-Two")
    assert locator(arrived(headers={"x-two": " 2 "})) == "2"
    assert locator(arrived(headers={"X-One": "1", "X-Two": "2"})) == "1"
    assert locator(arrived(headers={"X-One": "  ", "X-Two": "2"})) == "2"
    assert locator(arrived()) is None


def test_long_header_is_shortened_without_two_becoming_one(arrived):
    locator = Header("X-Id")
    assert locator(arrived(headers={"X-Id": "a" * 255})) == "a" * 255
    ids = {locator(arrived(headers={"X-Id": "a" * 300 + tail})) for tail in ("1", "2")}
    assert len(ids) == 2
    assert all(len(text) <= 255 for text in ids)


@given(body=st.binary(max_size=50))
def test_body_hash_is_of_the_raw_bytes(arrived, body):
    assert BodyHash()(arrived(body)) == hashlib.sha256(body).hexdigest()


def test_join_needs_all_its_parts(arrived):
    locator = Join(Json("type"), Header("X-Id"))
    assert locator(arrived(b'{"type": "sale"}', {"X-Id": "7"})) == "sale:7"
    assert locator(arrived(b'{"type": "sale"}')) is None
    assert locator(arrived(b"{}", {"X-Id": "7"})) is None


def test_first_takes_what_is_there(arrived):
    locator = First(Header("X-Id"), Json("id"), BodyHash())
    assert locator(arrived(b'{"id": 1}', {"X-Id": "7"})) == "7"
    assert locator(arrived(b'{"id": 1}')) == "1"
    assert locator(arrived(b"{}")) == hashlib.sha256(b"{}").hexdigest()
    assert First()(arrived()) is None


def test_locators_are_equal_by_what_they_say():
    assert Join(Header("a"), Json("b")) == Join(Header("a"), Json("b"))
    assert Header("a") != Header("b")
