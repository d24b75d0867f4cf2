"""Outgoing webhooks: made in the browser, tested, seen with its answer, and sent again."""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from hub.app import create_worker
from tests.deliveries.receiving import Answer, receiving

from .looking import faults


@pytest.fixture
def receiver() -> Iterator[Any]:
    with receiving() as running:
        yield running


def work(stage: Any) -> None:
    """What is due is sent, by a worker that may send to this machine."""
    here = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    config = stage.site.rooms.config.model_copy(update={"allowed_targets": here})
    create_worker(replace(stage.site.rooms, config=config), threads=1).run_due()


def look(stage: Any, name: str) -> None:
    """On a desk and on a telephone: a picture, nothing too wide, no serious finding."""
    for width in (360, 1280):
        stage.page.set_viewport_size({"width": width, "height": 800})
        stage.shoot(f"{name}-{width}")
        assert stage.too_wide() <= 0, name
    assert faults(stage.page) == [], name


def test_a_webhook_is_made_tested_and_sent_again(stage: Any, receiver: Any) -> None:
    receiver.always(Answer(503, "Wartung bis 14 Uhr"), Answer(200, "danke"))
    stage.site.connect("notifications")
    page = stage.page
    page.on("dialog", lambda dialog: dialog.accept())
    stage.sign_in()
    page.get_by_role("link", name="Ausgehende Webhooks").click()
    look(stage, "outgoing-empty")
    page.get_by_role("link", name="Webhook anlegen").first.click()
    page.get_by_label("Adresse (URL)").fill("http://10.0.0.1/webhooks")
    page.get_by_label("Alle Ereignisse").uncheck()
    page.get_by_label("Neue Bestellung").check()
    page.get_by_role("button", name="Webhook anlegen").click()
    page.get_by_text("nicht öffentlich").wait_for()
    look(stage, "outgoing-form")

    page.get_by_label("Adresse (URL)").fill(receiver.url.replace("127.0.0.1", "localhost"))
    page.get_by_label("Beschreibung").fill("Buchhaltung")
    page.get_by_role("button", name="Webhook anlegen").click()
    page.get_by_text("wird nur jetzt angezeigt").wait_for()
    look(stage, "outgoing-secret")
    page.get_by_role("link", name="Zum Webhook").click()
    page.get_by_role("button", name="Testereignis senden").click()
    page.get_by_text("Noch kein Versuch.").wait_for()
    work(stage)
    page.get_by_text("Antwort 503").wait_for()
    page.get_by_text("Antwort des Empfängers").click()
    look(stage, "outgoing-delivery")

    page.get_by_role("button", name="Sofort senden").click()
    page.get_by_text("wird erneut gesendet").wait_for()
    work(stage)
    page.get_by_text("Zugestellt").wait_for()
    order = {"type": "order", "email": "kunde@beispiel.de", "total": 49}
    stage.site.send(order, plugin="lead", secret=stage.site.keys["musterfirma"])
    work(stage)
    page.get_by_role("link", name="Buchhaltung").click()
    page.get_by_role("link", name="Neue Bestellung").wait_for()
    look(stage, "outgoing-endpoint")
    page.get_by_role("link", name="Ausgehende Webhooks").first.click()
    page.get_by_text("100").first.wait_for()
    look(stage, "outgoing")
    assert len(receiver.requests) == 3
    assert [line for line in stage.said if "status of 422" not in line] == []
