"""Live: a request appears on the open page by itself; paused, the page stands still."""

from typing import Any

from .looking import faults

TENANT = "musterfirma"


def order(stage: Any, secret: str | None = None, **fields: Any) -> None:
    body = {"type": "order", "email": "j.hoffmann@beispiel.de", "total": 149.9, **fields}
    stage.site.send(body, plugin="lead", secret=secret or stage.site.keys[TENANT])


def test_requests_appear_while_one_looks(stage: Any) -> None:
    stage.sign_in()
    stage.open("/events/live")
    items = stage.page.locator("#arrivals > li")
    newest = items.first
    known = newest.get_attribute("data-id")

    order(stage)
    stage.page.locator(f"#arrivals > li:not([data-id='{known}'])").first.wait_for(timeout=2000)
    newest.get_by_text("ms gesamt").wait_for()
    stage.page.get_by_role("status").get_by_text("Eine neue Anfrage.").wait_for()
    order(stage, secret="crm_1_" + "0" * 32)
    newest.get_by_text("Der API-Key ist falsch oder deaktiviert").wait_for()
    newest.get_by_text("ms gesamt").wait_for()
    stage.shoot("live-news-1280")
    assert faults(stage.page) == []

    before = newest.get_attribute("data-id")
    stage.page.get_by_role("button", name="Anhalten").press("Enter")
    stage.page.get_by_text("Angehalten").wait_for()
    order(stage)
    assert newest.get_attribute("data-id") == before
    stage.page.get_by_role("button", name="Weiterlaufen lassen").press("Enter")
    stage.page.locator(f"#arrivals > li:first-child:not([data-id='{before}'])").wait_for()

    stage.page.get_by_label("Ergebnis").select_option(label="Abgelehnt")
    stage.page.wait_for_url("**outcome=rejected**")
    newest.get_by_role("link").click()
    stage.page.get_by_text("Schritte beim Eintreffen").wait_for()
    stage.shoot("event-steps-1280")
    stage.page.set_viewport_size({"width": 360, "height": 800})
    stage.open("/events/live")
    stage.page.locator("#arrivals .request-step").first.wait_for()
    stage.shoot("live-360")
    assert stage.too_wide() <= 0
    assert stage.said == []
