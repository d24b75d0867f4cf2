"""What the tests of the API share: a caller with a key, and what it asks."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug.test import TestResponse

from hub.api import BASE
from hub.records import access
from hub.records.scopes import SCOPES

MakeCaller = Callable[..., "Caller"]


@dataclass(frozen=True)
class Caller:
    """A program of a tenant."""

    site: Any
    key: str = field(repr=False)

    def ask(self, method: str, path: str, **request: Any) -> TestResponse:
        """Send a request with the key; ``path`` stands behind the base."""
        headers = {"Authorization": f"Bearer {self.key}", **request.pop("headers", {})}
        client = self.site.app.test_client()
        answer: TestResponse = client.open(f"{BASE}{path}", method=method, headers=headers, **request)
        return answer

    def get(self, path: str, **asked: Any) -> TestResponse:
        """Read."""
        return self.ask("GET", path, query_string=asked)

    def post(self, path: str, given: Any = None, *, key: str | None = None) -> TestResponse:
        """Do something; ``key`` is the idempotency key."""
        return self.ask("POST", path, json=given or {}, headers={"Idempotency-Key": key} if key else {})

    def all(self, path: str, **asked: Any) -> list[Any]:
        """The items of all pages of a list."""
        items: list[Any] = []
        while True:
            answer = self.get(path, **asked)
            assert answer.status_code == 200, answer.get_json()
            items += answer.get_json()["data"]
            cursor = answer.get_json()["next_cursor"]
            if cursor is None:
                return items
            asked["cursor"] = cursor


@pytest.fixture
def make_caller(site: Any) -> MakeCaller:
    """Makes a program with a key: ``make_caller("read:records", tenant="nachbar")``."""

    def make(*scopes: str, tenant: str = "musterfirma", **key: Any) -> Caller:
        with site.rooms.database.write() as unit:
            issued = access.issue(
                unit,
                site.tenant_id(tenant),
                name="Auswertung",
                scopes=scopes or tuple(SCOPES),
                now=site.clock(),
                **key,
            )
        return Caller(site, issued.key)

    return make


@pytest.fixture
def caller(make_caller: MakeCaller) -> Caller:
    """A program that may do everything."""
    return make_caller()


def problem(answer: TestResponse) -> tuple[int, str]:
    """Status and kind of the problem that an answer tells."""
    assert answer.content_type == "application/problem+json", answer.get_data(as_text=True)
    told = answer.get_json()
    assert told["status"] == answer.status_code
    assert told["detail"]
    assert told["title"]
    address, _, kind = told["type"].partition("#")
    assert address == "http://127.0.0.1:8080/developers/api/problems"
    return answer.status_code, kind
