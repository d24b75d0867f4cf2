"""What people do with tickets and customers in the browser."""

import importlib
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

import hub

TENANT = "musterfirma"
SERIOUS = ("serious", "critical")

JULIA, JULIAS_OTHER = "j.hoffmann@beispiel.de", "julia.hoffmann@tischlerei-brandt.example"
QUESTION = (
    "Guten Tag,\n\nmeine Rechnung ist noch nicht angekommen. Können Sie sie bitte noch einmal senden?\n\n"
    "Viele Grüße\nJulia Hoffmann"
)
ANSWER = "Guten Tag Frau Hoffmann,\n\ngern, sie ist schon unterwegs.\n\nViele Grüße\nErika Musterfrau"


@pytest.fixture
def desk(stage: Any) -> Any:
    """The stage with a customer who is there twice, and with what she asks. Answers go out by e-mail."""
    settings = importlib.import_module("hub_notifications.settings").Settings(ticket_reply_to_customer=True)
    stage.site.connect("notifications")
    stage.site.change("notifications", settings=settings.model_dump(mode="json", exclude={"smtp_password"}))
    _sell(stage.site, "S-1001", email=JULIA, phone="030 1234567")
    _sell(stage.site, "S-1002", email=JULIAS_OTHER, company="Tischlerei Brandt GmbH & Co. KG")
    for body in (
        {"type": "order", "email": JULIA, "total": 49.9, "subject": "Bestellung: Starter-Paket"},
        {"type": "ticket", "email": JULIA, "subject": "Frage zur Rechnung", "message": QUESTION},
    ):
        stage.site.send(body, plugin="lead", secret=stage.site.keys[TENANT])
    stage.sign_in()
    return stage


def _sell(site: Any, sale: str, **person: Any) -> None:
    fact = hub.TransactionCreated(
        external_id=sale,
        gross=hub.Money(14990, "EUR"),
        occurred_at=site.clock(),
        product_name="Jahreslizenz Premium",
        customer=hub.Person(first_name="Julia", last_name="Hoffmann", **person),
    )
    assert site.tell(fact).status_code == 200


def check(stage: Any, name: str) -> None:
    """The page as it is now, on a desk and on a telephone: a picture, no serious finding, not too wide."""
    for width in (1280, 360):
        stage.page.set_viewport_size({"width": width, "height": 800})
        stage.shoot(f"{name}-{width}")
        found = Axe().run(stage.page).response["violations"]
        assert [one["id"] for one in found if one["impact"] in SERIOUS] == [], (name, width)
        assert stage.too_wide() <= 0, (name, width)
    stage.page.set_viewport_size({"width": 1280, "height": 800})


def test_a_ticket_is_annotated_answered_and_assigned(desk: Any) -> None:
    page = desk.page
    page.get_by_role("link", name="Tickets").first.click()
    page.get_by_role("link", name="Frage zur Rechnung").click()
    page.get_by_label("Notiz").fill("Lag im Spamordner, bitte kulant sein.")
    page.get_by_role("button", name="Notiz speichern").click()
    page.get_by_text("Nur Ihr Team sieht sie.").wait_for()
    page.get_by_label("Ihre Antwort").fill(ANSWER)
    page.get_by_role("button", name="Antwort senden").click()
    page.get_by_text(f"Ihre Antwort geht per E-Mail an {JULIA}.").wait_for()
    page.get_by_label("Zugewiesen an").select_option(label="Erika Musterfrau (Sie)")
    page.get_by_role("button", name="Zuweisen").click()
    page.get_by_text("Das Ticket ist zugewiesen.").wait_for()
    check(desk, "ticket")
    page.get_by_role("button", name="Schließen", exact=True).click()
    page.get_by_text("Das Ticket ist geschlossen.").wait_for()

    page.get_by_role("link", name="Kundenakte öffnen").click()
    page.get_by_text("Frage zur Rechnung").wait_for()
    assert desk.said == []


def test_two_files_of_one_person_become_one(desk: Any) -> None:
    page = desk.page
    desk.open("/customers?q=j.hoffmann")
    page.get_by_role("link", name="Julia Hoffmann").click()
    check(desk, "customer")
    page.get_by_role("link", name="Bearbeiten").click()
    check(desk, "customer-edit")
    page.go_back()
    page.get_by_role("link", name="Zusammenführen").click()
    check(desk, "customer-duplicates")
    page.get_by_role("link", name="Auswählen").click()
    page.get_by_text("Firma wird übernommen: Tischlerei Brandt GmbH & Co. KG").wait_for()
    check(desk, "customer-merge")
    page.get_by_role("button", name="Zusammenführen").click()

    page.get_by_text("Die Akten sind zusammengeführt.").wait_for()
    page.get_by_text("2 Transaktionen").wait_for()
    check(desk, "customer-merged")
    assert desk.said == []
