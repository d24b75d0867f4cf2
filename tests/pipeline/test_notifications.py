"""The notifications plugin in a whole hub: what it writes commits with the record or not at all, and
stays with its tenant."""

import importlib
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

import hub
from hub.records import orders, tenants, tickets
from hub.records.tables import Delivery, EffectRun, Notification
from hub.records.tenants import Conflict, table

endpoints = importlib.import_module("hub_notifications.endpoints")
Settings = importlib.import_module("hub_notifications.settings").Settings

NEIGHBOUR = "nachbar"
MEMBERS = ("anna@example.com", "berta@example.com")
ORDER = {
    "type": "order",
    "email": "kunde@beispiel.de",
    "total": 149.90,
    "subject": "Bestellung: Premium-Paket",
    "kunden_adresse": "Musterstraße 1, 12345 Musterstadt",
    "artikel": "1x Premium-Paket",
}

Sale = Callable[..., dict[str, Any]]


def add_members(site: Any, *addresses: str, tenant: str = "musterfirma", role: str = "staff") -> None:
    tenant_id = site.tenant_id(tenant)
    with site.rooms.database.write() as unit:
        for address in addresses:
            tenants.add_member(
                unit, tenant_id=tenant_id, email=address, name=address, role=role, now=site.clock()
            )


def add_endpoint(site: Any, *events: str, tenant: str = "musterfirma") -> str:
    tenant_id = site.tenant_id(tenant)
    with site.rooms.database.write() as unit:
        endpoint_id, _ = endpoints.create(
            unit,
            site.rooms.vault,
            tenant_id=tenant_id,
            url="https://example.com/hook",
            events=events,
            now=site.clock(),
        )
    return str(endpoint_id)


def set_switches(site: Any, **switches: bool) -> None:
    settings = Settings(**switches).model_dump(mode="json", exclude={"smtp_password"})
    site.change("notifications", settings=settings)


def place(site: Any, body: Any = ORDER, tenant: str = "musterfirma") -> Any:
    answer = site.send(body, plugin="lead", tenant=tenant, secret=site.keys[tenant])
    assert answer.status_code == 200
    return answer


def rows(site: Any, model: Any, tenant: str | None = None) -> list[Any]:
    """All rows of a table, or those of one tenant, oldest first."""
    source = table(model)
    query = sa.select(source).order_by(source.c.id)
    if tenant is not None:
        query = query.where(source.c.tenant_id == site.tenant_id(tenant))
    with site.rooms.database.read() as unit:
        return list(unit.rows(query))


@pytest.fixture
def team(site: Any) -> Any:
    """The usual hub, with two members and the plugin on."""
    site.connect("notifications")
    add_members(site, *MEMBERS)
    return site


def test_every_member_is_told_of_an_order(team: Any) -> None:
    place(team)

    first, second = rows(team, Notification)
    assert first["member_id"] != second["member_id"]
    for row in (first, second):
        assert row["title"] == "Neue Bestellung!"
        assert row["text"] == "Eine Web-Bestellung über 149,90 € ist eingegangen."
        assert (row["kind"], row["record_kind"], row["read_at"]) == ("order_placed", "order", None)
        assert row["record_id"] == team.record("orders")["id"]
        assert row["event_id"] == team.record("orders")["event_id"]


def test_other_records_have_their_own_words(team: Any, sale: Sale) -> None:
    place(team, {"type": "ticket", "email": "max@beispiel.de", "message": "Hallo"})
    team.send(sale())
    team.send({"event": "transaction.refunded", "externalId": "t-1"})

    texts = [row["text"] for row in rows(team, Notification)][::2]
    assert texts == [
        "max@beispiel.de schreibt: Anfrage Webseite",
        "Ein Verkauf über 119,00 € ist eingegangen.",
        "Vom Verkauf t-1 über 119,00 € sind 119,00 € erstattet.",
    ]


def test_a_repetition_and_a_replay_tell_nothing_again(team: Any, sale: Sale) -> None:
    add_endpoint(team, "*")
    team.send(sale())
    team.send(sale())
    (event,) = [event for event in team.events() if event["outcome"] == "processed"]
    team.rooms.replayer.replay(event["id"])

    assert len(rows(team, Notification)) == 2
    assert len(rows(team, Delivery)) == 1


def test_without_the_plugin_nobody_is_told(site: Any) -> None:
    add_members(site, *MEMBERS)
    add_endpoint(site, "*")
    place(site)

    assert rows(site, Notification) == rows(site, Delivery) == []
    assert {(run["state"], run["reason"]) for run in rows(site, EffectRun)} == {("skipped", "plugin_off")}


def test_tenants_hear_only_of_their_own(team: Any) -> None:
    team.add_tenant(NEIGHBOUR)
    team.connect("notifications", tenant=NEIGHBOUR)
    add_members(team, "anna@example.com", tenant=NEIGHBOUR)
    ours, theirs = add_endpoint(team, "*"), add_endpoint(team, "*", tenant=NEIGHBOUR)

    place(team, tenant=NEIGHBOUR)
    assert rows(team, Notification, "musterfirma") == rows(team, Delivery, "musterfirma") == []
    assert len(rows(team, Notification, NEIGHBOUR)) == 1
    assert [row["target"] for row in rows(team, Delivery)] == [theirs]

    place(team)
    assert [row["target"] for row in rows(team, Delivery, "musterfirma")] == [ours]


def test_an_endpoint_of_another_tenant_cannot_be_touched(team: Any) -> None:
    team.add_tenant(NEIGHBOUR)
    theirs = UUID(add_endpoint(team, "*", tenant=NEIGHBOUR))
    tenant_id = team.tenant_id()
    with team.rooms.database.write() as unit, pytest.raises(endpoints.EndpointError):
        endpoints.switch(unit, tenant_id, theirs, on=False, now=team.clock())
    with team.rooms.database.write() as unit:
        assert endpoints.note_failure(unit, tenant_id, theirs, gone=True, now=team.clock())
        assert endpoints.require(unit, team.tenant_id(NEIGHBOUR), theirs)["enabled"]


def test_all_is_undone_with_the_record(make_hub: Any) -> None:
    site = make_hub()
    site.connect("notifications")
    add_members(site, *MEMBERS)
    add_endpoint(site, "*")
    at = site.clock()
    sold = hub.TransactionCreated(external_id="t", gross=hub.Money(100, "EUR"), occurred_at=at)
    wrong = hub.TransactionRefunded(
        external_id="r", refers_to=("t",), amount=hub.Money(100, "USD"), occurred_at=at
    )

    assert site.tell(sold, wrong).status_code == 400
    assert rows(site, Notification) == rows(site, Delivery) == []

    site.tell(sold)
    assert len(rows(site, Notification)) == 2
    assert len(rows(site, Delivery)) == 1


def test_endpoints_get_what_they_asked_for(team: Any, sale: Sale) -> None:
    everything = add_endpoint(team, "*")
    sales = add_endpoint(team, "transaction.*")
    refunds = add_endpoint(team, "transaction.refunded", "ticket.opened")
    switched_off = UUID(add_endpoint(team, "*"))
    tenant_id = team.tenant_id()
    with team.rooms.database.write() as unit:
        endpoints.switch(unit, tenant_id, switched_off, on=False, now=team.clock())
    team.send(sale())
    team.send({"event": "transaction.refunded", "externalId": "t-1"})
    place(team)

    heard: dict[str, list[str]] = {}
    for row in rows(team, Delivery):
        heard.setdefault(row["target"], []).append(row["content"]["type"])
    assert heard == {
        everything: ["transaction.created", "transaction.refunded", "order.placed"],
        sales: ["transaction.created", "transaction.refunded"],
        refunds: ["transaction.refunded"],
    }


def test_what_an_endpoint_is_told(team: Any) -> None:
    add_endpoint(team, "*")
    place(team)

    (row,) = rows(team, Delivery)
    order = team.record("orders")
    assert (row["channel"], row["state"], row["record_kind"]) == ("webhook", "pending", "order")
    assert (row["event_id"], row["record_id"]) == (order["event_id"], order["id"])
    assert row["content"] == {
        "type": "order.placed",
        "timestamp": "2026-06-01T12:00:00Z",
        "data": {
            "id": str(order["id"]),
            "event_id": str(order["event_id"]),
            "external_id": None,
            "number": None,
            "status": "new",
            "payment_status": None,
            "subject": "Bestellung: Premium-Paket",
            "email": "kunde@beispiel.de",
            "contact": {"email": "kunde@beispiel.de"},
            "customer_id": None,
            "total": "149.90",
            "tax": None,
            "currency": "EUR",
            "lines": [],
            "placed_at": "2026-06-01T12:00:00Z",
            "cancelled_at": None,
            "cancel_reason": None,
            "test": False,
            "extra": {
                "kunden_adresse": "Musterstraße 1, 12345 Musterstadt",
                "artikel": "1x Premium-Paket",
            },
        },
    }


def test_the_first_message_of_a_ticket_is_told(team: Any) -> None:
    add_endpoint(team, "ticket.opened")
    place(team, {"type": "ticket", "email": "max@beispiel.de", "message": "Guten Tag"})
    (row,) = rows(team, Delivery)
    assert row["content"]["data"]["message"] == "Guten Tag"


@pytest.mark.parametrize(
    ("reason", "told"), [("expired", 0), ("async_payment_failed", 2), (None, 2)], ids=str
)
def test_a_form_that_the_customer_left_alone_is_no_failed_payment(team: Any, reason: Any, told: int) -> None:
    add_endpoint(team, "payment.failed")
    team.tell(
        hub.PaymentFailed(
            external_id="p-1",
            invoice="R-1",
            amount=hub.Money(10_000, "EUR"),
            occurred_at=team.clock(),
            reason=reason,
        )
    )

    assert [row["kind"] for row in rows(team, Notification)] == ["payment_failed"] * told
    (webhook,) = rows(team, Delivery)
    assert webhook["content"]["data"]["reason"] == reason


def test_an_answer_to_a_ticket_is_told_to_endpoints(team: Any) -> None:
    set_switches(team, ticket_reply_to_customer=False)
    add_endpoint(team, "ticket.replied")
    place(team, {"type": "ticket", "email": "max@beispiel.de", "message": "Hallo"})
    ticket = team.record("tickets")
    entry = team.rooms.registry.entry("musterfirma")
    with team.rooms.database.write() as unit:
        source, persisted = tickets.reply(
            unit,
            tenant=entry.tenant,
            tenant_id=entry.id,
            ticket_id=ticket["id"],
            text="Ja.",
            now=team.clock(),
        )
        team.rooms.announcer.announce(unit, source, {"notifications"}, [persisted])

    (webhook,) = rows(team, Delivery)
    assert webhook["content"] == {
        "type": "ticket.replied",
        "timestamp": "2026-06-01T12:00:00Z",
        "data": {
            "id": str(persisted.id),
            "event_id": str(ticket["event_id"]),
            "ticket_id": str(ticket["id"]),
            "author": "member",
            "body": "Ja.",
            "created_at": "2026-06-01T12:00:00Z",
        },
    }


def test_the_team_gets_mail_of_an_order_if_it_is_switched_on(team: Any) -> None:
    place(team)
    assert rows(team, Delivery) == []

    set_switches(team, order_email_to_team=True)
    place(team)
    made = rows(team, Delivery)
    assert [row["target"] for row in made] == list(MEMBERS)
    assert {row["channel"] for row in made} == {"email"}
    content = made[0]["content"]
    assert content["subject"] == "Neue Bestellung über 149,90 €"
    assert "artikel: 1x Premium-Paket" in content["text"]
    assert "Musterstraße 1" in content["html"]


def process(site: Any, order_id: UUID, tenant: str = "musterfirma") -> None:
    """What `hub order process` does."""
    entry = site.rooms.registry.entry(tenant)
    with site.rooms.database.write() as unit:
        source, persisted = orders.process(
            unit, tenant=entry.tenant, tenant_id=entry.id, order_id=order_id, now=site.clock()
        )
        site.rooms.announcer.announce(unit, source, {plugin for plugin, _ in entry.targets}, [persisted])


def test_the_customer_gets_a_confirmation_when_the_order_is_processed(team: Any) -> None:
    set_switches(team, order_confirmation_to_customer=True)
    add_endpoint(team, "order.processed")
    place(team)
    order = team.record("orders")
    assert rows(team, Delivery) == []
    team.clock.advance(hours=2)

    process(team, order["id"])

    assert team.record("orders")["status"] == "processed"
    mail, webhook = sorted(rows(team, Delivery), key=lambda row: row["channel"])
    assert (mail["target"], mail["content"]["subject"]) == (
        "kunde@beispiel.de",
        "Ihre Bestellung bei musterfirma",
    )
    assert webhook["content"]["timestamp"] == "2026-06-01T14:00:00Z"
    assert webhook["content"]["data"]["status"] == "processed"
    assert mail["event_id"] == webhook["event_id"] == order["event_id"]

    with pytest.raises(Conflict, match="processed"):
        process(team, order["id"])
    assert len(rows(team, Delivery)) == 2


def test_an_order_of_another_tenant_cannot_be_processed(team: Any) -> None:
    team.add_tenant(NEIGHBOUR)
    place(team)
    with pytest.raises(Conflict, match="no order"):
        process(team, team.record("orders")["id"], tenant=NEIGHBOUR)
    assert team.record("orders")["status"] == "new"


def test_an_order_without_an_address_has_nobody_to_confirm_it_to(team: Any) -> None:
    set_switches(team, order_confirmation_to_customer=True)
    team.tell(hub.OrderPlaced(external_id="A-1", customer=hub.Person()))
    process(team, team.record("orders")["id"])
    assert rows(team, Delivery) == []
    assert rows(team, Notification)[0]["text"] == "Eine Web-Bestellung ist eingegangen."
