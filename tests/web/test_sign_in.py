"""Signing in: passwords, second factors, limits, links, and what a session is worth."""

import re
from collections.abc import Callable
from typing import Any

import pyotp
import pytest

from hub.records import people

PASSWORD = "ein gutes Passwort"


@pytest.fixture
def secured(office: Any) -> tuple[Any, str, list[str]]:
    """The owner has set up a second factor: the office, its key and the recovery codes."""
    owner = office.browser("owner")
    page = owner.get("/account/second-factor", whole=True)
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)[1].replace(" ", "")  # type: ignore[index]
    answer = owner.post("/account/second-factor", whole=True, code=code_at(office, key))
    codes = re.findall(r"<code>([0-9a-f-]{19})</code>", answer.text)
    assert len(codes) == 10
    office.site.clock.advance(minutes=5)
    return office, key, codes


def code_at(office: Any, key: str) -> str:
    return pyotp.TOTP(key).at(office.site.clock())


def test_a_stranger_is_sent_to_sign_in_and_back(office: Any) -> None:
    visitor = office.visitor()
    answer = visitor.get("/orders?status=new")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/t/musterfirma/orders?status%3Dnew"

    visitor.get(answer.location, whole=True)
    entered = visitor.post(answer.location, whole=True, email="staff@example.com", password=PASSWORD)
    assert entered.location == "/t/musterfirma/orders?status=new"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_host(office: Any, target: str) -> None:
    visitor = office.visitor()
    visitor.get("/sign-in", whole=True)
    answer = visitor.client.post(
        "/sign-in",
        query_string={"next": target},
        data={"email": "staff@example.com", "password": PASSWORD, "csrf_token": visitor.token},
    )
    assert (answer.status_code, answer.location) == (303, "/")


@pytest.mark.parametrize("email", ["owner@example.com", "nobody@example.com"])
def test_a_wrong_password_and_an_unknown_address_read_the_same(office: Any, email: str) -> None:
    answer = office.visitor().sign_in(email, "ein falsches Passwort")

    assert answer.status_code == 422
    assert "E-Mail-Adresse oder Passwort ist nicht richtig." in answer.text


def test_the_address_may_be_in_any_case(office: Any) -> None:
    assert office.visitor().sign_in("Owner@Example.com ").status_code == 303


def test_who_has_no_password_yet_cannot_sign_in(office: Any) -> None:
    office.add("new@example.com", "staff", password=None)

    for guess in ("", "!", PASSWORD):
        assert office.visitor().sign_in("new@example.com", guess).status_code == 422


def test_guesses_are_limited_for_the_account_and_the_right_password_too(office: Any) -> None:
    answers = [office.visitor().sign_in("owner@example.com", "falsch").status_code for _ in range(11)]

    assert answers == [422] * 10 + [429]
    assert office.visitor().sign_in("owner@example.com").status_code == 429


def test_signing_in_is_not_counted_as_a_guess(office: Any) -> None:
    answers = {office.visitor().sign_in("owner@example.com").status_code for _ in range(12)}

    assert answers == {303}


@pytest.mark.parametrize("csrf", ["", "forged"])
def test_a_form_without_its_token_is_refused(office: Any, csrf: str) -> None:
    owner = office.browser("owner")

    assert owner.post("/team", csrf=csrf, email="x@example.com", role="owner").status_code == 400
    assert (
        office.visitor().post("/sign-in", whole=True, csrf=csrf, email="a", password="b").status_code == 400
    )


def test_a_token_of_another_session_is_refused(office: Any) -> None:
    other = office.browser("admin")
    other.get("/orders")
    owner = office.browser("owner")

    assert owner.post("/team", csrf=other.token, email="x@example.com", role="owner").status_code == 400


def test_htmx_sends_the_token_in_a_header(office: Any) -> None:
    owner = office.browser("owner")
    owner.get("/orders")
    answer = owner.client.post("/account/sign-out-everywhere", headers={"X-CSRFToken": owner.token})

    assert answer.status_code == 303


def test_signing_out_ends_the_session(office: Any) -> None:
    owner = office.browser("owner")
    owner.get("/orders")

    assert owner.post("/sign-out", whole=True).location == "/sign-in"
    assert owner.get("/orders").status_code == 303


def test_an_answer_in_the_background_does_not_bring_an_ended_session_back(office: Any) -> None:
    erika = office.browser("owner")
    page = erika.get("/notifications")
    news = erika.get("/notifications/news", headers={"Sec-Fetch-Mode": "cors"})

    assert "Set-Cookie" in page.headers  # the session goes on
    assert news.status_code == 200
    assert "Set-Cookie" not in news.headers


def test_another_password_ends_all_other_sessions(office: Any) -> None:
    here, there = office.browser("owner"), office.browser("owner")
    here.get("/account", whole=True)
    answer = here.post(
        "/account/password", whole=True, present=PASSWORD, password="noch ein gutes", again="noch ein gutes"
    )

    assert answer.status_code == 303
    assert here.get("/orders").status_code == 200
    assert there.get("/orders").status_code == 303
    assert office.visitor().sign_in("owner@example.com").status_code == 422
    assert office.visitor().sign_in("owner@example.com", "noch ein gutes").status_code == 303
    assert office.audit(None)[1]["action"] == "member.password_changed"


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"present": "falsch"}, "Das Passwort ist nicht richtig."),
        ({"password": "kurz", "again": "kurz"}, "mindestens 10 Zeichen"),
        ({"again": "etwas anderes"}, "Die beiden Eingaben sind verschieden."),
    ],
)
def test_a_password_is_not_changed_by_mistake(office: Any, fields: dict[str, str], fault: str) -> None:
    owner = office.browser("owner")
    owner.get("/account", whole=True)
    usual = {"present": PASSWORD, "password": "noch ein gutes", "again": "noch ein gutes"}
    answer = owner.post("/account/password", whole=True, **usual | fields)

    assert answer.status_code == 422
    assert fault in answer.text


def test_signing_out_everywhere_keeps_this_browser(office: Any) -> None:
    here, there = office.browser("owner"), office.browser("owner")
    here.get("/account", whole=True)
    here.post("/account/sign-out-everywhere", whole=True)

    assert here.get("/orders").status_code == 200
    assert there.get("/orders").status_code == 303


def test_a_second_factor_is_asked_for(secured: tuple[Any, str, list[str]]) -> None:
    office, key, _codes = secured
    visitor = office.visitor()

    assert visitor.sign_in("owner@example.com").location == "/sign-in/code"
    assert visitor.get("/orders").status_code == 303, "the password alone opens nothing"
    visitor.get("/sign-in/code", whole=True)
    assert visitor.post("/sign-in/code", whole=True, code="000000").status_code == 422
    assert visitor.post("/sign-in/code", whole=True, code=code_at(office, key)).location == "/"
    assert visitor.get("/orders").status_code == 200
    assert office.audit(None)[0]["after"] == {"by": "code"}


def test_a_code_counts_once(secured: tuple[Any, str, list[str]]) -> None:
    office, key, codes = secured

    def enter(code: str) -> int:
        visitor = office.visitor()
        visitor.sign_in("owner@example.com")
        visitor.get("/sign-in/code", whole=True)
        status: int = visitor.post("/sign-in/code", whole=True, code=code).status_code
        return status

    assert [enter(code_at(office, key)) for _ in range(2)] == [303, 422]
    assert [enter(codes[0].upper()) for _ in range(2)] == [303, 422]


def test_the_second_step_waits_ten_minutes_and_no_longer(secured: tuple[Any, str, list[str]]) -> None:
    office, key, _codes = secured
    visitor = office.visitor()
    visitor.sign_in("owner@example.com")
    visitor.get("/sign-in/code", whole=True)
    office.site.clock.advance(minutes=11)

    assert visitor.post("/sign-in/code", whole=True, code=code_at(office, key)).location == "/sign-in"


def test_codes_are_limited(secured: tuple[Any, str, list[str]]) -> None:
    office, key, _codes = secured
    visitor = office.visitor()
    visitor.sign_in("owner@example.com")
    visitor.get("/sign-in/code", whole=True)
    answers = [visitor.post("/sign-in/code", whole=True, code=f"{n:06}").status_code for n in range(10)]

    assert answers == [422] * 10
    assert visitor.post("/sign-in/code", whole=True, code=code_at(office, key)).status_code == 429


def test_the_key_of_the_app_is_sealed_and_shown_only_until_it_is_confirmed(
    secured: tuple[Any, str, list[str]],
) -> None:
    office, key, codes = secured
    with office.site.rooms.database.read() as unit:
        rows = [dict(row) for row in unit.rows(_everything("second_factors"))]
        hashes = [row["hash"] for row in unit.rows(_everything("recovery_codes"))]

    assert key not in str(rows)
    assert not set(codes) & set(hashes)


def test_the_second_factor_is_removed_with_the_password(secured: tuple[Any, str, list[str]]) -> None:
    office, _key, codes = secured
    visitor = office.visitor()
    visitor.sign_in("owner@example.com")
    visitor.get("/sign-in/code", whole=True)
    visitor.post("/sign-in/code", whole=True, code=codes[1])
    visitor.get("/account", whole=True)

    assert visitor.post("/account/second-factor/remove", whole=True, present="falsch").status_code == 422
    assert visitor.post("/account/second-factor/remove", whole=True, present=PASSWORD).status_code == 303
    assert office.visitor().sign_in("owner@example.com").location == "/"


def test_a_link_sets_a_password_once(office: Any) -> None:
    member_id = office.add("new@example.com", "staff", password=None)
    with office.site.rooms.database.write() as unit:
        token = people.issue_token(unit, member_id, people.INVITATION, office.site.clock())
    visitor = office.visitor()
    page = visitor.get(f"/password/set/{token}", whole=True)
    assert "new@example.com" in page.text

    fields = {"password": "mein neues Passwort", "again": "mein neues Passwort"}
    answers = [visitor.post(f"/password/set/{token}", whole=True, **fields).status_code for _ in range(2)]
    assert answers == [303, 404]
    assert office.visitor().sign_in("new@example.com", "mein neues Passwort").status_code == 303


def test_an_old_or_unknown_link_opens_nothing(office: Any) -> None:
    member_id = office.add("new@example.com", "staff", password=None)
    with office.site.rooms.database.write() as unit:
        token = people.issue_token(unit, member_id, people.INVITATION, office.site.clock())
    office.site.clock.advance(days=7, seconds=1)

    for guess in (token, "x"):
        page = office.visitor().get(f"/password/set/{guess}", whole=True)
        assert page.status_code == 404
        assert "Dieser Link gilt nicht mehr" in page.text


def test_a_forgotten_password_tells_nobody_who_has_an_account(
    make_office: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[dict[str, str]] = []
    monkeypatch.setattr("hub.deliveries.mailing.post", lambda _config, **mail: posted.append(mail))
    office = make_office(
        smtp_host="127.0.0.1", smtp_from="crm@example.com", base_url="https://crm.example.com"
    )
    pages = []
    for email in ("owner@example.com", "nobody@example.com"):
        visitor = office.visitor()
        visitor.client.environ_base |= {"wsgi.url_scheme": "https", "HTTP_HOST": "evil.example"}
        visitor.client.environ_base["HTTP_REFERER"] = "https://evil.example/"
        visitor.get("/password/forgotten", whole=True)
        pages.append(visitor.post("/password/forgotten", whole=True, email=email).text)

    assert TOKENS.sub("", pages[0]) == TOKENS.sub("", pages[1])
    (mail,) = posted
    assert mail["to"] == "owner@example.com"
    assert "https://crm.example.com/password/set/" in mail["text"], "never the Host of the request"


TOKENS = re.compile(r'value="[^"]+"|hx-headers=\'[^\']+\'')


def test_without_a_mail_server_one_is_told_whom_to_ask(office: Any) -> None:
    page = office.visitor().get("/password/forgotten", whole=True)

    assert "keine E-Mails versandt" in page.text


def test_cookies_are_strict_behind_https(make_office: Callable[..., Any]) -> None:
    office = make_office(base_url="https://crm.example.com")
    answer = office.site.app.test_client().get("/sign-in", base_url="https://crm.example.com")
    cookie = answer.headers["Set-Cookie"]

    assert cookie.startswith("__Host-hub=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def _everything(table: str) -> Any:
    import sqlalchemy as sa

    return sa.text(f"SELECT * FROM {table}")
