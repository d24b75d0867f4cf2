"""Events that come before what they speak of: kept, and applied when it arrives."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

import hub

Sale = Callable[..., dict[str, Any]]

AT = datetime(2026, 5, 1, tzinfo=UTC)


def refund_of(external_id: str) -> dict[str, Any]:
    return {"event": "transaction.refunded", "externalId": external_id}


def sold(external_id: str, *references: str) -> hub.TransactionCreated:
    return hub.TransactionCreated(
        external_id=external_id, gross=hub.Money(10_000, "EUR"), occurred_at=AT, references=references
    )


def refunded(*refers_to: str, key: str = "r", minor: int = 1000) -> hub.TransactionRefunded:
    amount = hub.Money(minor, "EUR")
    return hub.TransactionRefunded(external_id=key, refers_to=refers_to, amount=amount, occurred_at=AT)


def test_a_refund_before_its_sale_waits_for_it(site: Any, sale: Sale) -> None:
    early = site.send(refund_of("t-1"))
    assert (early.status_code, early.get_json()["status"]) == (202, "parked")
    assert site.count() == 0

    assert site.send(sale("t-1")).get_json()["status"] == "processed"
    assert site.record("transactions")["status"] == "refunded"
    assert site.event(early)["outcome"] == "processed"


def test_a_parked_event_that_is_sent_again_is_skipped(site: Any, sale: Sale) -> None:
    site.send(refund_of("t-1"))

    assert site.send(refund_of("t-1")).get_json()["status"] == "skipped"
    site.send(sale("t-1"))
    assert site.send(refund_of("t-1")).get_json()["status"] == "skipped"
    assert len(site.records("reversals")) == 1


def test_another_sale_releases_nothing(site: Any, sale: Sale) -> None:
    early = site.send(refund_of("t-1"))
    site.send(sale("t-2"))

    assert site.event(early)["outcome"] == "parked"
    assert site.record("transactions")["status"] == "completed"


@pytest.mark.parametrize("named", ["session", "intent", "charge"])
def test_any_of_a_sales_ids_releases_a_refund(site: Any, named: str) -> None:
    early = site.tell(refunded("nobody", named))
    site.tell(sold("session", "intent", "charge"))

    assert early.status_code == 202
    assert site.record("transactions")["refunded_minor"] == 1000


def test_an_id_that_is_told_later_releases_a_refund(site: Any) -> None:
    site.tell(sold("session", "intent"))
    assert site.tell(refunded("charge")).status_code == 202

    linked = hub.TransactionReferenced(refers_to=("intent",), references=("charge",))
    assert site.tell(linked).get_json()["status"] == "processed"
    assert site.record("transactions")["status"] == "partially_refunded"
    assert site.tell(linked).get_json()["status"] == "skipped"


def test_a_chain_of_early_events_ends_the_same_in_any_order(site: Any) -> None:
    for number, order in enumerate(permutations(range(4))):
        facts = [
            sold(f"session-{number}", f"intent-{number}"),
            hub.TransactionReferenced(refers_to=(f"intent-{number}",), references=(f"invoice-{number}",)),
            hub.TransactionReferenced(refers_to=(f"invoice-{number}",), references=(f"charge-{number}",)),
            refunded(f"charge-{number}", key=f"r-{number}"),
        ]
        for index in order:
            site.tell(facts[index])

    assert {row["refunded_minor"] for row in site.records("transactions")} == {1000}
    assert site.events(outcome="parked") == []


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_an_event_of_two_refunds_waits_for_both_sales(site: Any, order: tuple[int, int]) -> None:
    early = site.tell(refunded("a", key="r-a"), refunded("b", key="r-b"))
    for index in order:
        site.tell(sold("ab"[index]))

    assert site.event(early)["outcome"] == "processed"
    assert [row["refunded_minor"] for row in site.records("transactions")] == [1000, 1000]


def test_a_parked_event_that_its_adapter_cannot_read_any_more_does_not_harm_the_sale(site: Any) -> None:
    early = site.tell(refunded("session"))
    site.speaker.said.clear()

    assert site.tell(sold("session")).get_json()["status"] == "processed"
    assert site.record("transactions")["status"] == "unassigned"
    assert site.event(early)["outcome"] == "failed"
    assert "KeyError" in site.event(early)["traceback"]


def test_a_parked_refund_in_a_currency_that_the_sale_has_not_is_refused_at_last(site: Any) -> None:
    amount = hub.Money(100, "USD")
    fact = hub.TransactionRefunded(external_id="r", refers_to=("s",), amount=amount, occurred_at=AT)
    early = site.tell(fact)
    site.tell(sold("s"))

    assert (site.event(early)["outcome"], site.event(early)["reason"]) == ("rejected", "currency_mismatch")
    assert site.record("transactions")["refunded_minor"] == 0


def test_what_is_parked_is_not_applied_while_its_connection_is_off(site: Any, sale: Sale) -> None:
    early = site.send(refund_of("t-1"))
    site.change("custom", enabled=False)

    assert site.send(sale("t-1")).status_code == 404
    assert site.event(early)["outcome"] == "parked"
    site.change("custom", enabled=True)
    site.send(sale("t-1"))
    assert site.record("transactions")["status"] == "refunded"


def test_a_sale_and_its_refund_at_the_same_moment_always_meet(
    make_app: Any, postgres_url: str, sale: Sale
) -> None:
    site = make_app(postgres_url)
    site.add_tenant("musterfirma")
    barrier = threading.Barrier(2)

    def send(body: dict[str, Any]) -> int:
        barrier.wait(30)
        status: int = site.send(body).status_code
        return status

    with ThreadPoolExecutor(2) as pool:
        for number in range(50):
            pair = (sale(f"t-{number}"), refund_of(f"t-{number}"))
            sold_status, refunded_status = pool.map(send, pair)
            assert (sold_status, refunded_status) in {(200, 200), (200, 202)}

    assert {row["status"] for row in site.records("transactions")} == {"refunded"}
    assert len(site.records("transactions")) == 50
    assert site.events(outcome="parked") == []
