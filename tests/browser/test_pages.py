"""Every page as people see it: on a desk and on a telephone, for a screen reader, under the policy."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from hub.records import invoices, issuing
from hub.records.deliveries import DELIVERIES
from hub.records.invoices import NET, Content
from hub.records.outbox import enqueue
from hub.records.tenants import MEMBERS
from hub.support.bills import Position

PAGES = {
    "dashboard": "/",
    "orders": "/orders",
    "orders-empty": "/orders?q=gibtesnicht",
    "team": "/team",
    "tickets": "/tickets",
    "tickets-empty": "/tickets?status=closed",
    "customers": "/customers",
    "customer-new": "/customers/new",
    "invoices": "/invoices",
    "invoice-new": "/invoices/new",
    "notifications": "/notifications",
    "settings": "/settings",
    "settings-invoices": "/settings/invoices",
    "settings-api": "/settings/api",
    "settings-payments": "/settings/payments",
    "audit": "/audit",
    "live": "/events/live",
    "outgoing-webhooks": "/notifications/endpoints",
}
"""Pages of the tenant, by the name of their screenshot."""

OTHERS = {
    "account": "/account",
    "account-notifications": "/account/notifications",
    "second-factor": "/account/second-factor",
    "not-found": "/t/nobody/",
    "forgotten": "/password/forgotten",
}


def bills(site: Any) -> dict[str, str]:
    """The pages of an incomplete draft and of an overdue invoice, and what the customer sees of it."""
    whose = {"tenant_id": site.tenant_id("musterfirma"), "now": site.clock()}
    line = Position(name="Beratung", quantity=Decimal("1.5"), unit_price=Decimal(420), tax_rate=Decimal(19))
    content = Content(positions=(line,), currency="EUR", prices=NET, language="de")
    known = replace(content, recipient="Hoffmann GmbH", address="Hafenstr. 7\n20457 Hamburg")
    with site.rooms.database.write() as unit:
        draft = invoices.draft(unit, content=content, **whose)
        late = invoices.draft(unit, content=replace(known, email="einkauf@hoffmann.example"), **whose)
        issuing.issue(
            unit,
            tenant_id=whose["tenant_id"],
            invoice_id=late,
            today=whose["now"].date() - timedelta(days=20),
        )
        row = invoices.get(unit, whose["tenant_id"], late, whose["now"].date())
    assert row is not None
    inside = "/t/musterfirma/invoices"
    return {
        "invoice-lacking": f"{inside}/{draft}",
        "invoice-edit": f"{inside}/{draft}/edit",
        "invoice-late": f"{inside}/{late}",
        "invoice-late-public": f"/i/{row['token']}",
    }


SERIOUS = ("serious", "critical")

EXPECTED = ("status of 404",)
"""What the browser may say: that a page is missing which the test asked for."""


def unexpected(said: list[str]) -> list[str]:
    return [line for line in said if not any(part in line for part in EXPECTED)]


def faults(page: Any) -> list[str]:
    """Serious findings of axe."""
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("width", [1280, 360])
def test_pages_are_whole_and_accessible(stage: Any, width: int) -> None:
    stage.page.set_viewport_size({"width": width, "height": 800})
    stage.sign_in()
    problems: dict[str, Any] = {}
    addresses = {name: f"/t/musterfirma{path}" for name, path in PAGES.items()} | OTHERS
    addresses |= bills(stage.site)
    for name, path in addresses.items():
        stage.go(path)
        stage.page.wait_for_load_state("networkidle")
        stage.shoot(f"{name}-{width}")
        if wrong := [*faults(stage.page), *(["too wide"] if stage.too_wide() > 0 else [])]:
            problems[name] = wrong

    assert problems == {}
    assert unexpected(stage.said) == []


@pytest.mark.parametrize("width", [1280, 360])
def test_the_sign_in_page(stage: Any, width: int) -> None:
    stage.page.set_viewport_size({"width": width, "height": 800})
    stage.go("/sign-in")
    stage.shoot(f"sign-in-{width}")
    assert faults(stage.page) == []

    stage.page.get_by_label("E-Mail-Adresse").fill("niemand@example.com")
    stage.page.get_by_label("Passwort").fill("falsch")
    stage.page.get_by_role("button", name="Anmelden").click()
    stage.page.get_by_text("ist nicht richtig").wait_for()
    stage.shoot(f"sign-in-wrong-{width}")
    assert faults(stage.page) == []
    assert stage.too_wide() <= 0


def test_an_order_is_processed(stage: Any) -> None:
    stage.sign_in()
    stage.page.get_by_role("link", name="Web-Bestellungen").first.click()
    stage.page.get_by_role("link", name="Bestellung: Premium-Paket").click()
    assert stage.page.get_by_text("Musterstraße 1, 12345 Musterstadt").is_visible()
    stage.shoot("order-new-1280")
    stage.page.get_by_role("button", name="Kunde anlegen").click()
    stage.page.get_by_text("gehört jetzt zu einem Kunden").wait_for()
    stage.page.get_by_role("button", name="Verarbeiten").click()
    stage.page.get_by_text("Die Bestellung ist verarbeitet.").wait_for()
    stage.shoot("order-processed-1280")
    stage.page.on("dialog", lambda dialog: dialog.accept())
    stage.page.get_by_role("button", name="Stornieren").click()
    stage.page.get_by_text("Die Bestellung ist storniert.").wait_for()
    assert faults(stage.page) == []
    stage.page.set_viewport_size({"width": 360, "height": 800})
    stage.shoot("order-360")

    assert stage.too_wide() <= 0
    assert unexpected(stage.said) == []


def test_the_menus_work_with_the_keyboard_and_on_a_telephone(stage: Any) -> None:
    stage.sign_in()
    stage.page.keyboard.press("Tab")
    assert stage.page.evaluate("document.activeElement.className") == "skip-link"
    stage.page.keyboard.press("Enter")
    assert stage.page.evaluate("document.activeElement.id") == "main"

    menu = stage.page.locator("header .person-menu")
    menu.locator("summary").focus()
    stage.page.keyboard.press("Enter")
    stage.page.get_by_role("link", name="Mein Konto").wait_for()
    stage.shoot("menu-1280")
    stage.page.keyboard.press("Escape")
    assert not menu.get_by_role("link", name="Mein Konto").is_visible()

    stage.page.set_viewport_size({"width": 360, "height": 800})
    toggle = stage.page.get_by_role("button", name="Menü")
    toggle.click()
    assert toggle.get_attribute("aria-expanded") == "true"
    stage.page.get_by_role("link", name="Web-Bestellungen").first.wait_for()
    stage.shoot("menu-360")
    toggle.click()
    stage.page.locator("aside .person-menu summary").click()
    stage.shoot("person-menu-360")
    assert stage.too_wide() <= 0


def test_the_language_is_switched(stage: Any) -> None:
    stage.sign_in()
    stage.page.get_by_role("button", name="English").click()
    stage.page.get_by_role("heading", name="Orders today").or_(
        stage.page.get_by_text("Orders today")
    ).wait_for()
    stage.shoot("dashboard-english-1280")
    assert stage.page.locator("html").get_attribute("lang") == "en"
    stage.page.get_by_role("button", name="Deutsch").click()
    stage.page.get_by_text("Bestellungen heute").wait_for()


def test_the_first_view_is_light(stage: Any) -> None:
    """The dashboard with all that it loads into an empty cache; the form to sign in is not part of it."""
    sizes: dict[str, int] = {}
    stage.page.on("requestfinished", lambda asked: sizes.update({asked.url: _size(asked)}))
    stage.sign_in()
    stage.page.wait_for_load_state("networkidle")

    assert sum(size for url, size in sizes.items() if not url.endswith("/sign-in")) < 150_000


def _size(asked: Any) -> int:
    size: int = asked.sizes()["responseBodySize"]
    return size


OPERATORS = {
    "operator": "/operator",
    "operator-tenants": "/operator/tenants",
    "operator-new": "/operator/tenants/new",
    "operator-plugins": "/operator/plugins",
    "operator-queues": "/operator/queues",
    "operator-dead": "/operator/queues/deliveries/dead",
    "operator-log": "/operator/log",
}


def test_the_operators_pages(stage: Any) -> None:
    trouble(stage)
    stage.sign_in()
    problems: dict[str, Any] = {}
    for width in (1280, 360):
        stage.page.set_viewport_size({"width": width, "height": 800})
        for name, path in OPERATORS.items():
            stage.go(path)
            stage.shoot(f"{name}-{width}")
            if wrong := [*faults(stage.page), *(["too wide"] if stage.too_wide() > 0 else [])]:
                problems[f"{name}-{width}"] = wrong
    assert problems == {}

    stage.go("/operator")
    stage.page.get_by_role("link", name="musterfirma", exact=True).first.click()
    stage.page.get_by_label("Alle auf dieser Seite").check()
    stage.page.get_by_role("button", name="Ausgewählte erneut versuchen").click()
    stage.page.get_by_text("2 Einträge werden jetzt erneut versucht.").wait_for()
    assert unexpected(stage.said) == []


def trouble(stage: Any) -> None:
    """The owner runs the installation too; things went wrong in it."""
    site = stage.site
    site.change("shopify", secret="")
    site.change("stripe", disconnected_at=site.clock(), disconnect_reason="app/uninstalled")
    with site.rooms.database.write() as unit:
        unit.execute(MEMBERS.update().values(operator=True))
        for target in ("kunde@beispiel.de", "https://empfaenger.example/hooks/eingang"):
            channel = "email" if "@" in target else "webhook"
            for state in ("dead", "pending"):
                one = enqueue(
                    unit,
                    tenant_id=site.tenant_id(),
                    channel=channel,
                    target=target,
                    content={},
                    at=site.clock() - timedelta(minutes=10),
                )
                changes = {"state": state, "attempts": 9, "last_error": "ConnectionError: no route to host"}
                unit.execute(DELIVERIES.update().where(DELIVERIES.c.id == one).values(changes))
