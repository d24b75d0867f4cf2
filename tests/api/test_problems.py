"""Whatever goes wrong is told as a problem."""

from typing import Any

import pytest

from hub.records.database import DatabaseUnavailable
from tests.api.conftest import Caller, problem


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine: no answer here depends on which it is."""
    return sqlite_url


MISSING = (
    ("GET", "/", (404, "not-found")),
    ("GET", "/nothing", (404, "not-found")),
    ("GET", "/customers/", (404, "not-found")),
    ("GET", "//customers", (404, "not-found")),
    ("GET", "/customers/1", (404, "not-found")),
    ("GET", "/customers/00000000-0000-0000-0000-000000000000", (404, "not-found")),
    ("DELETE", "/customers", (405, "method-not-allowed")),
    ("OPTIONS", "/customers", (405, "method-not-allowed")),
    ("POST", "/openapi.json", (405, "method-not-allowed")),
)


def test_what_is_not_there(caller: Caller) -> None:
    for method, path, expected in MISSING:
        answer = caller.ask(method, path)

        assert problem(answer) == expected, path
        if expected[0] == 405:
            assert "GET" in answer.headers["Allow"]


BODIES = (
    (b"{", "application/json", (400, "malformed")),
    (b"\xff", "application/json", (400, "malformed")),
    (b"[]", "application/json", (400, "malformed")),
    (b'{"plugin": "custom", "plugin": "custom"}', "application/json", (400, "malformed")),
    (b"[" * 100_000, "application/json", (400, "malformed")),
    (b"plugin=custom", "application/x-www-form-urlencoded", (415, "unsupported-media-type")),
    (b"{}", "", (415, "unsupported-media-type")),
    (b"{}", "application/json", (422, "invalid")),
    (b'{"plugin": 1}', "application/json", (422, "invalid")),
    (b'{"plugin": "custom", "colour": "red"}', "application/json", (422, "invalid")),
    (b'{"plugin": "nothing"}', "application/json", (422, "invalid")),
    (b'{"plugin": "custom", "settings": {"no": 1}}', "application/json", (422, "invalid")),
    (b'{"plugin": "' + b"x" * 2**20 + b'"}', "application/json", (413, "too-large")),
)


def test_a_body_that_cannot_be(caller: Caller) -> None:
    for body, kind, expected in BODIES:
        answer = caller.ask("POST", "/connections", data=body, content_type=kind)

        assert problem(answer) == expected, body[:50]
        if expected == (422, "invalid"):
            pointers = [error["pointer"] for error in answer.get_json()["errors"]]
            assert all(pointer.startswith("/") for pointer in pointers)


def test_a_failure_is_told_without_its_inside(
    site: Any, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr("hub.records.paging.page", fails)
    answer = caller.get("/customers")

    assert problem(answer) == (500, "internal")
    assert "secret" not in answer.get_data(as_text=True)
    assert answer.get_json()["instance"].startswith("urn:uuid:")


def test_without_a_database_the_caller_is_asked_to_wait(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any, **__: Any) -> None:
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr("hub.records.paging.page", gone)
    answer = caller.get("/customers")

    assert problem(answer) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "5"


def test_no_answer_sets_a_cookie_or_lets_other_pages_in(caller: Caller) -> None:
    answer = caller.ask("GET", "/customers", headers={"Origin": "https://elsewhere.example"})

    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_whoever_has_an_answer_is_not_sent_it_again(site: Any, caller: Caller) -> None:
    tag = caller.get("/customers").headers["ETag"]
    again = caller.ask("GET", "/customers", headers={"If-None-Match": tag})

    assert (again.status_code, again.data) == (304, b"")
