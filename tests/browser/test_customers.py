"""What people do with customers in the browser."""

from typing import Any

import pytest

import hub

TENANT = "musterfirma"

JULIA, JULIAS_OTHER = "j.hoffmann@beispiel.de", "julia.hoffmann@tischlerei-brandt.example"


@pytest.fixture
def desk(stage: Any) -> Any:
    """The stage with a customer who is there twice."""
    _sell(stage.site, "S-1001", email=JULIA, phone="030 1234567")
    _sell(stage.site, "S-1002", email=JULIAS_OTHER, company="Tischlerei Brandt GmbH & Co. KG")
    body = {"type": "order", "email": JULIA, "total": 49.9, "subject": "Bestellung: Starter-Paket"}
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


def test_two_files_of_one_person_become_one(desk: Any) -> None:
    page = desk.page
    desk.open("/customers?q=j.hoffmann")
    page.get_by_role("link", name="Julia Hoffmann").click()
    desk.look("customer")
    page.get_by_role("link", name="Bearbeiten").click()
    desk.look("customer-edit")
    page.go_back()
    page.get_by_role("link", name="Zusammenführen").click()
    desk.look("customer-duplicates")
    page.get_by_role("link", name="Auswählen").click()
    page.get_by_text("Firma wird übernommen: Tischlerei Brandt GmbH & Co. KG").wait_for()
    desk.look("customer-merge")
    page.get_by_role("button", name="Zusammenführen").click()

    page.get_by_text("Die Akten sind zusammengeführt.").wait_for()
    page.get_by_text("2 Transaktionen").wait_for()
    desk.look("customer-merged")
    desk.is_silent()
