"""Something of everything that a tenant can have, so that each page has something to show; and an address
of each page, found by following the links."""

import html
import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from hub.records import people, tenants
from hub.records.deliveries import DELIVERIES
from hub.records.outbox import enqueue
from hub.records.tenants import MEMBERS
from hub.registry.connecting import Connections
from tests.web.conftest import Browser

REFERENCE = re.compile(r'(?:href|value)="([^"]+)"')


def fill(stage: Any, browser: Browser, sale: Any) -> None:
    """The owner runs the installation too, and uses everything there is."""
    site = stage.site
    with site.rooms.database.write() as unit:
        unit.execute(MEMBERS.update().values(operator=True))
    for plugin in ("notifications", "commissions"):
        site.connect(plugin)
    rooms = site.rooms
    held = Connections(rooms.database, rooms.plugins, rooms.vault, rooms.clock)
    held.change("musterfirma", "stripe", "default", {"secret_key": ["sk_test_nichts"]})
    url = "https://buchhaltung.example/hooks"
    _do(browser, "/notifications/endpoints", url=url, description="Buchhaltung", events="*")
    _sell(site, browser, sale)
    _bill(site, browser)
    _fail(site, sale)
    for email in ("julia@tischlerei-brandt.example", "julia.hoffmann@beispiel.de"):
        _do(browser, "/customers", email=email, first_name="Julia", last_name="Hoffmann")


def _do(browser: Browser, path: str, **form: Any) -> Any:
    answer = browser.post(path, **form)
    assert answer.status_code < 400, (path, re.findall("invalid-feedback[^>]*>([^<]*)", answer.text))
    return answer


def _sell(site: Any, browser: Browser, sale: Any) -> None:
    browser.get("/commissions/plans/new")
    plan = {"name": "Standard 2026", "default": "y", "percent": "10", "levels": "5; 2,5", "hold_days": "0"}
    _do(browser, "/commissions/plans", **plan, base="gross", period="month")
    _do(browser, "/commissions/campaigns", slug="sommer-aktion", plan="Standard 2026")
    for code, name, sponsor in (
        ("P-001", "Hanna Vogel", ""),
        ("P-002", "Yusuf Aydın", "P-001"),
        ("P-003", "Marie-Luise Obermüller-Schwarzenberger", "P-002"),
    ):
        email = f"{code.lower()}@partner.example"
        iban = "DE02120300000000202051"
        _do(browser, "/commissions/partners", code=code, name=name, sponsor=sponsor, email=email, iban=iban)
    for number, partner in enumerate(("P-003", "P-002", None)):
        customer = {"email": "j.hoffmann@beispiel.de", "firstName": "Julia", "lastName": "Hoffmann"}
        body = sale(f"S-{number}", partnerId=partner, productName="Jahreslizenz Premium", customer=customer)
        assert site.send(body).status_code == 200
    site.clock.advance(days=1)
    _do(browser, "/commissions/payouts")


def _bill(site: Any, browser: Browser) -> None:
    """One order becomes an open invoice, another one a draft."""
    address = "Musterstraße 1\n12345 Musterstadt"
    _do(
        browser,
        "/settings/invoices",
        company="Musterfirma GmbH",
        address=address,
        tax_number="30/123/45678",
        due_days="14",
    )
    for order in site.records("orders")[:2]:
        answer = _do(browser, f"/invoices/from-order/{order['id']}")
        invoice = answer.location.rstrip("/").split("/")[-1]
    _do(browser, f"/invoices/{invoice}/issue")


def _fail(site: Any, sale: Any) -> None:
    site.send(sale("S-77"), secret="das-secret-eines-anderen")
    site.send({"type": "say", "id": "E-7", "what": "unknown"}, plugin="speaker")
    with site.rooms.database.write() as unit:
        for target in ("kunde@beispiel.de", "https://empfaenger.example/hooks/eingang"):
            one = enqueue(
                unit,
                tenant_id=site.tenant_id(),
                channel="email" if "@" in target else "webhook",
                target=target,
                content={},
                at=site.clock() - timedelta(minutes=10),
            )
            changes = {"state": "dead", "attempts": 9, "last_error": "ConnectionError: no route to host"}
            unit.execute(DELIVERIES.update().where(DELIVERIES.c.id == one).values(changes))


def unlinked(site: Any) -> dict[str, str]:
    """Pages to which a link leads from some only of the pages of their kind, from an e-mail, or
    for strangers."""
    with site.rooms.database.write() as unit:
        erika = tenants.members_of(unit, site.tenant_id())[0]
        token = people.issue_token(unit, erika["id"], people.RESET, site.clock())
        held = tenants.connections_of(unit, site.tenant_id())
    (shop,) = (row["id"] for row in held if row["plugin"] == "stripe")
    invoices = {row["status"]: row["id"] for row in site.records("invoices")}
    return {
        "integrations.edit": f"/t/musterfirma/integrations/{shop}/settings",
        "invoices.edit": f"/t/musterfirma/invoices/{invoices['draft']}/edit",
        "invoices.show": f"/t/musterfirma/invoices/{invoices['open']}",
        "password.choose": f"/password/set/{token}",
        "password.ask": "/password/forgotten",
        "sign_in.show": "/sign-in",
    }


def connections(site: Any) -> list[str]:
    """The page of every connection, for what a plugin can do decides where links lead from there; first
    the one that is set up well enough to ask its provider."""
    with site.rooms.database.read() as unit:
        held = tenants.connections_of(unit, site.tenant_id())
    ordered = sorted(held, key=lambda row: row["plugin"] != "stripe")
    return [f"/t/musterfirma/integrations/{row['id']}" for row in ordered]


def addresses(
    stage: Any, browser: Browser, known: Mapping[str, str], also: Collection[str], without: Collection[str]
) -> dict[str, str]:
    """One address of each page to which a link leads, by endpoint; and those that are ``known``. Links are
    looked for in the pages ``also`` named, too. Those ``without`` interest are not opened."""
    web: Flask = stage.site.app.extensions["hub_web"]
    found = dict(known)
    waiting = ["/t/musterfirma/", "/account", "/operator", *known.values(), *also]
    while waiting:
        answer = browser.get(waiting.pop(0), whole=True)
        for reference in REFERENCE.findall(answer.text):
            path = html.unescape(reference).removeprefix(stage.url).partition("?")[0]
            endpoint = _page(web, path)
            if endpoint and endpoint not in found and endpoint not in without:
                found[endpoint] = path
                waiting.append(path)
    return found


def _page(web: Flask, path: str) -> str | None:
    try:
        endpoint, _ = web.url_map.bind("localhost").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return str(endpoint)
