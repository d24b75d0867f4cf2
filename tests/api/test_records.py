"""Orders, tickets, invoices, payments and transactions, read by a program."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from hub.contract.facts import Line, OrderPlaced, PaymentSucceeded, Person
from hub.records import invoices, tickets
from hub.support.money import Money
from tests.api.conftest import Caller, MakeCaller, problem

Sale = Callable[..., dict[str, Any]]

ORDER = {"type": "order", "email": "Erika@example.com", "total": 149.9, "subject": "Rahmen", "farbe": "rot"}
TICKET = {"type": "ticket", "email": "erika@example.com", "message": "Hallo?"}


def _lead(site: Any, body: dict[str, Any], tenant: str = "musterfirma") -> None:
    assert site.send(body, plugin="lead", secret=site.keys[tenant], tenant=tenant).status_code == 200


def test_an_order_is_told_with_exact_amounts(site: Any, caller: Caller) -> None:
    _lead(site, ORDER)
    (order,) = caller.all("/orders")

    assert caller.get(f"/orders/{order['id']}").get_json() == order
    assert (order["total"], order["currency"], order["status"]) == ("149.90", "EUR", "new")
    assert order["extra"] == {"farbe": "rot"}
    assert "total_minor" not in order
    assert [one["id"] for one in caller.all("/orders", status="new", email="ERIKA@example.com")] == [
        order["id"]
    ]
    assert caller.all("/orders", status="new", since="2026-06-01T12:00:00Z") == [order]
    assert caller.all("/orders", status="processed") == []
    assert problem(caller.get("/orders", status="lost")) == (400, "malformed")


def test_positions_are_told_in_major_units(site: Any, caller: Caller) -> None:
    line = Line(name="Rahmen", unit_price=Money(4990, "EUR"), total=Money(9980, "EUR"), sku="R-1")
    site.tell(
        OrderPlaced(
            external_id="o-1",
            customer=Person(email="erika@example.com"),
            total=Money(9980, "EUR"),
            lines=(line,),
        )
    )
    (order,) = caller.all("/orders", external_id="o-1")

    (told,) = order["lines"]
    amounts = {"unit_price": "49.90", "total": "99.80"}
    assert told == {"name": "Rahmen", "quantity": "1", "sku": "R-1", "product_id": None, **amounts}


def test_a_ticket_is_told_without_what_is_for_members_alone(site: Any, caller: Caller) -> None:
    _lead(site, TICKET)
    (ticket,) = caller.all("/tickets", status="open")
    with site.rooms.database.write() as unit:
        tickets.note(
            unit, tenant_id=site.tenant_id(), ticket_id=UUID(ticket["id"]), text="Geheim", now=site.clock()
        )
    (message,) = caller.all(f"/tickets/{ticket['id']}/messages")

    assert caller.get(f"/tickets/{ticket['id']}").get_json() == ticket
    assert (message["author"], message["body"]) == ("customer", "Hallo?")
    assert len(ticket["reference"]) == 8


def test_an_invoice_is_told_with_what_is_left_to_pay(site: Any, caller: Caller) -> None:
    with site.rooms.database.write() as unit:
        invoices.create(
            unit,
            tenant_id=site.tenant_id(),
            number="RE-1",
            total=Money(11900, "EUR"),
            email="erika@example.com",
            now=site.clock(),
        )
    site.tell(
        PaymentSucceeded(
            external_id="p-1", invoice="RE-1", amount=Money(1900, "EUR"), occurred_at=site.clock()
        )
    )
    (invoice,) = caller.all("/invoices", number="RE-1")
    (payment,) = caller.all("/payments", invoice_id=invoice["id"])

    assert caller.get(f"/invoices/{invoice['id']}").get_json() == invoice
    assert caller.get(f"/payments/{payment['id']}").get_json() == payment
    assert (invoice["status"], invoice["overdue"], invoice["source_event"]) == ("open", False, None)
    assert (invoice["total"], invoice["paid"], invoice["left"]) == ("119.00", "19.00", "100.00")
    assert (payment["amount"], payment["status"]) == ("19.00", "succeeded")
    assert "token" not in invoice


def test_a_transaction_is_told_with_what_went_back(site: Any, caller: Caller, sale: Sale) -> None:
    site.send(sale("t-1", customer={"email": "erika@example.com"}))
    site.send({"event": "transaction.refunded", "externalId": "t-1"})
    (transaction,) = caller.all("/transactions", external_id="t-1")
    (reversal,) = caller.all(f"/transactions/{transaction['id']}/reversals")

    assert caller.get(f"/transactions/{transaction['id']}").get_json() == transaction
    assert (transaction["gross"], transaction["refunded"], transaction["status"]) == (
        "119.00",
        "119.00",
        "refunded",
    )
    assert reversal["amount"] == "119.00"
    assert caller.all("/transactions", customer_id=transaction["customer_id"]) == [transaction]
    assert caller.all("/transactions", status="completed") == []


def test_what_neighbours_have_is_not_there(
    site: Any, caller: Caller, make_caller: MakeCaller, sale: Sale
) -> None:
    site.add_tenant("nachbar")
    for tenant in ("musterfirma", "nachbar"):
        _lead(site, ORDER, tenant)
        _lead(site, TICKET, tenant)
        site.send(sale(customer={"email": "erika@example.com"}), tenant=tenant)
    theirs = make_caller(tenant="nachbar")
    for kind in ("orders", "tickets", "transactions", "events", "connections"):
        mine, others = ({one["id"] for one in who.all(f"/{kind}")} for who in (caller, theirs))
        assert mine
        assert others
        assert not mine & others
        for its_id in others:
            assert problem(caller.get(f"/{kind}/{its_id}")) == (404, "not-found")
    (customer,) = theirs.all("/customers")
    assert caller.all("/orders", customer_id=customer["id"]) == []
    assert caller.all("/transactions", customer_id=customer["id"]) == []
