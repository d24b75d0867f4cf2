"""What all pages share: the dashboard's figures, languages, errors that tell nothing, assets."""

import gzip
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import hub
from hub.web.pages.dashboard import beginnings


def test_the_dashboard_counts_todays_orders_in_the_tenants_zone(office: Any) -> None:
    office.site.clock.now = datetime(2026, 6, 1, 21, 59, tzinfo=UTC)  # 23:59 in Berlin
    office.order(total=100)
    office.site.clock.now = datetime(2026, 6, 1, 22, 1, tzinfo=UTC)  # the next day there
    office.order(total=49.90)
    office.order(total=10)
    staff = office.browser("staff")
    page = staff.get("/").text

    assert figures(page) == ["2", "59,90\N{NO-BREAK SPACE}€", "0", "0"]


def test_the_dashboard_counts_tickets_and_failures(office: Any) -> None:
    ticket = {"type": "ticket", "email": "kunde@beispiel.de", "message": "Hallo"}
    office.site.send(ticket, plugin="lead", secret=office.site.keys["musterfirma"])
    said = hub.TicketOpened(customer=hub.Person(email="a@example.com"), message="x", extra={"bad": object()})
    office.site.tell(said)

    assert figures(office.browser("staff").get("/").text)[2:] == ["1", "1"]


def figures(page: str) -> list[str]:
    found = re.findall(r'class="figure-value[^"]*">(.*?)</div>', page, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", value).strip() for value in found]


def test_the_beginnings_of_days_know_summer_time() -> None:
    days = beginnings(datetime(2026, 3, 30, 12, tzinfo=UTC), ZoneInfo("Europe/Berlin"), 3)

    assert [day.astimezone(UTC).hour for day in days] == [23, 23, 22, 22]
    assert days[-1].astimezone(ZoneInfo("Europe/Berlin")).day == 31


def test_a_page_speaks_the_browsers_language_until_one_is_chosen(office: Any) -> None:
    visitor = office.visitor()
    for wanted, heading in (("de", "Anmelden"), ("en-GB,en", "Sign in"), ("fr", "Anmelden")):
        page = visitor.get("/sign-in", whole=True, headers={"Accept-Language": wanted}).text
        assert f"{heading}</h1>" in page

    visitor.post("/language", whole=True, language="en", next="/sign-in")
    assert "Sign in</h1>" in visitor.get("/sign-in", whole=True).text


def test_a_chosen_language_comes_along_to_other_devices(office: Any) -> None:
    owner = office.browser("owner")
    owner.get("/")
    owner.post("/language", whole=True, language="en")

    assert "Orders today" in office.browser("owner").get("/").text
    assert "Bestellungen heute" in office.browser("admin").get("/").text


def test_amounts_are_written_as_the_page_speaks(office: Any) -> None:
    office.order(total=1234.5)
    owner = office.browser("owner")
    assert "1.234,50\N{NO-BREAK SPACE}€" in owner.get("/orders").text
    owner.post("/language", whole=True, language="en")

    assert "€1,234.50" in owner.get("/orders").text


@pytest.mark.parametrize("language", ["de", "xx"])
def test_an_unknown_language_changes_nothing(office: Any, language: str) -> None:
    owner = office.browser("owner")
    owner.get("/")

    assert owner.post("/language", whole=True, language=language, next="//evil.example").location == "/"
    assert "Bestellungen heute" in owner.get("/").text


def test_pages_of_nobody_still_have_the_navigation_of_the_last_tenant(office: Any) -> None:
    owner = office.browser("owner")
    owner.get("/orders")
    page = owner.get("/account", whole=True).text

    assert 'href="/t/musterfirma/orders"' in page
    assert owner.get("/", whole=True).location == "/t/musterfirma/"


def test_an_error_tells_nothing_about_the_inside(office: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret is 4711")

    monkeypatch.setattr("hub.records.orders.inbox", fail)
    answer = office.browser("staff").get("/orders")

    assert answer.status_code == 500
    assert "Da ist etwas schiefgegangen" in answer.text
    assert re.search(r"<code>[0-9a-f]{8}</code>", answer.text)
    for word in ("4711", "RuntimeError", "Traceback"):
        assert word not in answer.text


@pytest.mark.parametrize("path", ["/t/musterfirma/nothing", "/t/unknown/", "/static/../app.py", "/account/x"])
def test_what_is_not_there_is_said_kindly(office: Any, path: str) -> None:
    answer = office.browser("staff").get(path, whole=True)

    assert answer.status_code == 404
    assert "Diese Seite gibt es nicht" in answer.text


def test_every_page_is_under_the_policy(office: Any) -> None:
    for answer in (
        office.browser("owner").get("/"),
        office.visitor().get("/t/x/"),
        office.visitor().get("/sign-in", whole=True),
    ):
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script(?![^>]*src=)|\son[a-z]+=|\sstyle=", answer.text)


def test_assets_are_packed_and_kept_for_good(office: Any) -> None:
    client = office.site.app.test_client()
    page = client.get("/sign-in").text
    address = re.search(r'href="(/static/vendor/tabler\.min\.css\?v=\w+)"', page)
    assert address
    packed = client.get(address[1], headers={"Accept-Encoding": "gzip"})
    plain = client.get(address[1])

    assert packed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < 80_000
    again = client.get(address[1], headers={"If-None-Match": plain.headers["ETag"]})
    assert again.status_code == 304
    assert "immutable" not in client.get("/static/hub.css?v=old").headers["Cache-Control"]


def test_a_page_is_packed_for_browsers_that_can_unpack_it(office: Any) -> None:
    client = office.browser("staff").client
    plain, packed = (
        client.get("/t/musterfirma/orders", headers={"Accept-Encoding": way}) for way in ("identity", "gzip")
    )

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding, Cookie"
    assert len(packed.data) < len(plain.data) / 2
    assert "Web-Bestellungen" in gzip.decompress(packed.data).decode()
