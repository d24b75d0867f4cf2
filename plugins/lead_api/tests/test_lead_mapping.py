"""Requests to facts: the samples, and what a sender may get wrong."""

import json
from dataclasses import replace

import pytest
from hub_lead_api import plugin

import hub
from hub.registry.fixtures import fixtures_of

FIXTURES = fixtures_of(plugin)

ORDER = {"type": "order", "email": "kunde@beispiel.de", "total": 149.90}
TICKET = {"type": "ticket", "email": "kunde@beispiel.de", "message": "Guten Tag"}


@pytest.fixture
def parse(lead_request, lead_connection):
    def parse(fields, **more):
        body = fields if isinstance(fields, bytes) else json.dumps({**fields, **more}).encode()
        (fact,) = plugin.parse(lead_request(body), lead_connection)
        return fact

    return parse


@pytest.fixture
def refused(parse):
    """The PayloadError with which a body is refused."""

    def refused(fields, **more):
        with pytest.raises(hub.PayloadError) as caught:
            parse(fields, **more)
        assert caught.value.status == 400
        return caught.value

    return refused


def test_there_is_a_sample_of_every_type():
    assert {fixture.event for fixture in FIXTURES.values()} == set(plugin.manifest.events)


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("149.90", 14990),
        ("0.00", 0),
        ("0", 0),
        ('"149.90"', 14990),
        ('" 149.90 "', 14990),
        ("1e2", 10000),
        ("59.980000000000004", 5998),
        ("9999999999999.99", 999999999999999),
    ],
)
def test_total_is_exact(parse, written, minor):
    body = b'{"type": "order", "email": "a@beispiel.de", "total": %s}' % written.encode()
    assert parse(body).total == hub.Money(minor, "EUR")


def test_total_is_in_the_currency_of_the_tenant(lead_request, lead_connection):
    swiss = replace(lead_connection, tenant=replace(lead_connection.tenant, currency="CHF"))
    (fact,) = plugin.parse(lead_request(json.dumps(ORDER).encode()), swiss)
    assert fact.total == hub.Money(14990, "CHF")


@pytest.mark.parametrize("total", [None, "", "  "])
def test_order_without_a_total_is_taken(parse, total):
    assert parse(ORDER, total=total).total is None


@pytest.mark.parametrize(
    ("total", "code"),
    [
        (-1, "invalid_amount"),
        ("-0.01", "invalid_amount"),
        (1.999, "invalid_amount"),
        (1e20, "invalid_amount"),
        ("149,90", "wrong_type"),
        ("149.90 €", "wrong_type"),
        ("1_000", "wrong_type"),
        ("NaN", "wrong_type"),
        (True, "wrong_type"),
        ([149.90], "wrong_type"),
        ({"amount": 149.90}, "wrong_type"),
    ],
)
def test_bad_total_is_refused(refused, total, code):
    error = refused(ORDER, total=total)
    assert (error.code, error.path) == (code, "total")


@pytest.mark.parametrize("sent", [ORDER, TICKET])
@pytest.mark.parametrize("email", [None, "", "kunde", "kunde@", "a b@beispiel.de", "a@b@c.de", 7, ["a@b.de"]])
def test_email_must_be_an_address(refused, sent, email):
    assert refused(sent, email=email).path == "email"


def test_email_keeps_the_sender_s_case(parse):
    assert parse(ORDER, email=" Kunde@Beispiel.DE ").customer == hub.Person(email="Kunde@Beispiel.DE")


@pytest.mark.parametrize("message", [None, "", " \n", 5, ["Guten Tag"]])
def test_ticket_needs_a_message(refused, message):
    assert refused(TICKET, message=message).path == "message"


def test_long_message_is_kept_whole(parse, refused):
    assert len(parse(TICKET, message="x" * 100_000).message) == 100_000
    assert refused(TICKET, message="x" * 100_001).code == "too_long"


@pytest.mark.parametrize("subject", [None, "", "   "])
def test_ticket_without_a_subject_is_named(parse, subject):
    assert parse(TICKET, subject=subject).subject == "Anfrage Webseite"


def test_order_without_a_subject_stays_without(parse):
    assert parse(ORDER, subject="").subject is None


def test_further_fields_are_kept_as_sent(parse):
    further = {"telefon": "089/1", "nested": {"a": [1, None, True]}, "id": 2**53 + 1, "leer": ""}
    assert parse(ORDER, **further).extra == further
    assert parse(TICKET, **further, total=5).extra == {**further, "total": 5}


def test_message_of_an_order_is_a_further_field(parse):
    assert parse(ORDER, message="bald bitte").extra == {"message": "bald bitte"}


@pytest.mark.parametrize("wrong", [None, "", "Order", "invoice", 1, True, ["order"], {}])
def test_type_must_be_one_of_the_two(refused, wrong):
    assert refused(ORDER, type=wrong).path == "type"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b"type=order&email=a%40b.de", "invalid_json"),
        (b'{"type": "order",', "invalid_json"),
        (b'{"type": "order", "total": NaN}', "invalid_json"),
        (b'{"type": "order", "type": "ticket"}', "duplicate_key"),
        (b'{"type": "order", "email": "j\xf6rg@beispiel.de"}', "not_utf8"),
        (b"[" * 10_000 + b"]" * 10_000, "too_deep"),
        (b'[{"type": "order"}]', "wrong_type"),
        (b'"order"', "wrong_type"),
        (b"null", "missing_field"),
    ],
)
def test_body_that_is_no_object_is_refused(refused, body, code):
    assert refused(body).code == code
