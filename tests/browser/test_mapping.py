"""A sender with names of its own: its request is mapped, tried and saved, and the next one is taken."""

import json
from typing import Any
from urllib.parse import urlencode

from hub.records import tenants

SENT = {
    "order_id": "B-4711",
    "betrag": "1.234,50 €",
    "kunde": {"email": "k.wagner@beispiel.de"},
    "gekauft": "21.05.2026 10:00",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "X-Webhook-Secret": "ein-langes-geheimnis-0815"}


def connection(stage: Any, plugin: str) -> None:
    """Open the page of a connection."""
    with stage.site.rooms.database.read() as unit:
        rows = tenants.connections_of(unit, stage.site.tenant_id("musterfirma"))
    stage.open(f"/integrations/{next(row['id'] for row in rows if row['plugin'] == plugin)}")


def test_a_foreign_request_is_mapped_tried_and_saved(stage: Any) -> None:
    page, site = stage.page, stage.site
    site.change("custom", settings={"allow_header": True, "accept_forms": True})
    stage.sign_in()
    connection(stage, "custom")
    stage.look("integration-unsigned")
    page.get_by_role("link", name="Feldzuordnung").click()
    stage.look("mapping-empty")

    page.get_by_label("Inhalt der Anfrage").fill(json.dumps(SENT, ensure_ascii=False, indent=2))
    page.get_by_role("button", name="Vorschau").first.click()
    page.get_by_text("Ein Pflichtfeld fehlt").wait_for()
    stage.look("mapping-refused")

    page.get_by_label("Fester Wert für Ereignis").fill("transaction.created")
    page.get_by_label("Feld des Absenders für Kennung des Verkaufs").fill("order_id")
    page.get_by_label("Feld des Absenders für Bruttobetrag").fill("betrag")
    page.get_by_label("Format von Bruttobetrag").select_option("decimal_comma")
    page.get_by_label("Fester Wert für Währung").fill("EUR")
    page.get_by_label("Feld des Absenders für Zeitpunkt").fill("gekauft")
    page.get_by_label("Format von Zeitpunkt").select_option("day_month_year")
    page.get_by_label("Feld des Absenders für E-Mail des Kunden").fill("kunde.email")
    page.get_by_role("button", name="Vorschau").first.click()
    page.locator("#preview").get_by_text("1.234,50").wait_for()
    stage.look("mapping-tried")
    page.get_by_role("button", name="Speichern").click()
    page.get_by_text("Die Feldzuordnung ist gespeichert.").wait_for()

    flat = {"order_id": "B-4712", "betrag": "20,00", "kunde[email]": "k.wagner@beispiel.de"}
    answer = site.send(urlencode(flat).encode(), secret=None, headers=FORM)
    assert answer.get_json()["status"] == "processed"
    stage.open(f"/events/{answer.get_json()['eventId']}")
    page.get_by_text("Secret im Header, ohne Signatur").wait_for()
    stage.look("event-unsigned")
    stage.is_silent()


def test_the_guides_for_forms_open(stage: Any) -> None:
    page = stage.page
    stage.sign_in()
    connection(stage, "lead")
    page.get_by_role("link", name="Absender einrichten").click()
    for tool in ("Contact Form 7", "Elementor Forms", "HTML"):
        page.locator("summary", has_text=tool).click()
    stage.look("setup-forms")
    stage.is_silent()
