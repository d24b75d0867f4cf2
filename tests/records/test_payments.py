"""Payments of the tenant's own invoices."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

import hub
from hub.records.tables import Invoice
from hub.records.tenants import table

AT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def invoice(site: Any) -> Any:
    """Makes an invoice of 100 euros; gives its id."""

    def make(number: str = "R-1", status: str = "open", **columns: Any) -> Any:
        row = {
            "id": uuid4(),
            "tenant_id": site.tenant_id(),
            "created_at": AT,
            "number": number,
            "status": status,
            "total_minor": 10_000,
            "paid_minor": 0,
            "currency": "EUR",
            "extra": {},
        }
        with site.rooms.database.write() as unit:
            unit.execute(sa.insert(table(Invoice)), row | columns)
        return row["id"]

    return make


def paid(
    kind: Any = hub.PaymentSucceeded, name: str = "p-1", invoice: str = "R-1", **fields: Any
) -> hub.Fact:
    amount = hub.Money(fields.pop("minor", 10_000), fields.pop("currency", "EUR"))
    fact: hub.Fact = kind(external_id=name, invoice=invoice, amount=amount, occurred_at=AT, **fields)
    return fact


def test_a_payment_by_number_pays_the_invoice(site: Any, invoice: Any) -> None:
    invoice()
    site.tell(paid(method="card"))

    record = site.record("invoices")
    assert (record["status"], record["paid_minor"], record["paid_at"]) == ("paid", 10_000, AT)
    assert site.record("payments")["method"] == "card"


def test_a_payment_by_id_pays_the_invoice(site: Any, invoice: Any) -> None:
    site.tell(paid(invoice=str(invoice())))

    assert site.record("invoices")["status"] == "paid"


def test_an_overdue_invoice_can_be_paid_and_a_cancelled_one_keeps_its_state(site: Any, invoice: Any) -> None:
    invoice("R-1", due_on=AT.date() - timedelta(days=1))
    invoice("R-2", "cancelled")
    site.tell(paid())
    site.tell(paid(name="p-2", invoice="R-2"))

    assert {row["number"]: row["status"] for row in site.records("invoices")} == {
        "R-1": "paid",
        "R-2": "cancelled",
    }
    assert {row["paid_minor"] for row in site.records("invoices")} == {10_000}


def test_a_slow_payment_goes_from_pending_to_succeeded(site: Any, invoice: Any) -> None:
    invoice()
    site.tell(paid(hub.PaymentPending))
    assert (site.record("payments")["status"], site.record("invoices")["status"]) == ("pending", "open")

    site.tell(paid())
    assert (site.record("payments")["status"], site.record("invoices")["status"]) == ("succeeded", "paid")


def test_a_failed_payment_leaves_the_invoice_open(site: Any, invoice: Any) -> None:
    invoice()
    site.tell(paid(hub.PaymentPending))
    site.tell(paid(hub.PaymentFailed, reason="card_declined"))

    assert (site.record("payments")["status"], site.record("payments")["reason"]) == (
        "failed",
        "card_declined",
    )
    assert (site.record("invoices")["status"], site.record("invoices")["paid_minor"]) == ("open", 0)


@pytest.mark.parametrize("late", [hub.PaymentPending, hub.PaymentFailed, hub.PaymentSucceeded])
def test_money_that_arrived_stays(site: Any, invoice: Any, late: Any) -> None:
    invoice()
    site.tell(paid())

    assert site.tell(paid(late)).get_json()["status"] == "skipped"
    assert (site.record("payments")["status"], site.record("invoices")["paid_minor"]) == ("succeeded", 10_000)


def test_an_invoice_is_paid_once_its_payments_cover_it(site: Any, invoice: Any) -> None:
    invoice()
    site.tell(paid(minor=4_000))
    assert (site.record("invoices")["status"], site.record("invoices")["paid_minor"]) == ("open", 4_000)

    site.tell(paid(name="p-2", minor=6_000))
    assert (site.record("invoices")["status"], site.record("invoices")["paid_minor"]) == ("paid", 10_000)


def test_a_second_payment_is_counted_and_the_invoice_stays_paid(site: Any, invoice: Any) -> None:
    invoice()
    site.tell(paid())
    site.tell(paid(name="p-2"))

    assert (site.record("invoices")["status"], site.record("invoices")["paid_minor"]) == ("paid", 20_000)


def test_money_in_another_currency_is_kept_and_does_not_count(site: Any, invoice: Any) -> None:
    invoice()
    site.tell(paid(currency="USD"))

    assert (site.record("invoices")["status"], site.record("invoices")["paid_minor"]) == ("open", 0)
    assert site.record("payments")["currency"] == "USD"


@pytest.mark.parametrize("reference", ["R-404", "00000000-0000-4000-8000-000000000000", "r-1"])
def test_a_payment_for_an_unknown_invoice_is_kept_without_one(
    site: Any, invoice: Any, reference: str
) -> None:
    invoice()
    assert site.tell(paid(invoice=reference)).get_json()["status"] == "processed"

    assert (site.record("payments")["invoice_id"], site.record("payments")["invoice_ref"]) == (
        None,
        reference,
    )
    assert site.record("invoices")["status"] == "open"


def test_an_invoice_of_another_tenant_is_not_paid(site: Any, invoice: Any) -> None:
    site.add_tenant("nachbar")
    invoice_id = invoice()
    site.tell(paid(), tenant="nachbar")
    site.tell(paid(name="p-2", invoice=str(invoice_id)), tenant="nachbar")

    assert site.record("invoices")["status"] == "open"
    assert {row["invoice_id"] for row in site.records("payments", "nachbar")} == {None}


def test_a_replay_finds_the_invoice_that_was_made_meanwhile(site: Any, invoice: Any) -> None:
    answer = site.tell(paid())
    assert site.record("payments")["invoice_id"] is None
    invoice()

    site.rooms.replayer.replay(UUID(answer.get_json()["eventId"]))

    assert site.record("invoices")["status"] == "paid"
    assert site.record("payments")["invoice_id"] == site.record("invoices")["id"]
