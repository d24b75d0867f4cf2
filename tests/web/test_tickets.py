"""Tickets: found, answered, annotated, assigned, closed, and tied to a customer."""

import importlib
from typing import Any

import pytest
import sqlalchemy as sa

from hub.records.tables import Delivery
from hub.records.tenants import table

NEIGHBOUR = "nachbar"


@pytest.fixture
def ticket(office: Any) -> Any:
    """A ticket that has just arrived."""
    return ask(office)


def ask(office: Any, tenant: str = "musterfirma", **fields: Any) -> Any:
    body = {"type": "ticket", "email": "max@beispiel.de", "message": "Wann kommt es?\n<b>Eilig</b>", **fields}
    answer = office.site.send(body, plugin="lead", tenant=tenant, secret=office.site.keys[tenant])
    assert answer.status_code == 200
    return office.site.records("tickets", tenant)[0]


def notify(office: Any, **switches: bool) -> None:
    """Switch the notifications on."""
    settings = importlib.import_module("hub_notifications.settings").Settings(**switches)
    office.site.connect("notifications")
    office.site.change("notifications", settings=settings.model_dump(mode="json", exclude={"smtp_password"}))


def deliveries(office: Any) -> list[Any]:
    with office.site.rooms.database.read() as unit:
        return list(unit.rows(sa.select(table(Delivery)).order_by(table(Delivery).c.id)))


def now(office: Any) -> Any:
    return office.site.record("tickets")


def test_the_inbox_shows_filters_and_searches(office: Any, ticket: Any) -> None:
    ask(office, email="erika@beispiel.de", subject="100% Rabatt")
    staff = office.browser("staff")

    whole = staff.get("/tickets").text
    assert "Anfrage Webseite" in whole
    assert "100% Rabatt" in whole
    assert "Anfrage Webseite" not in staff.get("/tickets?q=0%25").text
    assert "100% Rabatt" not in staff.get("/tickets?q=MAX@beispiel").text
    reference = ticket["id"].hex[-8:]
    found = staff.get(f"/tickets?q=%23{reference.upper()}").text
    assert f"#{reference}" in found
    assert "100% Rabatt" not in found
    assert "Kein Ticket passt" in staff.get("/tickets?status=closed").text
    assert "Anfrage Webseite" in staff.get("/tickets?status=nonsense&assigned=nonsense&before=nonsense").text


def test_an_empty_inbox_says_what_will_come(office: Any) -> None:
    assert "Noch keine Tickets" in office.browser("staff").get("/tickets").text


def test_older_tickets_are_a_page_further(office: Any) -> None:
    for number in range(26):
        ask(office, subject=f"Frage {number:02}")
    staff = office.browser("staff")
    newest = staff.get("/tickets").text
    oldest = office.site.records("tickets")[24]["id"]

    assert "Frage 00" not in newest
    assert f"before={oldest}" in newest
    assert "Frage 00" in staff.get(f"/tickets?before={oldest}").text


def test_the_thread_shows_what_was_written_as_text(office: Any, ticket: Any) -> None:
    page = office.browser("staff").get(f"/tickets/{ticket['id']}").text

    assert "&lt;b&gt;Eilig&lt;/b&gt;" in page
    assert f"/events/{ticket['event_id']}" in page
    assert "Zu max@beispiel.de gibt es noch keine Kundenakte" in page


def test_an_answer_goes_to_the_customer(office: Any, ticket: Any) -> None:
    notify(office, ticket_reply_to_customer=True)
    staff = office.browser("staff")
    answer = staff.post(f"/tickets/{ticket['id']}/reply", text=" Morgen.\r\nIhr Team ")
    page = staff.get(f"/tickets/{ticket['id']}").text

    assert answer.status_code == 303
    (mail,) = deliveries(office)
    assert mail["target"] == "max@beispiel.de"
    assert "Morgen.\nIhr Team" in mail["content"]["text"]
    assert "Ihre Antwort geht per E-Mail an max@beispiel.de" in page
    assert "E-Mail wird gesendet" in page
    assert "Staff" in page
    assert now(office)["status"] == "in_progress"
    entry = office.audit()[0]
    assert (entry["action"], entry["before"], entry["after"]) == (
        "ticket.replied",
        {"status": "open"},
        {"status": "in_progress"},
    )


def test_an_answer_can_close_the_ticket(office: Any, ticket: Any) -> None:
    office.browser("staff").post(f"/tickets/{ticket['id']}/reply", text="Erledigt.", close="1")
    assert now(office)["status"] == "closed"


@pytest.mark.parametrize("on", [False, True])
def test_one_is_told_if_no_mail_goes_out(office: Any, ticket: Any, on: bool) -> None:
    if on:
        notify(office, ticket_reply_to_customer=False)
    staff = office.browser("staff")
    staff.post(f"/tickets/{ticket['id']}/reply", text="Morgen.")
    page = staff.get(f"/tickets/{ticket['id']}").text

    assert deliveries(office) == []
    assert "max@beispiel.de erhält keine E-Mail" in page
    assert "Ohne E-Mail" in page
    assert "Morgen." in page


@pytest.mark.parametrize("action", ["reply", "note"])
@pytest.mark.parametrize(("text", "status"), [("", 422), ("  \r\n", 422), ("a\0b", 303)])
def test_a_text_that_says_nothing_is_refused(
    office: Any, ticket: Any, action: str, text: str, status: int
) -> None:
    staff = office.browser("staff")
    assert staff.post(f"/tickets/{ticket['id']}/{action}", text=text).status_code == status

    assert staff.get(f"/tickets/{ticket['id']}").text.count('class="message-body"') == 1
    assert now(office)["status"] == "open"
    assert not [entry for entry in office.audit() if entry["action"].startswith("ticket.")]


def test_a_note_is_the_teams_alone(office: Any, ticket: Any) -> None:
    notify(office, ticket_reply_to_customer=True)
    staff = office.browser("staff")
    staff.post(f"/tickets/{ticket['id']}/note", text="Kulanz?")
    page = staff.get(f"/tickets/{ticket['id']}").text

    assert deliveries(office) == []
    assert "message-internal" in page
    assert "Kulanz?" in page
    assert now(office)["status"] == "open"
    assert office.audit()[0]["action"] == "ticket.noted"
    assert "Kulanz" not in str(office.audit()[0]["after"])


def test_nobody_can_be_answered_without_an_address(office: Any, ticket: Any) -> None:
    with office.site.rooms.database.write() as unit:
        tickets = sa.table("tickets", sa.column("email"), sa.column("contact", sa.JSON()))
        unit.execute(sa.update(tickets).values(email=None, contact={}))
    staff = office.browser("staff")

    assert "nennt keine E-Mail-Adresse" in staff.get(f"/tickets/{ticket['id']}").text
    staff.post(f"/tickets/{ticket['id']}/customer")
    assert now(office)["customer_id"] is None


def test_a_ticket_is_assigned_to_a_member_and_taken_back(office: Any, ticket: Any) -> None:
    staff = office.browser("staff")
    admin_id = office.person("admin@example.com").id
    staff.post(f"/tickets/{ticket['id']}/assign", member=str(admin_id))

    assert now(office)["assigned_to"] == admin_id
    assert office.audit()[0]["after"] == {"assigned_to": str(admin_id)}
    assert "Anfrage Webseite" in staff.get(f"/tickets?assigned={admin_id}").text
    assert "Anfrage Webseite" not in staff.get("/tickets?assigned=nobody").text

    staff.post(f"/tickets/{ticket['id']}/assign", member="")
    assert now(office)["assigned_to"] is None
    assert "Anfrage Webseite" in staff.get("/tickets?assigned=nobody").text


def test_a_stranger_cannot_be_in_charge(office: Any, ticket: Any) -> None:
    staff = office.browser("staff")
    stranger = office.person("neighbour@example.com").id
    staff.post(f"/tickets/{ticket['id']}/assign", member=str(stranger))

    assert now(office)["assigned_to"] is None
    assert "gehört nicht mehr zum Team" in staff.get(f"/tickets/{ticket['id']}").text


def test_a_ticket_is_closed_and_opened_again(office: Any, ticket: Any) -> None:
    staff = office.browser("staff")
    staff.post(f"/tickets/{ticket['id']}/close")
    assert now(office)["status"] == "closed"
    staff.post(f"/tickets/{ticket['id']}/close")
    assert "Das geht nicht mehr" in staff.get(f"/tickets/{ticket['id']}").text
    staff.post(f"/tickets/{ticket['id']}/reopen")
    assert now(office)["status"] == "open"

    actions = [entry["action"] for entry in office.audit() if entry["object_kind"] == "ticket"]
    assert actions == ["ticket.reopened", "ticket.closed"]


def test_who_asks_becomes_a_customer(office: Any, ticket: Any) -> None:
    staff = office.browser("staff")
    staff.post(f"/tickets/{ticket['id']}/customer")
    customer = office.site.record("customers")

    assert now(office)["customer_id"] == customer["id"]
    assert f"/customers/{customer['id']}" in staff.get(f"/tickets/{ticket['id']}").text
    assert ask(office)["customer_id"] == customer["id"]


@pytest.mark.parametrize("action", ["reply", "note", "assign", "close", "reopen", "customer"])
def test_a_neighbours_ticket_is_out_of_reach(office: Any, ticket: Any, action: str) -> None:
    theirs = ask(office, NEIGHBOUR, subject="Geheim")
    owner = office.browser("owner")

    assert "Geheim" not in owner.get("/tickets").text
    assert owner.get(f"/tickets/{theirs['id']}").status_code == 404
    assert owner.post(f"/tickets/{theirs['id']}/{action}", text="Hallo", member="").status_code == 404
    assert office.site.record("tickets", NEIGHBOUR)["status"] == "open"


def test_the_page_speaks_english_too(office: Any, ticket: Any) -> None:
    visitor = office.browser("staff")
    visitor.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"

    assert "Send answer" in visitor.get(f"/tickets/{ticket['id']}").text
