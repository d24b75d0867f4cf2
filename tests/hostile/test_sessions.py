"""Every page and every form, listed from the application itself: nobody can send a form for somebody else,
frame a page, keep a session ready for a victim, or lead a person away."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from hub.records import tenants

from ..web.test_rights import DECLARED, path_of

STRICT = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
POLICY = (
    "default-src 'none'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "script-src 'self'",
)


def routes(office: Any, method: str) -> Iterator[tuple[str, str]]:
    """Endpoint and path of every page with that method; ids are nobody's."""
    for rule in office.web.url_map.iter_rules():
        if rule.endpoint in DECLARED and DECLARED[rule.endpoint].method == method:
            yield rule.endpoint, path_of(rule)


def test_no_form_is_taken_without_its_token(office: Any) -> None:
    """Neither without one nor with that of another session, of whoever may do everything."""
    operator, other = office.browser("operator"), office.browser("operator")
    other.get("/")
    before = office.audit(), office.site.count()
    answers = {
        (endpoint, token): operator.client.post(path, data={"csrf_token": token} if token else {}).status_code
        for endpoint, path in routes(office, "POST")
        for token in ("", other.token)
    }

    assert len(answers) > 100
    assert {key: status for key, status in answers.items() if status != 400} == {}
    assert (office.audit(), office.site.count()) == before


def test_to_look_at_a_page_changes_nothing_and_every_answer_is_under_the_policy(office: Any) -> None:
    """So that no picture or link on another page does anything for the person who sees it; and no answer,
    whatever it is, runs a foreign script, stands in a frame, or can be read by another page."""
    operator, visitor = office.browser("operator"), office.visitor()
    before = office.audit(), office.site.count()
    looked = [path for endpoint, path in routes(office, "GET") if endpoint != "notifications.stream"]
    answers = [browser.client.get(path) for browser in (operator, visitor) for path in looked]
    assert (office.audit(), office.site.count()) == before

    answers += [
        operator.client.open(path, method=way) for path in ("/sign-in", "/t/x/") for way in ("PUT", "TRACE")
    ]
    answers += [visitor.client.get(path) for path in ("/static/hub.css", "/static/nothing")]
    for answer in answers:
        assert {name: answer.headers.get(name) for name in STRICT} == STRICT, answer.request.path
        assert all(part in answer.headers["Content-Security-Policy"] for part in POLICY), answer.request.path
        assert "Access-Control-Allow-Origin" not in answer.headers
    cookies = [cookie for answer in answers for cookie in answer.headers.getlist("Set-Cookie")]
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("hub=")
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_the_door_answers_with_nothing_that_a_browser_would_run(office: Any) -> None:
    site = office.site
    client = site.app.test_client()
    told = [
        site.send({"event": "<script>alert(1)</script>"}),
        site.send(b"<script>", secret="falsch"),
        client.get("/healthz"),
        client.post("/api/webhooks/<script>/custom"),
        client.get("/<script>"),
    ]
    for answer in told:
        assert answer.content_type.startswith(("application/json", "text/plain"))
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_session_that_somebody_planted_is_not_the_one_after_signing_in(office: Any) -> None:
    """The attacker knows the cookie and its token before; afterwards they are worth nothing."""
    victim = office.visitor()
    victim.get("/sign-in", whole=True)
    planted, token = cookie_of(victim), victim.token
    victim.sign_in("owner@example.com")
    attacker = office.visitor()
    attacker.client.set_cookie("hub", planted)

    assert attacker.get("/orders").status_code == 303
    assert cookie_of(victim) != planted
    assert victim.client.post("/t/musterfirma/team", data={"csrf_token": token}).status_code == 400


def test_what_a_session_held_before_signing_in_does_not_stay(office: Any) -> None:
    browser = office.browser("neighbour", "nachbar")
    browser.get("/orders")
    browser.sign_in("staff@example.com")

    assert browser.get("/orders").status_code == 404
    assert browser.get("/", whole=True).location == "/t/musterfirma/"


def test_a_cookie_that_was_changed_is_nobody(office: Any) -> None:
    owner = office.browser("owner")
    value = cookie_of(owner)
    other = value[:-2] + ("A" if value[-2] != "A" else "B") + value[-1]
    for changed in (other, "", ".", "eyJ3aG8iOiIxIn0.aaaa.bbbb", value[1:]):
        owner.client.set_cookie("hub", changed)
        assert owner.get("/orders").status_code == 303


def cookie_of(browser: Any) -> str:
    """The session, as the browser has it."""
    kept: str = browser.client.get_cookie("hub").value
    return kept


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "http:evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\n/evil.example",
    "/%0d%0aSet-Cookie:a=b",
    "/\r\nSet-Cookie: a=b",
    "evil.example",
    "@evil.example",
    "/.//evil.example",
    "/x/..//evil.example",
    "/%2f%2fevil.example",
    "/%5cevil.example",
    "?next=//evil.example",
    "\u2028//evil.example",
    "/\u202e//evil.example",
    "／／evil.example",
]


def test_nobody_is_led_away(office: Any) -> None:
    visitor = office.visitor()
    visitor.get("/sign-in", whole=True)
    for target in ELSEWHERE:
        form = {"csrf_token": visitor.token, "language": "de", "next": target}
        answer = visitor.client.post("/language", data=form)
        assert stays(answer.location), target
    for target in ELSEWHERE:
        fresh = office.visitor()
        fresh.get("/sign-in", whole=True)
        form = {"csrf_token": fresh.token, "email": "staff@example.com", "password": "ein gutes Passwort"}
        entered = fresh.client.post("/sign-in", query_string={"next": target}, data=form)
        again = fresh.client.get("/sign-in", query_string={"next": target})
        for answer in (entered, again):
            assert answer.status_code == 303
            assert stays(answer.location), target
            assert "a=b" not in str(answer.headers.getlist("Set-Cookie"))


def stays(location: str) -> bool:
    """Whether a browser stays here. They drop tabs and line ends, and take a backslash for a slash."""
    seen = re.sub(r"[\t\r\n]", "", location.strip()).replace("\\", "/")
    return seen.startswith("/") and urlsplit(urljoin("https://hub.example/", seen)).netloc == "hub.example"


ODD = ["..", "%2e%2e", "%2e%2e%2f", "..%2f..%2fetc", "%00", "a%00b", "ä", "%F0%9F%98%80", "%ff", "x" * 3000]
ODD += ["musterfirma%20", "MUSTERFIRMA", "musterfirma%00", "musterfirma%2f..", "%e2%80%ae", ".", "-", "'--"]


def test_an_odd_name_in_an_address_is_nobodys(office: Any) -> None:
    """Of a tenant, a plugin, a connection, a file, an invoice, an id."""
    owner, door = office.browser("owner"), office.site.app.test_client()
    told = {}
    for odd in ODD:
        pages = [
            f"/t/{odd}/",
            f"/t/{odd}/orders",
            f"/t/musterfirma/orders/{odd}",
            f"/t/musterfirma/{odd}/partners",
        ]
        pages += [f"/static/{odd}", f"/static/vendor/{odd}", f"/i/{odd}", f"/password/set/{odd}", f"/{odd}"]
        told |= {path: owner.client.get(path) for path in pages}
        doors = [f"/api/webhooks/{odd}/custom", f"/api/webhooks/musterfirma/{odd}", f"/{odd}/api/v1/lead"]
        told |= {path: door.post(path, data=b"{}") for path in doors}
        told |= {f"connection {odd}": office.site.send(b"{}", connection=odd)}

    for path, answer in told.items():  # two slashes become one, at the same host
        there = answer.status_code in (404, 405) or (answer.status_code == 308 and is_ours(answer.location))
        assert there, (path, answer.status_code)


def is_ours(location: str) -> bool:
    """Whether it is an address of this host."""
    return urlsplit(urljoin("http://localhost/", location)).netloc == "localhost"


SLUGS = ["..", ".", "a/b", "ä", "a b", "", "-a", "a-", "x" * 64, "a\0", "a%2e", "a\u202e", "т", "a.b", "a_b"]


def test_no_tenant_gets_an_odd_name(office: Any) -> None:
    operator = office.browser("operator")
    operator.get("/operator/tenants/new", whole=True)
    before = len(told_tenants(office))
    for slug in SLUGS:
        fields = {
            "slug": slug,
            "name": "X",
            "owner": "x@example.com",
            "email": "x@example.com",
            "locale": "de",
        }
        more = {"currency": "EUR", "timezone": "Europe/Berlin"}
        answer = operator.post("/operator/tenants/new", whole=True, **fields, **more)
        assert answer.status_code == 422, slug
    assert len(told_tenants(office)) == before


def told_tenants(office: Any) -> list[Any]:
    with office.site.rooms.database.read() as unit:
        return tenants.list_tenants(unit)


def test_a_link_leads_where_it_says_however_it_is_escaped(office: Any) -> None:
    """The way back after signing in keeps what was asked for, and nothing more."""
    visitor = office.visitor()
    answer = visitor.get("/orders?q=" + quote("a&next=//evil.example#x"))

    assert urlsplit(answer.location).path == "/sign-in"
    assert stays(answer.location)
