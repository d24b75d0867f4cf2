"""Two tenants with the same ids and addresses never see or touch each other's rows."""

from collections.abc import Callable
from typing import Any

import pytest

from hub.records.listing import KINDS

Sale = Callable[..., dict[str, Any]]

REFUND = {"event": "transaction.refunded", "externalId": "t-1"}


@pytest.fixture
def neighbours(site: Any) -> Any:
    site.add_tenant("nachbar")
    return site


def test_the_same_sale_is_each_tenants_own(neighbours: Any, sale: Sale) -> None:
    body = sale("t-1", customer={"email": "erika@example.com"})
    answers = [neighbours.send(body, tenant=tenant) for tenant in ("musterfirma", "nachbar")]

    assert [answer.get_json()["status"] for answer in answers] == ["processed", "processed"]
    for kind in ("transactions", "customers"):
        mine, theirs = neighbours.record(kind), neighbours.record(kind, "nachbar")
        assert mine["id"] != theirs["id"]
        assert (mine["tenant_id"], theirs["tenant_id"]) == (
            neighbours.tenant_id(),
            neighbours.tenant_id("nachbar"),
        )
    assert neighbours.record("transactions")["customer_id"] == neighbours.record("customers")["id"]


def test_a_refund_touches_only_the_senders_sale(neighbours: Any, sale: Sale) -> None:
    neighbours.send(sale("t-1"))
    assert neighbours.send(REFUND, tenant="nachbar").status_code == 202
    assert neighbours.record("transactions")["status"] == "completed"

    neighbours.send(sale("t-1"), tenant="nachbar")
    assert neighbours.record("transactions")["status"] == "completed"
    assert neighbours.record("transactions", "nachbar")["status"] == "refunded"
    assert neighbours.records("reversals") == []


def test_a_ticket_finds_no_customer_of_a_neighbour(neighbours: Any, sale: Sale) -> None:
    neighbours.send(sale("t-1", customer={"email": "erika@example.com"}))
    ticket = {"type": "ticket", "email": "erika@example.com", "message": "Hallo"}
    neighbours.send(ticket, plugin="lead", secret=neighbours.keys["nachbar"])

    assert neighbours.record("tickets", "nachbar")["customer_id"] is None
    assert neighbours.records("tickets") == []


def test_a_neighbours_secret_or_key_opens_nothing(neighbours: Any, sale: Sale) -> None:
    neighbours.change("custom", tenant="nachbar", secret="the neighbour's secret")
    assert neighbours.send(sale(), secret="the neighbour's secret").status_code == 401
    assert neighbours.send(sale(), tenant="nachbar").status_code == 401

    number, rest = neighbours.keys["nachbar"].removeprefix("crm_").split("_")
    stolen = f"crm_{int(number) - 1}_{rest}"
    ticket = {"type": "ticket", "email": "erika@example.com", "message": "Hallo"}
    assert neighbours.send(ticket, plugin="lead", secret=stolen).status_code == 403
    assert neighbours.count() == 0


def test_each_event_log_shows_its_own_events(neighbours: Any, sale: Sale) -> None:
    neighbours.send(sale())
    neighbours.send(sale(), tenant="nachbar")
    neighbours.send(sale(), tenant="niemand")

    for tenant in ("musterfirma", "nachbar"):
        (event,) = neighbours.events(tenant_id=neighbours.tenant_id(tenant))
        assert event["path"] == f"/api/webhooks/{tenant}/custom"


def test_every_list_is_of_one_tenant(neighbours: Any, sale: Sale) -> None:
    neighbours.send(sale(customer={"email": "erika@example.com"}), tenant="nachbar")
    neighbours.send(REFUND, tenant="nachbar")

    assert [kind for kind in KINDS if neighbours.records(kind)] == []
