"""Access keys in the settings, and the pages that explain the API."""

import re
from typing import Any

import pytest

from hub.api import BASE


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine: no answer here depends on which it is."""
    return sqlite_url


def _ask(office: Any, key: str, path: str = "/customers") -> Any:
    client = office.site.app.test_client()
    return client.get(f"{BASE}{path}", headers={"Authorization": f"Bearer {key}"})


def test_a_key_is_made_shown_once_used_and_revoked(office: Any) -> None:
    admin = office.browser("admin")
    made = admin.post("/settings/access", name="Buchhaltung", scopes=["read:records"], days="30")
    found = re.search(r'value="(hub_\w+)"', made.text)
    assert found is not None
    key = found[1]

    assert made.headers["Cache-Control"] == "no-store"
    assert _ask(office, key).status_code == 200
    assert _ask(office, key, "/events").status_code == 403
    page = admin.get("/settings/access").text
    assert key not in page
    assert key[:16] in page
    assert "Buchhaltung" in page
    noted = office.audit()[0]
    assert noted["action"] == "access_key.issued"
    assert key not in str(dict(noted))

    revoke = re.search(r'action="/t/musterfirma(/settings/access/[0-9a-f-]+/revoke)"', page)
    assert revoke is not None
    assert admin.post(revoke[1]).status_code == 303
    assert _ask(office, key).status_code == 401
    assert "widerrufen am" in admin.get("/settings/access").text


def test_a_key_needs_a_name_and_a_permission(office: Any) -> None:
    answer = office.browser("admin").post("/settings/access", name="", days="30")

    assert answer.status_code == 422
    assert "Wählen Sie mindestens eine Berechtigung." in answer.text


def test_keys_are_for_admins_of_the_company_alone(office: Any) -> None:
    admin = office.browser("admin")
    admin.post("/settings/access", name="Buchhaltung", scopes=["read:records"], days="0")
    revoke = re.search(r"/settings/access/[0-9a-f-]+/revoke", admin.get("/settings/access").text)
    assert revoke is not None

    assert office.browser("staff").get("/settings/access").status_code == 403
    office.add("fremd@example.com", "owner", tenant="nachbar")
    stranger = office.browser("fremd", tenant="nachbar")
    assert stranger.post(revoke[0]).status_code == 404


def test_the_api_is_explained_to_everybody_operation_by_operation(office: Any) -> None:
    visitor = office.visitor()
    page = visitor.get("/developers/api", whole=True)
    document = office.site.app.test_client().get(f"{BASE}/openapi.json").get_json()

    assert page.status_code == 200
    for methods in document["paths"].values():
        for told in methods.values():
            assert f'id="{told["operationId"]}"' in page.text
            assert told["summary"].split("`")[0] in page.text
    targets = set(re.findall(r'href="#([^"]+)"', page.text))
    assert targets <= set(re.findall(r'id="([^"]+)"', page.text))


def test_every_problem_leads_to_its_explanation(office: Any) -> None:
    refused = office.site.app.test_client().get(f"{BASE}/customers").get_json()
    address, _, kind = refused["type"].partition("#")
    page = office.visitor().get(address.removeprefix("http://127.0.0.1:8080"), whole=True)

    assert f'id="{kind}"' in page.text
