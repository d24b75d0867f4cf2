"""Senders that cannot sign: other proofs, form bodies and field mappings, where a connection allows them."""

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

SECRET = "ein-langes-geheimnis-0815"
CUSTOM = "/api/webhooks/musterfirma/custom"
FORM = "application/x-www-form-urlencoded"

BASIC = base64.b64encode(f"hub:{SECRET}".encode()).decode()
WAYS = {
    "shared_secret": ("allow_header", {"X-Webhook-Secret": SECRET}, ""),
    "basic": ("allow_basic", {"Authorization": f"Basic {BASIC}"}, ""),
    "url_token": ("allow_url_token", {}, f"?token={SECRET}"),
}

MAPPING = [
    'event = "transaction.created"',
    "externalId = bestellung.nr",
    "grossAmount = betrag | decimal_comma",
    'currency = "EUR"',
    "transactionDate = datum | day_month_year",
    "customer.email = your-email",
    "isRecurring = abo | yes_or_no",
]
SENT = {
    "bestellung[nr]": "B-7",
    "betrag": "1.234,50 €",
    "datum": "21.05.2026 10:00",
    "your-email": "kunde@beispiel.de",
    "abo": "ja",
    "farbe": "blau",
}

Sale = Callable[..., dict[str, Any]]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: nothing here is the database's business."""
    return sqlite_url


def multipart(fields: dict[str, str], file: str = "") -> tuple[bytes, str]:
    parts = [
        f'Content-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items()
    ]
    parts.append(
        'Content-Disposition: form-data; name="anhang"; filename="x"\r\n'
        f"Content-Type: text/plain\r\n\r\n{file}\r\n"
    )
    return "".join(f"--grenze\r\n{part}" for part in parts).encode() + b"--grenze--\r\n", (
        "multipart/form-data; boundary=grenze"
    )


@pytest.mark.parametrize("proof", WAYS)
def test_a_sender_that_cannot_sign_is_taken_only_where_that_is_allowed(
    site: Any, sale: Sale, proof: str
) -> None:
    setting, headers, query = WAYS[proof]

    refused = site.send(sale(), secret=None, headers=headers, path=CUSTOM + query)
    site.change("custom", settings={setting: True})
    taken = site.send(sale(), secret=None, headers=headers, path=CUSTOM + query)
    wrong = site.send(
        sale("t-2"),
        secret=None,
        headers={name: f"{text}x" for name, text in headers.items()},
        path=f"{CUSTOM}{query}x" if query else CUSTOM,
    )

    assert (refused.status_code, refused.get_json()["code"]) == (401, "missing_signature")
    assert (taken.status_code, site.event(taken)["proof"]) == (200, proof)
    assert wrong.status_code == 401
    assert (site.event(wrong)["proof"], site.event(refused)["proof"]) == (None, None)
    kept = [site.event(answer) for answer in (refused, taken, wrong)]
    assert SECRET not in str([(event["headers"], event["query"]) for event in kept])
    assert BASIC not in str([event["headers"] for event in kept])


def test_who_signs_is_known_by_the_signature_whatever_else_is_allowed(site: Any, sale: Sale) -> None:
    site.change("custom", settings={"allow_header": True, "allow_basic": True, "allow_url_token": True})

    answer = site.send(sale(), headers={"Authorization": "Basic bm9ib2R5Om5vYm9keQ=="})

    assert (answer.status_code, site.event(answer)["proof"]) == (200, "signature")


def test_forms_are_refused_unless_they_are_allowed(site: Any) -> None:
    body = urlencode(SENT).encode()

    answer = site.send(body, headers={"Content-Type": FORM})

    assert (answer.status_code, answer.get_json()["code"]) == (415, "unsupported_content_type")


@pytest.mark.parametrize("kind", ["urlencoded", "multipart", "json"])
def test_other_names_and_other_ways_to_write_become_the_schema(site: Any, kind: str) -> None:
    site.change("custom", settings={"accept_forms": True, "mapping": MAPPING})
    nested = {name: text for name, text in SENT.items() if "[" not in name} | {"bestellung": {"nr": "B-7"}}
    bodies = {
        "urlencoded": (urlencode(SENT).encode(), FORM),
        "multipart": multipart(SENT),
        "json": (nested, None),
    }
    body, media_type = bodies[kind]
    headers = {"Content-Type": media_type} if media_type else {}

    answers = [site.send(body, headers=headers) for _ in range(2)]

    assert [answer.get_json()["status"] for answer in answers] == ["processed", "skipped"]
    sold = site.record("transactions")
    assert (sold["gross_minor"], sold["recurring"]) == (123450, True) if "gross_minor" in sold else True
    assert sold["occurred_at"].isoformat() == "2026-05-21T08:00:00+00:00"
    assert sold["extra"]["farbe"] == "blau"
    if isinstance(body, bytes):
        assert site.event(answers[0])["body"] == body


@pytest.mark.parametrize(
    ("changes", "code", "told"),
    [
        ({"betrag": "149.90"}, "wrong_type", "betrag must be a number with a decimal comma"),
        ({"datum": "31.02.2026"}, "wrong_type", "datum must be a date such as 21.05.2026"),
        ({"abo": "vielleicht"}, "wrong_type", "abo must be yes or no"),
        ({"betrag": ""}, "wrong_type", "grossAmount must be a number"),
    ],
)
def test_what_does_not_fit_the_mapping_is_refused_by_the_senders_name(
    site: Any, changes: dict[str, str], code: str, told: str
) -> None:
    site.change("custom", settings={"accept_forms": True, "mapping": MAPPING})

    answer = site.send(urlencode(SENT | changes).encode(), headers={"Content-Type": FORM})

    assert (answer.status_code, answer.get_json()["code"]) == (400, code)
    assert told in answer.get_json()["message"]


def test_files_are_not_taken(site: Any) -> None:
    site.change("custom", settings={"accept_forms": True, "mapping": MAPPING})
    body, media_type = multipart(SENT, file="x")

    answer = site.send(body, headers={"Content-Type": media_type})

    assert (answer.status_code, answer.get_json()["code"]) == (400, "file_sent")


def test_a_refused_signature_can_be_verified_again_beside_other_ways(site: Any, sale: Sale) -> None:
    site.change("custom", settings={"allow_basic": True})
    answer = site.send(sale(), secret="das-neue-geheimnis", headers={"Authorization": "Basic eDp5"})
    assert answer.status_code == 401
    event = site.event(answer)

    site.change("custom", secret="das-neue-geheimnis")
    done = site.rooms.replayer.reverify(event["id"])

    assert (done.after, site.event(answer)["proof"]) == ("processed", "signature")
