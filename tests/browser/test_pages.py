"""Pages in states of their own, the menus, the language, and how light the first view is."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from hub.records import invoices, issuing
from hub.records.deliveries import DELIVERIES
from hub.records.invoices import NET, Content
from hub.records.outbox import enqueue
from hub.records.tenants import MEMBERS
from hub.support.bills import Position

from .looking import faults, unexpected

PAGES = {
    "orders-empty": "/t/musterfirma/orders?q=gibtesnicht",
    "tickets-empty": "/t/musterfirma/tickets?status=closed",
    "customers-empty": "/t/musterfirma/customers?q=gibtesnicht",
    "not-found": "/t/nobody/",
    "password-link-old": "/password/set/abgelaufen",
}
"""Pages in a state that the sweep over all pages does not bring about, by the name of their screenshot."""

ENGLISH = {
    "orders": "Web orders",
    "integrations": "Integrations",
    "events/work": "To resolve",
    "settings": "Company settings",
}
"""Pages and their headings in English."""


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


def test_pages_in_rare_states_are_whole(stage: Any) -> None:
    stage.sign_in()
    for name, path in (PAGES | bills(stage.site)).items():
        stage.go(path)
        stage.look(name)
    stage.is_silent()


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
    stage.page.get_by_text("Musterstraße 1, 12345 Musterstadt").wait_for()
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
    page = stage.page
    stage.sign_in()
    page.get_by_role("button", name="English").click()
    page.get_by_text("Orders today").wait_for()
    stage.shoot("dashboard-english-1280")
    for path, heading in ENGLISH.items():
        stage.open(f"/{path}")
        assert page.locator("h1").inner_text() == heading
        assert page.locator("html").get_attribute("lang") == "en"
        stage.shoot(f"english-{path.replace('/', '-')}-1280")
    page.get_by_role("button", name="Deutsch").click()
    page.get_by_role("heading", name="Unternehmenseinstellungen").wait_for()
    assert page.locator("html").get_attribute("lang") == "de"


def test_the_first_view_is_light(stage: Any) -> None:
    """The dashboard with all that it loads into an empty cache; of the form to sign in only what both load is
    part of it, as it came over the wire at first."""
    sizes: dict[str, int] = {}
    stage.page.on("requestfinished", lambda asked: sizes.setdefault(asked.url, _size(asked)))
    stage.sign_in()
    stage.page.wait_for_load_state("networkidle")

    assert sum(size for url, size in sizes.items() if not url.endswith("/sign-in")) < 150_000


def _size(asked: Any) -> int:
    size: int = asked.sizes()["responseBodySize"]
    return size


def test_what_was_given_up_is_tried_again(stage: Any) -> None:
    trouble(stage)
    stage.sign_in()
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
