"""From the order to *Bezahlt* in a browser, with a Stripe that the tests bring."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hub.registry.connecting import Connections

from ..web.fake_stripe import FakeStripe
from .test_pages import faults, unexpected

TENANT = "musterfirma"


@pytest.fixture
def stripe(stage: Any, listening: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An account at the fake, with its three keys stored."""
    account = FakeStripe(clock=lambda: stage.site.clock().timestamp())
    rooms = stage.site.rooms
    given = {
        "publishable_key": ["pk_test_fake"],
        "secret_key": [account.secret_key],
        "secrets": [account.webhook_secret],
    }
    Connections(rooms.database, rooms.plugins, rooms.vault, stage.site.clock).change(
        TENANT, "stripe", "default", given
    )
    with listening(account.app()) as port:
        account.url = f"http://127.0.0.1:{port}"
        account.webhook_url = f"{stage.url}/webhooks/stripe"
        monkeypatch.setenv("HUB_STRIPE_API_BASE", account.url)
        yield account


def whole(stage: Any, name: str, *, moving: bool = False) -> None:
    """The page looks right at both widths. A page that is still ``moving`` is not looked at by axe."""
    for width in (360, 1280):
        stage.page.set_viewport_size({"width": width, "height": 800})
        stage.shoot(f"{name}-{width}")
        assert stage.too_wide() <= 0, f"{name} at {width}"
    assert moving or faults(stage.page) == [], name


def test_an_order_is_billed_and_paid(stage: Any, stripe: Any) -> None:
    page = stage.page
    page.on("dialog", lambda dialog: dialog.accept())
    object.__setattr__(stage.site.rooms.config, "base_url", stage.url)
    stage.site.connect("notifications")
    stage.sign_in()
    stage.open("/invoices")
    whole(stage, "invoices-none")
    stage.open("/orders")
    page.get_by_role("link", name="Bestellung: Premium-Paket").click()
    page.get_by_role("button", name="Rechnung schreiben").click()
    page.get_by_text("ein Entwurf entstanden").wait_for()
    whole(stage, "invoice-draft")

    page.get_by_role("link", name="Bearbeiten").click()
    page.get_by_label("Empfänger").fill("Hoffmann GmbH")
    page.get_by_role("button", name="Posten hinzufügen").click()
    page.get_by_label("Beschreibung").nth(1).fill("Einrichtung vor Ort")
    page.get_by_label("Menge").nth(1).fill("1,5")
    page.get_by_label("Einzelpreis in EUR").nth(1).fill("80")
    page.keyboard.press("Tab")
    page.get_by_text("269,90").wait_for(timeout=8000)
    page.get_by_role("button", name="Posten 2 entfernen").click()
    page.get_by_label("Beschreibung").nth(1).wait_for(state="detached")
    whole(stage, "invoice-form")
    page.get_by_role("button", name="Entwurf speichern").click()
    page.get_by_text("Der Entwurf ist gespeichert").wait_for()
    page.get_by_role("button", name="Ausstellen").click()
    page.get_by_text("ist ausgestellt").wait_for()
    page.get_by_role("button", name="Per E-Mail senden").click()
    page.get_by_text("geht per E-Mail an den Kunden").wait_for()
    whole(stage, "invoice-open")
    with page.expect_download() as loaded:
        page.get_by_role("link", name="PDF herunterladen").click()
    assert loaded.value.suggested_filename == "Rechnung-2026-0001.pdf"

    inside = page.url
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Ansicht des Kunden").click()
    opened.value.close()
    page.goto(page.get_by_label("Link für den Kunden").input_value())
    whole(stage, "invoice-public")
    page.get_by_role("button", name="Jetzt online bezahlen").click()
    page.wait_for_url(f"{stripe.url}/pay/**")
    page.get_by_role("link", name="Zurück").click()
    page.get_by_role("button", name="Jetzt online bezahlen").click()
    page.wait_for_url(f"{stripe.url}/pay/**")
    page.get_by_role("button", name="Mit Karte zahlen").click()
    page.get_by_text("Zahlung wird bestätigt").wait_for()
    whole(stage, "invoice-confirming", moving=True)
    page.get_by_text("Vielen Dank, die Rechnung ist bezahlt").wait_for()
    whole(stage, "invoice-confirmed")
    assert len(stripe.sessions) == 1

    page.get_by_role("link", name="Zur Rechnung").click()
    page.get_by_text("Diese Rechnung ist bezahlt").wait_for()
    whole(stage, "invoice-public-paid")
    page.goto(inside)
    page.get_by_text("Bezahlt am").wait_for()
    page.get_by_role("main").get_by_text("Bezahlt", exact=True).wait_for()
    whole(stage, "invoice-paid")
    (name,) = stripe.sessions
    stripe.refund(name, 4_000)
    page.goto(inside)
    page.get_by_text("Teilweise erstattet").wait_for()
    whole(stage, "invoice-refunded")
    stage.open("/invoices")
    whole(stage, "invoices")
    said = [line for line in unexpected(stage.said) if stripe.url not in line]
    assert said == []
