"""Customers and tickets: one person for each e-mail address, in any case."""

from datetime import UTC, datetime
from typing import Any

import pytest

import hub

AT = datetime(2026, 5, 1, tzinfo=UTC)


def sold(sale: str, **person: Any) -> hub.Fact:
    return hub.TransactionCreated(
        external_id=sale, gross=hub.Money(100, "EUR"), occurred_at=AT, customer=hub.Person(**person)
    )


def asked(email: str | None = "erika@example.com", **fields: Any) -> hub.Fact:
    return hub.TicketOpened(customer=hub.Person(email=email), message="Wann kommt es?", **fields)


def test_an_address_in_any_case_is_one_customer(site: Any) -> None:
    site.tell(sold("t-1", email="Erika@Example.com"))
    site.tell(sold("t-2", email="erika@example.COM "))

    assert site.record("customers")["email"] == "Erika@Example.com"
    assert len({row["customer_id"] for row in site.records("transactions")}) == 1


def test_details_are_filled_in_and_never_overwritten(site: Any) -> None:
    site.tell(sold("t-1", email="e@example.com", first_name="Erika"))
    site.tell(sold("t-2", email="e@example.com", first_name="Eri", last_name="Musterfrau", phone="0815"))

    customer = site.record("customers")
    assert (customer["first_name"], customer["last_name"], customer["phone"]) == (
        "Erika",
        "Musterfrau",
        "0815",
    )


def test_somebody_without_an_address_is_kept_with_the_sale(site: Any) -> None:
    site.tell(sold("t-1", name="Erika", external_id="c-7"))

    assert site.records("customers") == []
    assert site.record("transactions")["contact"] == {"name": "Erika", "external_id": "c-7"}


@pytest.mark.parametrize("email", ["erika@example.com", "ERIKA@example.com"])
def test_a_ticket_is_tied_to_a_known_customer(site: Any, email: str) -> None:
    site.tell(sold("t-1", email="Erika@Example.com"))
    site.tell(asked(email, subject="Lieferung"))

    ticket = site.record("tickets")
    assert ticket["customer_id"] == site.record("customers")["id"]
    assert (ticket["status"], ticket["subject"], ticket["email"]) == ("open", "Lieferung", email)


def test_a_ticket_of_a_stranger_makes_no_customer(site: Any) -> None:
    site.tell(asked())

    assert site.record("tickets")["customer_id"] is None
    assert site.records("customers") == []


def test_a_ticket_with_a_known_id_is_left_alone(site: Any) -> None:
    site.tell(asked(external_id="q-1", subject="first"))
    again = site.tell(asked(external_id="q-1", subject="second"))

    assert again.get_json()["status"] == "skipped"
    assert site.record("tickets")["subject"] == "first"


def test_tickets_without_an_id_are_each_their_own(site: Any) -> None:
    site.tell(asked(), asked())
    site.tell(asked())

    assert len(site.records("tickets")) == 3


def test_a_privacy_demand_is_open_once(site: Any) -> None:
    fact = hub.PrivacyRequested(
        external_id="p-1", kind="access", due_at=AT, customer=hub.Person(email="e@example.com"), orders=("1",)
    )
    site.tell(fact)
    assert site.tell(fact).get_json()["status"] == "skipped"

    demand = site.record("privacy_requests")
    assert (demand["kind"], demand["status"], demand["due_at"]) == ("access", "open", AT)


def test_a_source_that_disconnects_is_noted_and_stays_on(site: Any) -> None:
    cut = hub.SourceDisconnected(occurred_at=AT, reason="uninstalled")

    assert site.tell(cut).get_json()["status"] == "processed"
    assert site.tell(cut).get_json()["status"] == "skipped"
    assert site.tell(asked()).get_json()["status"] == "processed"


def test_addresses_that_only_look_alike_are_two_customers(site: Any, sale: Any) -> None:
    for number, email in enumerate(["strasse@example.com", "straße@example.com"]):
        site.send(sale(f"t-{number}", customer={"email": email}))

    assert len(site.records("customers")) == 2
