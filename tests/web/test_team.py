"""The team: invitations that nobody can use to take an account, roles, and the last owner."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from hub.records import tenants

LINK = re.compile(r"http://127\.0\.0\.1:8080(/password/set/[\w-]+)")
WAITING = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
FIELDS = {"password": "mein neues Passwort", "again": "mein neues Passwort"}


def invited(browser: Any, email: str = "new@example.com", role: str = "staff") -> str:
    browser.get("/team")
    answer = browser.post("/team", email=email, name="", role=role)
    assert answer.status_code == 200
    text: str = answer.text
    return text


def test_somebody_invited_sets_a_password_and_comes_in(office: Any) -> None:
    page = invited(office.browser("owner"))
    (link,) = set(LINK.findall(page))
    visitor = office.visitor()
    visitor.get(link, whole=True)

    assert visitor.post(link, whole=True, **FIELDS).status_code == 303
    visitor.sign_in("new@example.com", "mein neues Passwort")
    assert visitor.get("/orders").status_code == 200
    entry = office.audit()[0]
    assert (entry["action"], entry["after"]) == (
        "member.invited",
        {"email": "new@example.com", "role": "staff"},
    )


def test_the_link_of_an_account_of_others_is_not_shown(office: Any) -> None:
    office.add("theirs@example.com", "owner", "nachbar", password=None)
    page = invited(office.browser("owner"), "theirs@example.com")

    assert not LINK.search(page)


def test_with_a_mail_server_the_link_goes_to_the_mailbox_only(
    make_office: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[dict[str, str]] = []
    monkeypatch.setattr("hub.deliveries.mailing.post", lambda _config, **mail: posted.append(mail))
    office = make_office(smtp_host="127.0.0.1", smtp_from="crm@example.com")
    page = invited(office.browser("owner"))

    assert not LINK.search(page)
    assert posted[0]["to"] == "new@example.com"
    assert LINK.search(posted[0]["text"])


def test_nobody_is_invited_twice(office: Any) -> None:
    owner = office.browser("owner")
    owner.get("/team")
    answer = owner.post("/team", email="STAFF@example.com", role="owner")

    assert answer.status_code == 422
    assert "gehört schon zum Team" in answer.text
    assert office.person("staff@example.com")


@pytest.mark.parametrize("fields", [{"email": "keine-adresse"}, {"role": "operator"}, {"email": ""}])
def test_nonsense_is_refused(office: Any, fields: dict[str, str]) -> None:
    owner = office.browser("owner")
    owner.get("/team")

    assert owner.post("/team", **{"email": "new@example.com", "role": "staff"} | fields).status_code == 422


def test_a_role_is_changed_at_once(office: Any) -> None:
    owner, staff = office.browser("owner"), office.browser("staff")
    owner.get("/team")
    staff_id = office.person("staff@example.com").id
    assert staff.get("/team").status_code == 403
    owner.post(f"/team/{staff_id}/role", role="owner")

    assert staff.get("/team").status_code == 200
    entry = office.audit()[0]
    assert (entry["before"], entry["after"]) == ({"role": "staff"}, {"role": "owner"})


def test_who_was_removed_is_out_at_once(office: Any) -> None:
    owner, staff = office.browser("owner"), office.browser("staff")
    owner.get("/team")
    owner.post(f"/team/{office.person('staff@example.com').id}/remove")

    assert staff.get("/orders").status_code == 404


@pytest.mark.parametrize("action", [{"role": "staff"}, {}])
def test_the_last_owner_stays(office: Any, action: dict[str, str]) -> None:
    owner = office.browser("owner")
    owner.get("/team")
    path = f"/team/{office.person('owner@example.com').id}/{'role' if action else 'remove'}"
    answer = owner.post(path, **action)

    assert "mindestens einen Inhaber" in owner.get(answer.location, whole=True).text
    assert owner.get("/team").status_code == 200


def test_a_neighbour_is_not_touched(office: Any) -> None:
    owner = office.browser("owner")
    owner.get("/team")
    path = f"/team/{office.person('neighbour@example.com').id}"

    assert owner.post(f"{path}/role", role="staff").status_code == 404
    assert owner.post(f"{path}/remove").status_code == 404
    assert office.browser("neighbour", "nachbar").get("/team").status_code == 200


def at_once(office: Any, who: str, tenant: str) -> Any:
    """The answer to an invitation that waits for the end of another one of the same person."""
    browser = office.browser(who, tenant)
    browser.get("/team")
    site = office.site
    with ThreadPoolExecutor(1) as elsewhere, site.rooms.database.write() as unit:
        invited = {"email": "new@example.com", "name": "New", "role": "staff"}
        tenants.add_member(unit, tenant_id=site.tenant_id(), now=site.clock(), **invited)
        late = elsewhere.submit(browser.post, "/team", email="new@example.com", role="staff")
        while not unit.scalar(WAITING):
            assert not late.done(), late.result()
        unit.connection.commit()
        return late.result()


def test_of_two_invitations_at_once_one_hears_of_the_other(on_postgres: Any) -> None:
    answer = at_once(on_postgres, "owner", "musterfirma")

    assert answer.status_code == 422
    assert "gehört schon zum Team" in answer.text


def test_whoever_is_invited_by_two_tenants_at_once_is_one_person(on_postgres: Any) -> None:
    answer = at_once(on_postgres, "neighbour", "nachbar")

    assert answer.status_code == 200
    assert not LINK.search(answer.text), "the account is another invitation's"
    assert on_postgres.browser("neighbour", "nachbar").get("/team").text.count("new@example.com") == 1
