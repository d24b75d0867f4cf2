"""Markup that senders plant in every text they control is text on every page, in e-mails and on paper: looked
at in a real browser, which runs whatever is markup."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from hub.testing.door import made_secret
from hub.web.rights import Right

from ..browser.test_sweep import NO_PAGES
from ..browser.world import addresses, connections, fill, unlinked
from ..web.conftest import Browser
from ..web.test_rights import DECLARED
from .markup import ASK, CLEAN, WATCH, foreign
from .planting import MARKUP, requests_of, sources

EMAIL, PASSWORD = "erika@example.com", "ein gutes Passwort"
TENANT = "musterfirma"
KINDS = {"orders": "orders", "tickets": "tickets", "customers": "customers", "invoices": "invoices"}


NEWEST = 30
"""Of each kind; the newest ones were planted."""


def plant(stage: Any) -> int:
    """Everything that can be sent, by every source; how many requests were taken."""
    site = stage.site
    taken = 0
    for slug in sources():
        secret = site.keys[TENANT] if slug == "lead" else made_secret(1)
        if slug != "lead":
            site.change(slug, secret=secret)
        for request in requests_of(slug):
            answer = site.send(request.body, plugin=slug, secret=secret, headers=dict(request.headers))
            taken += answer.status_code < 300
    odd = {"X-Planted": MARKUP, "User-Agent": MARKUP}
    secret = made_secret(1)
    site.send({"event": MARKUP, "externalId": MARKUP}, secret=secret, headers=odd)
    wrong = {"event": "transaction.created", "externalId": MARKUP, "grossAmount": MARKUP, "currency": MARKUP}
    site.send(wrong, secret=secret, headers=odd)
    site.send(MARKUP.encode(), secret="falsch", headers=odd)
    site.app.test_client().post(f"/api/webhooks/{MARKUP}/custom?{MARKUP}={MARKUP}", data=MARKUP.encode())
    for type_ in ("order", "ticket"):
        lead = {"type": type_, "email": "max@example.com", "subject": MARKUP, "message": MARKUP, "total": 5}
        named = {"name": MARKUP, "first_name": MARKUP, "company": MARKUP, "artikel": MARKUP}
        assert (
            site.send(lead | named, plugin="lead", secret=site.keys[TENANT], headers=odd).status_code == 200
        )
    return taken


def bill(stage: Any, browser: Browser) -> tuple[str, Any]:
    """An invoice to a customer who is called like that; its public link, and its id."""
    (order, *_) = stage.site.records("orders")
    answer = browser.post(f"/invoices/from-order/{order['id']}")
    number = answer.location.rstrip("/").split("/")[-1]
    form = browser.get(f"/invoices/{number}/edit").text
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
    fields |= dict.fromkeys(("recipient", "address", "note", "positions-0-name"), MARKUP)
    fields |= {"positions-0-quantity": "1", "positions-0-unit_price": "5", "positions-0-tax_rate": "19"}
    fields |= {"email": "kunde@example.com", "language": "de", "prices": "net", "currency": "EUR"}
    fields.pop("csrf_token", None)
    browser.post(f"/invoices/{number}", **fields)
    browser.post(f"/invoices/{number}/issue")
    row = next(one for one in stage.site.records("invoices") if str(one["id"]) == number)
    return f"/i/{row['token']}", row["id"]


def answer_tickets(browser: Browser, site: Any) -> None:
    """So that what they asked comes back to them by e-mail; and confirm an order."""
    for ticket in site.records("tickets")[:2]:
        browser.post(f"/tickets/{ticket['id']}/reply", text=MARKUP, body=MARKUP, message=MARKUP)
    for order in site.records("orders")[:3]:
        browser.post(f"/orders/{order['id']}/process")


def all_of_them(stage: Any, browser: Browser) -> Iterator[str]:
    """The page of every record and of every event."""
    for kind, path in KINDS.items():
        yield from (f"/t/{TENANT}/{path}/{row['id']}" for row in stage.site.records(kind)[:NEWEST])
    yield from (
        f"/t/{TENANT}/commissions/transactions/{row['id']}" for row in stage.site.records("transactions")
    )
    yield from (f"/t/{TENANT}/events/{row['id']}" for row in stage.site.events()[:NEWEST])
    for kind in ("orders", "tickets", "customers", "transactions"):
        yield from (f"/t/{TENANT}/trace/{row['id']}" for row in stage.site.records(kind)[:3])


@pytest.fixture
def browser(stage: Any) -> Browser:
    """Somebody who reads pages without running them."""
    browser = Browser(stage.site.app.test_client())
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    browser.sign_in(EMAIL, PASSWORD)
    return browser


def test_markup_of_senders_is_text_wherever_it_is_shown(stage: Any, browser: Browser, sale: Any) -> None:
    fill(stage, browser, sale)
    mailed = {"order_email_to_team": True, "order_confirmation_to_customer": True}
    stage.site.change("notifications", settings=mailed)
    assert plant(stage) > 40
    public, invoice = bill(stage, browser)
    answer_tickets(browser, stage.site)
    for _ in range(3):  # effects, what they set off, and what comes of that
        stage.work()

    known = unlinked(stage.site) | {"pay.show": public, "invoices.show": f"/t/{TENANT}/invoices/{invoice}"}
    found = addresses(stage, browser, known, connections(stage.site), without={"static", *NO_PAGES})
    read_all(browser, [public, *all_of_them(stage, browser)])
    browser.post("/language", whole=True, language="en")
    read_all(browser, list(found.values()))
    browser.post("/language", whole=True, language="de")
    look_at_all(stage, found)
    read_mail(stage)
    read_paper(stage, browser, public)


def read_all(browser: Browser, paths: list[str]) -> None:
    """Pages as they are sent, without a browser: every record and event in German, every page in English."""
    wrong = {}
    for path in dict.fromkeys(paths):
        page = browser.client.get(path)
        if page.status_code not in (200, 303, 404) or foreign(page.text):
            wrong[path] = page.status_code, foreign(page.text)
    assert wrong == {}


def look_at_all(stage: Any, found: dict[str, str]) -> None:
    """One page of each kind in the browser; the other language has the same templates."""
    stage.page.context.add_init_script(WATCH)
    stage.sign_in()
    seen, marked = {}, 0
    for endpoint in sorted(found.keys() & DECLARED.keys()):
        if DECLARED[endpoint].needs is not Right.ANYBODY or endpoint.startswith("pay"):
            stage.go(found[endpoint])
            seen[endpoint] = stage.page.evaluate(ASK)
            marked += "x-planted" in stage.page.inner_text("body")
    assert {page: told for page, told in seen.items() if told != CLEAN} == {}
    assert marked > 15, "hardly any page shows what was planted"
    stage.is_silent()


def read_mail(stage: Any) -> None:
    """E-mails as a program shows them that runs everything."""
    bodies = [
        part.get_content()
        for message in stage.mailbox.messages
        for part in message.walk()
        if part.get_content_type() == "text/html"
    ]
    assert any("x-planted" in body for body in bodies)
    for body in bodies:
        stage.page.set_content(body)
        told = stage.page.evaluate(ASK)
        assert {**told, "stopped": []} == CLEAN
    for message in stage.mailbox.messages:
        assert not message.defects
        assert "x-planted" not in str(message.keys())


def read_paper(stage: Any, browser: Browser, public: str) -> None:
    """The invoice's PDF shows the markup as it was written."""
    answer = browser.client.get(f"{public}/paper")
    if answer.status_code != 200 or which("pdftotext") is None:
        return
    done = subprocess.run(["pdftotext", "-", "-"], input=answer.data, capture_output=True, check=True)
    text = re.sub(r"\s+", "", done.stdout.decode())
    assert "<script>planted()</script>" in text
    assert b"/JavaScript" not in answer.data
    assert b"/OpenAction" not in answer.data


def test_files_for_spreadsheets_hold_no_formula_that_a_sender_wrote() -> None:
    """Both that there are say so in tests of their own; here, that there is no third."""
    root = Path(__file__).parents[2]
    writers = {
        str(path.relative_to(root))
        for folder in ("hub", "plugins")
        for path in (root / folder).rglob("*.py")
        if "csv.writer" in path.read_text("utf-8") and "tests" not in path.parts
    }
    assert writers == {"hub/api/resources/exports.py", "plugins/commissions/hub_commissions/exporting.py"}
    for name in writers:
        assert "FORMULA" in (root / name).read_text("utf-8")
