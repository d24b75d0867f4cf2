"""Orders: placed once, changed by newer versions only, cancelled by either side."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

import hub

ERIKA = hub.Person(email="erika@example.com", name="Erika")


@pytest.fixture
def at(clock: Any) -> Any:
    """The instant of a version, before now."""
    return lambda version: clock() - timedelta(days=10) + timedelta(hours=version)


def order(kind: Any, version: Any, external_id: str = "o-1", **fields: Any) -> hub.Fact:
    fact: hub.Fact = kind(
        external_id=external_id, customer=ERIKA, total=hub.Money(1000, "EUR"), changed_at=version, **fields
    )
    return fact


def test_an_order_that_is_placed_twice_is_one(site: Any, at: Any) -> None:
    first = site.tell(order(hub.OrderPlaced, at(1), subject="first"))
    second = site.tell(order(hub.OrderPlaced, at(2), subject="second"))

    assert [first.get_json()["status"], second.get_json()["status"]] == ["processed", "skipped"]
    assert (site.record("orders")["subject"], site.record("orders")["status"]) == ("first", "new")


def test_orders_without_an_id_are_each_their_own(site: Any) -> None:
    fact = hub.OrderPlaced(external_id=None, customer=ERIKA)
    site.tell(fact, fact)
    site.tell(fact)

    assert len(site.records("orders")) == 3


def test_a_newer_version_replaces_an_order(site: Any, at: Any) -> None:
    site.tell(order(hub.OrderPlaced, at(1), payment_status="pending"))
    site.tell(order(hub.OrderChanged, at(2), payment_status="paid"))

    assert site.record("orders")["payment_status"] == "paid"
    assert site.record("orders")["changed_at"] == at(2)


def test_an_older_version_changes_nothing(site: Any, at: Any) -> None:
    site.tell(order(hub.OrderChanged, at(3), payment_status="paid"))
    late = site.tell(order(hub.OrderChanged, at(2), payment_status="pending"))

    assert late.get_json()["status"] == "skipped"
    assert site.record("orders")["payment_status"] == "paid"


def test_an_unknown_order_that_changes_is_made(site: Any, at: Any) -> None:
    site.tell(order(hub.OrderChanged, at(1), number="#1001"))

    assert (site.record("orders")["number"], site.record("orders")["status"]) == ("#1001", "new")


def test_an_order_that_was_cancelled_first_stays_cancelled(site: Any, at: Any) -> None:
    site.tell(order(hub.OrderCancelled, at(2), reason="customer"))
    site.tell(order(hub.OrderPlaced, at(1)))

    record = site.record("orders")
    assert (record["status"], record["cancel_reason"], record["cancelled_at"]) == (
        "cancelled",
        "customer",
        at(2),
    )


def test_a_late_cancellation_cancels_and_keeps_the_newer_version(site: Any, at: Any) -> None:
    site.tell(order(hub.OrderChanged, at(3), payment_status="refunded"))
    site.tell(order(hub.OrderCancelled, at(2), payment_status="paid"))

    assert site.record("orders")["status"] == "cancelled"
    assert site.record("orders")["payment_status"] == "refunded"


def test_any_order_of_arrival_ends_in_the_newest_version(site: Any, at: Any) -> None:
    ends = set()
    for number, arrival in enumerate(permutations(range(5))):
        if number % 3:  # every third of the 120 will do
            continue
        name = f"o-{number}"
        versions = [
            order(hub.OrderPlaced, at(0), name, subject="v0"),
            order(hub.OrderChanged, at(1), name, subject="v1"),
            order(hub.OrderCancelled, at(2), name, subject="v2", reason="first"),
            order(hub.OrderChanged, at(3), name, subject="v3"),
            order(hub.OrderCancelled, at(4), name, subject="v4", reason="last"),
        ]
        for index in arrival:
            site.tell(versions[index])

    for row in site.records("orders"):
        ends.add(
            (row["subject"], row["status"], row["changed_at"], row["cancelled_at"], row["cancel_reason"])
        )
    assert ends == {("v4", "cancelled", at(4), at(4), "last")}


def test_lines_and_further_fields_are_kept_exactly(site: Any, at: Any) -> None:
    line = hub.Line(name="Tee", quantity=hub.Money(150, "EUR").amount, unit_price=hub.Money(333, "EUR"))
    fact = order(hub.OrderPlaced, at(1), lines=(line,), extra={"gift": {"to": "Max"}, "n": 2**60})
    site.tell(fact)

    record = site.record("orders")
    assert record["lines"][0] | {"sku": None} == {
        "name": "Tee",
        "quantity": line.quantity,
        "sku": None,
        "product_id": None,
        "unit_price_minor": 333,
        "total_minor": None,
    }
    assert record["extra"] == {"gift": {"to": "Max"}, "n": 2**60}


def test_an_order_leads_back_to_its_event(site: Any, at: Any) -> None:
    answer = site.tell(order(hub.OrderPlaced, at(1)))

    assert str(site.record("orders")["event_id"]) == answer.get_json()["eventId"]
    assert site.record("orders")["adapter"] == "speaker/1"


def test_a_version_that_names_no_time_does_not_let_older_ones_win(site: Any, at: Any) -> None:
    site.tell(order(hub.OrderChanged, at(5), subject="fifth"))
    site.tell(order(hub.OrderChanged, None, subject="now"))
    site.tell(order(hub.OrderChanged, at(3), subject="third"))

    assert site.record("orders")["subject"] == "now"
