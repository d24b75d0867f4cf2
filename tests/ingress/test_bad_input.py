"""What a sender may get wrong. Each case has its stated answer, leaves no record, is shown in the
event log with its reason, and never makes the hub fail."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Sale = Callable[..., dict[str, Any]]

JSON = {"Content-Type": "application/json"}


def body(**fields: Any) -> bytes:
    """A sale as text, so that a case can say what Python's JSON would not."""
    usual = {"event": "transaction.created", "externalId": "t-1", "grossAmount": "119.00", "currency": "EUR"}
    return json.dumps(usual | fields).encode()


def raw(name: str, text: str) -> bytes:
    """A sale whose member has just this text."""
    return body(**{name: "@"}).replace(b'"@"', text.encode())


UNREADABLE = {
    "no JSON": (b"{", 400, "invalid_json"),
    "trailing text": (body() + b"x", 400, "invalid_json"),
    "form data": (b"event=transaction.created", 400, "invalid_json"),
    "empty": (b"", 400, "empty_body"),
    "white space": (b" \n", 400, "empty_body"),
    "not UTF-8": (body().replace(b"t-1", b"t-\xff"), 400, "not_utf8"),
    "UTF-16": (body().decode().encode("utf-16"), 400, "not_utf8"),
    "a list": (b"[]", 400, "wrong_type"),
    "a text": (b'"sale"', 400, "wrong_type"),
    "null": (b"null", 400, "missing_field"),
    "a key twice": (body().replace(b"{", b'{"externalId": "t-2", ', 1), 400, "duplicate_key"),
    "a key twice, deep": (raw("customer", '{"email": "a@b.de", "email": "c@d.de"}'), 400, "duplicate_key"),
    "NaN": (raw("grossAmount", "NaN"), 400, "invalid_json"),
    "Infinity": (raw("grossAmount", "-Infinity"), 400, "invalid_json"),
    "10000 levels": (raw("note", "[" * 10_000 + "]" * 10_000), 400, "too_deep"),
    "65 levels": (raw("note", '{"a":' * 65 + "1" + "}" * 65), 400, "too_deep"),
    "10000 levels, open": (b'{"a":' * 10_000, 400, "too_deep"),
    "a number of 5000 digits": (raw("note", "9" * 5000), 400, "number_out_of_range"),
    "an exponent of a million": (raw("note", "1e1000000"), 400, "number_out_of_range"),
}

WRONG_FIELDS = {
    "no event": (body(event=None), "missing_field"),
    "no id": (body(externalId=None), "missing_field"),
    "an id of 300 characters": (body(externalId="x" * 300), "too_long"),
    "an id that is a list": (body(externalId=["t-1"]), "wrong_type"),
    "an id that is true": (body(externalId=True), "wrong_type"),
    "no amount": (body(grossAmount=None), "missing_field"),
    "a negative amount": (body(grossAmount="-1.00"), "invalid_amount"),
    "a tenth of a cent": (body(grossAmount="1.001"), "invalid_amount"),
    "a trillion trillions": (raw("grossAmount", "1e24"), "invalid_amount"),
    "an amount at the limit": (body(grossAmount="10000000000000.00"), "invalid_amount"),
    "an exponent of 300": (body(grossAmount="1e300"), "invalid_amount"),
    "a comma in the amount": (body(grossAmount="1,50"), "wrong_type"),
    "an amount that is an object": (body(grossAmount={}), "wrong_type"),
    "no currency": (body(currency=""), "missing_field"),
    "an unknown currency": (body(currency="EURO"), "unknown_currency"),
    "gold": (body(currency="XAU"), "unknown_currency"),
    "a tax of 200 %": (body(taxRate=200), "wrong_type"),
    "no e-mail address": (body(customer={"email": "erika"}), "invalid_email"),
    "a customer that is a text": (body(customer="erika"), "wrong_type"),
    "a date without offset": (body(transactionDate="2026-05-21T10:00:00"), "wrong_type"),
    "a date before all dates": (body(transactionDate="0001-01-01T00:00:00+14:00"), "out_of_range"),
    "a count beyond all counts": (body(recurringNumber=10**30), "out_of_range"),
}

ALL = UNREADABLE | {name: (sent, 400, code) for name, (sent, code) in WRONG_FIELDS.items()}


@pytest.mark.parametrize("case", ALL)
def test_a_bad_body_is_refused_with_its_reason(site: Any, case: str) -> None:
    sent, status, code = ALL[case]
    answer = site.send(sent)

    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert_refused(site, answer, code)
    assert site.event(answer)["body"] == sent
    assert site.event(answer)["verified"]


CONTENT_TYPES = {
    "text": ({"Content-Type": "text/plain"}, "unsupported_content_type"),
    "a form": ({"Content-Type": "application/x-www-form-urlencoded"}, "unsupported_content_type"),
    "none": ({"Content-Type": None}, "unsupported_content_type"),
    "nonsense": ({"Content-Type": ";;/"}, "unsupported_content_type"),
    "gzip": ({"Content-Encoding": "gzip"}, "unsupported_encoding"),
}


@pytest.mark.parametrize("case", CONTENT_TYPES)
def test_another_content_type_is_refused(site: Any, sale: Sale, case: str) -> None:
    headers, code = CONTENT_TYPES[case]
    answer = site.send(sale(), headers=headers)

    assert (answer.status_code, answer.get_json()["code"]) == (415, code)
    assert_refused(site, answer, code)


@pytest.mark.parametrize("given", ["application/json; charset=utf-8", "application/vnd.shop+json"])
def test_a_content_type_of_json_is_taken(site: Any, sale: Sale, given: str) -> None:
    assert site.send(sale(), headers={"Content-Type": given}).get_json()["status"] == "processed"


SIGNATURES = {
    "missing": (None, "missing_signature"),
    "empty": ("  ", "missing_signature"),
    "without its prefix": ("ab" * 32, "malformed_signature"),
    "no hex": ("sha256=" + "zz" * 32, "malformed_signature"),
    "not ASCII": ("sha256=" + "ü" * 64, "malformed_signature"),
    "of another body": ("sha256=" + "ab" * 32, "invalid_signature"),
    "too short": ("sha256=ab", "invalid_signature"),
    "empty after the prefix": ("sha256=", "invalid_signature"),
    "two, comma between": (f"sha256={'ab' * 32}, sha256={'ab' * 32}", "malformed_signature"),
    "a kilobyte": ("sha256=" + "ab" * 512, "invalid_signature"),
}


@pytest.mark.parametrize("case", SIGNATURES)
def test_a_bad_signature_is_refused_before_the_body_is_read(site: Any, case: str) -> None:
    given, code = SIGNATURES[case]
    answer = site.send(b"\xff no JSON", secret=None, headers={"X-Webhook-Signature": given})

    assert (answer.status_code, answer.get_json()["code"]) == (401, code)
    assert_refused(site, answer, code)
    assert not site.event(answer)["verified"]


def test_without_a_stored_secret_nothing_is_taken(site: Any, sale: Sale) -> None:
    site.change("custom", secret="")
    answer = site.send(sale(), secret="")

    assert (answer.status_code, answer.get_json()["code"]) == (401, "no_secret")
    assert_refused(site, answer, "no_secret")


def test_a_body_over_the_limit_is_refused_and_not_kept(make_hub: Any, sale: Sale) -> None:
    site = make_hub(body_limit=1000)
    answer = site.send(sale(note="x" * 1000))

    assert (answer.status_code, answer.get_json()["code"]) == (413, "body_too_large")
    assert_refused(site, answer, "body_too_large")
    assert site.event(answer)["body"] == b""
    assert site.send(sale(note="x" * 800)).status_code == 200


HARMLESS = {
    "NUL": ("note", '"a\\u0000b"', "a\ufffdb"),
    "half a character": ("note", '"a\\ud800b"', "a\ufffdb"),
    "a whole one in two halves": ("note", '"\\ud83d\\ude00"', "\U0001f600"),
    "NUL in a key": ("note", '{"a\\u0000": 1}', {"a\ufffd": 1}),
    "an integer beyond 64 bits": ("note", "123456789012345678901234567890", 123456789012345678901234567890),
    "an integer beyond 2^53": ("note", "9007199254740993", 9007199254740993),
    "a fraction with many digits": (
        "note",
        "0.1000000000000000055511151231",
        "0.1000000000000000055511151231",
    ),
    "an exponent of 300": ("note", "1e300", "1E+300"),
    "markup": ("note", '"<script>alert(1)</script>"', "<script>alert(1)</script>"),
    "SQL": ("productName", '"\'; DROP TABLE transactions; --"', "'; DROP TABLE transactions; --"),
    "NUL in a text field": ("productName", '"a\\u0000b"', "a\ufffdb"),
    "half a character in an id": ("partnerId", '"P\\udfff"', "P\ufffd"),
    "64 levels": ("note", "[" * 63 + "]" * 63, None),
}

COLUMNS = {"productName": "product_name", "partnerId": "partner_code"}


@pytest.mark.parametrize("case", HARMLESS)
def test_odd_but_right_values_are_taken_and_kept(site: Any, case: str) -> None:
    name, text, kept = HARMLESS[case]
    answer = site.send(raw(name, text))

    assert (answer.status_code, answer.get_json()["status"]) == (200, "processed")
    record = site.record("transactions")
    stored = record[COLUMNS[name]] if name in COLUMNS else record["extra"][name]
    assert kept is None or stored == kept or str(stored) == kept


@pytest.mark.parametrize("number", [2**53 + 1, 10**40, 0, -7])
def test_an_id_that_is_a_number_is_exact(site: Any, number: int) -> None:
    assert site.send(raw("externalId", str(number))).get_json()["status"] == "processed"
    assert site.record("transactions")["external_id"] == str(number)
    assert site.send(body(externalId=str(number))).get_json()["status"] == "skipped"


@pytest.mark.parametrize(
    ("written", "minor"),
    [
        ("119.99", 11999),
        ("59.980000000000004", 5998),
        ("1e2", 10000),
        ("0", 0),
        ("9999999999999.99", 10**15 - 1),
    ],
)
def test_an_amount_that_is_a_number_is_exact(site: Any, written: str, minor: int) -> None:
    assert site.send(raw("grossAmount", written)).get_json()["status"] == "processed"
    assert site.record("transactions")["gross_minor"] == minor


ODD_NAMES = ["a%00b", "a%FFb", "ä", "a'b", "a b", "MUSTERFIRMA", "musterfirma%20", "x" * 3000, "%F0%9F%98%80"]


@pytest.mark.parametrize("odd", [*ODD_NAMES, "..", "%2e%2e"])
def test_a_tenant_name_that_nobody_has_is_not_found(site: Any, sale: Sale, odd: str) -> None:
    answer = site.send(sale(), path=f"/api/webhooks/{odd}/custom")

    assert answer.status_code == 404
    if odd not in {"..", "%2e%2e"}:
        assert_refused(site, answer, "not_connected")


@pytest.mark.parametrize("odd", ["a%00b", "%FF", "x" * 3000])
def test_a_connection_name_that_nobody_has_is_not_found(site: Any, sale: Sale, odd: str) -> None:
    answer = site.send(sale(), connection=odd)

    assert answer.status_code == 404
    assert_refused(site, answer, "not_connected")


def test_an_odd_query_does_no_harm(site: Any, sale: Sale) -> None:
    answer = site.send(sale(), path="/api/webhooks/musterfirma/custom?a=%00&a=%ff&%00=b&token=x")

    assert answer.get_json()["status"] == "processed"


def test_unknown_tenant_and_switched_off_plugin_are_answered_alike(site: Any, sale: Sale) -> None:
    site.change("custom", enabled=False)
    off = site.send(sale())
    unknown = site.send(sale(), tenant="niemand")

    assert off.status_code == unknown.status_code == 404
    assert off.get_json() | {"eventId": ""} == unknown.get_json() | {"eventId": ""}
    assert {**off.headers, "X-Event-Id": ""} == {**unknown.headers, "X-Event-Id": ""}
    assert_refused(site, off, "not_connected")
    assert site.event(off)["tenant_id"] == site.tenant_id()
    assert site.event(unknown)["tenant_id"] is None


def test_a_plugin_without_a_connection_is_answered_alike(site: Any, sale: Sale) -> None:
    answer = site.send(sale(), connection="zweitshop")

    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_connected")


def test_no_credential_is_kept_answered_or_logged(
    site: Any, sale: Sale, capsys: pytest.CaptureFixture[str]
) -> None:
    key = site.keys["musterfirma"]
    lead = {"type": "ticket", "email": "a@b.de", "message": "Hallo"}
    headers = {"Cookie": "session=abc-123", "Authorization": "Bearer abc-123"}
    answers = [
        site.send(sale(), headers=headers),
        site.send(sale(), secret="wrong", headers=headers),
        site.send(lead, plugin="lead", secret=key),
        site.send(lead, plugin="lead", secret=key + "x"),
        site.send(lead, plugin="lead", secret=None, path=f"/api/v1/lead?key={key}"),
        site.send(lead, plugin="lead", secret=None, path=f"/api/v1/lead.php?key={key}x"),
    ]

    assert [answer.status_code for answer in answers] == [200, 401, 200, 403, 200, 403]
    kept = "".join(repr(site.event(answer)) for answer in answers if "eventId" in (answer.get_json() or {}))
    kept += "".join(repr(dict(event)) for event in site.events())
    written = "".join(capsys.readouterr())
    shown = "".join(f"{answer.headers}{answer.get_data(as_text=True)}" for answer in answers)
    for secret in (key, "ein-langes-geheimnis-0815", "abc-123", "the-vault-key-of-the-tests"):
        assert secret not in kept
        assert secret not in shown
        assert secret not in written


def assert_refused(site: Any, answer: Any, reason: str) -> None:
    """The log shows the refusal, and nothing else happened."""
    event = site.event(answer)
    assert (event["outcome"], event["reason"], event["status"]) == ("rejected", reason, answer.status_code)
    assert event["message"] == answer.get_json()["message"]
    assert event["id"] in {found["id"] for found in site.events(outcome="rejected")}
    assert site.count() == 0
