"""Forms on web pages, through HTTP: keys in fields, spam traps, origins, and a page to go to afterwards."""

import uuid
from typing import Any
from urllib.parse import urlencode

import pytest

FORM = "application/x-www-form-urlencoded"
PATH = "/api/v1/lead"
PAGE = "https://www.beispiel.de"
TICKET = {"type": "ticket", "email": "kunde@beispiel.de", "message": "Guten Tag"}
SUCCESS = b'{"status":"success","message":"Daten verarbeitet","type":"ticket"}'
HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: nothing here is the database's business."""
    return sqlite_url


@pytest.fixture
def form(site: Any) -> Any:
    """Sends a form with the key in a field: ``form(email=…)``, a field that is ``None`` left out."""

    def form(*, key: str | None = None, path: str = PATH, headers: Any = None, **fields: str | None) -> Any:
        sent = TICKET | {"api_key": key or site.keys["musterfirma"]} | fields
        body = urlencode({name: text for name, text in sent.items() if text is not None}).encode()
        headers = {"Content-Type": FORM, **(headers or {})}
        return site.send(body, plugin="lead", secret=None, path=path, headers=headers)

    return form


@pytest.fixture
def allow(site: Any) -> Any:
    """Switches settings on, beside those that forms need."""

    def allow(**settings: Any) -> None:
        site.change("lead", settings={"accept_forms": True, "key_in_field": True, **settings})

    return allow


def event(site: Any, answer: Any) -> Any:
    from hub.records import events

    with site.rooms.database.read() as unit:
        return events.get(unit, uuid.UUID(answer.headers["X-Event-Id"]))


def test_a_key_in_a_field_counts_only_where_that_is_allowed(site: Any, form: Any, allow: Any) -> None:
    refused, unknown = form(), form(key="crm_1_" + "0" * 40)
    strange = form(key="crm_999_" + "0" * 40)
    allow()
    taken = form(telefon="089/1")

    assert refused.status_code == 403
    assert refused.data == unknown.data == strange.data
    assert (taken.status_code, taken.data) == (200, SUCCESS)
    assert event(site, taken)["proof"] == "form_field"
    assert site.keys["musterfirma"] not in str(site.events()) + str(event(site, taken))
    assert b"api_key=***" in event(site, taken)["body"]
    assert site.record("tickets")["extra"] == {"telefon": "089/1"}


def test_a_repeated_form_with_an_idempotency_key_is_one_ticket(site: Any, form: Any, allow: Any) -> None:
    allow()

    answers = [form(headers={"Idempotency-Key": "a-1"}).data for _ in range(2)]
    other = form(headers={"Idempotency-Key": "a-1"}, message="Etwas anderes")

    assert answers == [SUCCESS, SUCCESS]
    assert other.status_code == 409
    assert len(site.records("tickets")) == 1


def test_the_fields_of_a_form_tool_are_mapped(site: Any, form: Any) -> None:
    mapping = ['type = "ticket"', "email = fields.email.value", "message = fields.message.value"]
    site.change("lead", settings={"accept_forms": True, "mapping": mapping})
    fields = {"fields[email][value]": "kunde@beispiel.de", "fields[message][value]": "Hallo", "form[id]": "7"}
    absent = dict.fromkeys((*TICKET, "api_key"))

    answer = form(path=f"{PATH}?key={site.keys['musterfirma']}", **absent, **fields)

    assert (answer.status_code, answer.data) == (200, SUCCESS)
    assert event(site, answer)["proof"] == "api_key"
    assert site.record("tickets")["extra"]["form"] == {"id": "7"}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"website": "https://spam.example"}, "honeypot_filled"),
        ({"opened": "1780315199"}, "filled_too_fast"),
        ({"opened": "1780315198500"}, "filled_too_fast"),
        ({"opened": "jetzt"}, "fill_time_unreadable"),
    ],
)
def test_spam_is_answered_like_any_other_and_ignored(
    site: Any, form: Any, allow: Any, fields: dict[str, str], reason: str
) -> None:
    allow(honeypot="website", time_field="opened")

    answer = form(**fields)

    assert (answer.status_code, answer.data) == (200, SUCCESS)
    kept = event(site, answer)
    assert (kept["outcome"], kept["reason"], site.count()) == ("ignored", reason, 0)


@pytest.mark.parametrize("opened", ["1780315100", "1780315100000", "1780400000", "", None])
def test_people_take_their_time_and_leave_the_trap_alone(
    site: Any, form: Any, allow: Any, opened: str | None
) -> None:
    allow(honeypot="website", time_field="opened")

    answer = form(website="", opened=opened)

    assert event(site, answer)["outcome"] == "processed"
    assert site.record("tickets")["extra"] == {}


def test_a_browser_may_send_from_allowed_pages_alone(site: Any, form: Any, allow: Any) -> None:
    allow(origins=[PAGE])
    key = site.keys["musterfirma"]

    def ask(origin: str, key: str) -> Any:
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        }
        return site.app.test_client().options(f"{PATH}?key={key}", headers=headers)

    allowed, other, stranger = ask(PAGE, key), ask("https://evil.example", key), ask(PAGE, "crm_999_x")
    assert allowed.status_code == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == PAGE
    assert allowed.headers["Access-Control-Allow-Headers"] == "content-type"
    assert "Access-Control-Allow-Origin" not in {**other.headers, **stranger.headers}

    mine, theirs, server = (
        form(headers={"Origin": PAGE}),
        form(headers={"Origin": "https://evil.example"}),
        form(),
    )
    assert (mine.status_code, mine.headers["Access-Control-Allow-Origin"]) == (200, PAGE)
    assert mine.headers["Vary"] == "Origin"
    assert (theirs.status_code, theirs.get_json()["code"]) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in theirs.headers
    assert server.status_code == 200
    assert len(site.records("tickets")) == 2
    assert site.events(outcome="ignored") == []


def test_without_allowed_pages_nothing_is_said_to_browsers(site: Any, form: Any, allow: Any) -> None:
    allow()
    answer = form(headers={"Origin": PAGE})
    assert answer.status_code == 200
    assert not [name for name in dict(answer.headers) if name.startswith("Access-Control")]


def test_visitors_are_sent_on_to_allowed_pages_alone(form: Any, allow: Any) -> None:
    allow(redirects=[f"{PAGE}/danke", f"{PAGE}/merci"], error_redirect=f"{PAGE}/fehler")

    def goes_to(**fields: Any) -> Any:
        answer = form(headers=HTML, **fields)
        return answer.status_code, answer.headers.get("Location")

    assert goes_to() == (303, f"{PAGE}/danke")
    assert goes_to(_redirect=f"{PAGE}/merci") == (303, f"{PAGE}/merci")
    assert goes_to(_redirect="https://evil.example/") == (303, f"{PAGE}/danke")
    assert goes_to(email="niemand") == (303, f"{PAGE}/fehler")
    assert goes_to(key="crm_1_" + "0" * 40) == (403, None)
    assert form(_redirect=f"{PAGE}/merci").data == SUCCESS


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("origins", "www.beispiel.de"),
        ("origins", "https://www.beispiel.de/kontakt"),
        ("origins", "*"),
        ("redirects", "/danke"),
        ("redirects", "javascript:alert(1)"),
        ("error_redirect", "//evil.example"),
        ("mapping", "email"),
        ("mapping", "total = betrag | sqrt"),
        ("honeypot", "a[b]"),
    ],
)
def test_settings_that_cannot_be_are_refused(name: str, value: str) -> None:
    from hub_lead_api.settings import Settings

    with pytest.raises(ValueError, match=name):
        Settings.model_validate({name: value if name in ("error_redirect", "honeypot") else [value]})
