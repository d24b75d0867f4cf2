"""``hub deliveries`` and ``hub effects``: what is seen, and what is tried again by hand."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from hub.app import create_hub
from hub.contract.signals import Announcement, order_placed
from hub.records import deliveries, effects, outbox
from hub.records.deliveries import DELIVERIES, Result
from hub.records.effects import Run
from hub.support.ids import new_id

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def rooms(shop: Any) -> Any:
    hub = create_hub(shop.config())
    yield hub
    hub.database.close()


@pytest.fixture
def event_id(shop: Any) -> UUID:
    sale = {"event": "transaction.created", "externalId": "t-1", "grossAmount": "1.00", "currency": "EUR"}
    return UUID(shop.post(sale).get_json()["eventId"])


def tenant_id(rooms: Any) -> UUID:
    entry = rooms.registry.entry("musterfirma")
    assert entry
    found: UUID = entry.id
    return found


@pytest.fixture
def dead(rooms: Any, event_id: UUID) -> UUID:
    """A delivery about a transaction that was given up after one attempt."""
    with rooms.database.write() as unit:
        one = outbox.enqueue(
            unit,
            tenant_id=tenant_id(rooms),
            channel="pigeon",
            target="the attic",
            content={"text": "Gurr"},
            at=NOW,
            event_id=event_id,
            record_kind="transaction",
            record_id=new_id(),
        )
    with rooms.database.write() as unit:
        (claim,) = deliveries.claim(unit, [(tenant_id(rooms), 1)], by="me", now=NOW, until=NOW)
        lost = Result(
            claim=claim, state="dead", at=NOW, milliseconds=7, status=410, answer="no", error="flew away"
        )
        deliveries.settle(unit, [lost])
    return one


def test_a_delivery_leads_back_to_its_event(shop: Any, dead: UUID, event_id: UUID) -> None:
    (row,) = shop.json("deliveries", "list", "--tenant", "musterfirma")
    shown = shop.json("deliveries", "show", str(dead))

    for one in (row, shown):
        assert (one["id"], one["state"], one["attempts"]) == (str(dead), "dead", 1)
        assert (one["event_id"], one["record_kind"]) == (str(event_id), "transaction")
        assert one["record_id"]
    assert shown["content"] == {"text": "Gurr"}
    (attempt,) = shown["attempt_log"]
    assert (attempt["number"], attempt["status"], attempt["milliseconds"]) == (1, 410, 7)
    assert (attempt["answer"], attempt["error"], attempt["next_at"]) == ("no", "flew away", None)
    assert shop.json("events", "show", shown["event_id"])["body"].startswith("{")
    text = shop.ok("deliveries", "show", str(dead))
    assert "flew away" in text
    assert str(event_id) in text


def test_lists_by_state(shop: Any, dead: UUID) -> None:
    assert len(shop.json("deliveries", "list", "--tenant", "musterfirma", "--state", "dead")) == 1
    assert shop.json("deliveries", "list", "--tenant", "musterfirma", "--state", "done") == []
    assert "there is no such delivery" in shop.refused("deliveries", "show", str(new_id()))
    assert "no tenant" in shop.refused("deliveries", "list", "--tenant", "nobody")


def test_a_dead_one_is_tried_again(shop: Any, dead: UUID) -> None:
    result = shop.run("deliveries", "retry", str(dead))
    assert (result.exit_code, result.stdout) == (0, "")
    assert shop.json("deliveries", "show", str(dead))["state"] == "pending"

    unknown = shop.run("deliveries", "retry", str(new_id()))
    assert unknown.exit_code == 1
    assert "0 will be tried again" in unknown.stderr


def test_all_dead_ones_are_tried_again(shop: Any, rooms: Any, dead: UUID) -> None:
    with rooms.database.write() as unit:
        row = dict(deliveries.get(unit, dead) or {})
        unit.execute(DELIVERIES.insert(), [row | {"id": new_id()} for _ in range(1200)])

    result = shop.run("deliveries", "retry", "--all-dead", "--tenant", "musterfirma")
    assert result.exit_code == 0
    assert "1201 will be tried again" in result.stderr
    assert shop.json("deliveries", "list", "--tenant", "musterfirma", "--state", "dead") == []
    again = shop.run("deliveries", "retry", "--all-dead", "--tenant", "musterfirma")
    assert "0 will be tried again" in again.stderr


@pytest.mark.parametrize("group", ["deliveries", "effects"])
@pytest.mark.parametrize("words", [(), ("--all-dead",), (str(new_id()), "--all-dead")])
def test_what_is_to_be_tried_again_must_be_said(shop: Any, group: str, words: tuple[str, ...]) -> None:
    assert shop.run(group, "retry", *words).exit_code == 2


def test_effects_are_listed_and_tried_again(shop: Any, rooms: Any, event_id: UUID) -> None:
    target = rooms.registry.entry("musterfirma")
    announcement = Announcement(
        signal=order_placed,
        tenant=target.tenant,
        tenant_id=target.id,
        event_id=event_id,
        received_at=NOW,
        record_id=new_id(),
        action="created",
    )
    with rooms.database.write() as unit:
        why = "Traceback\nValueError: no"
        wrote = Run(announcement=announcement, receiver="clerk:Clerk.write", state="dead", reason=why)
        read = Run(announcement=announcement, receiver="clerk:Clerk.read", state="done")
        effects.note(unit, [wrote, read])

    (dead,) = shop.json("effects", "list", "--tenant", "musterfirma", "--state", "dead")
    assert (dead["event_id"], dead["record_kind"]) == (str(event_id), "order")
    assert dead["record_id"] == str(announcement.record_id)
    text = shop.ok("effects", "list", "--state", "dead")
    assert "ValueError: no" in text
    assert "Traceback" not in text

    assert shop.run("effects", "retry", "--all-dead", "--tenant", "musterfirma").exit_code == 0
    (pending,) = shop.json("effects", "list", "--state", "pending")
    assert (pending["id"], pending["attempts"]) == (dead["id"], 0)
    (done,) = shop.json("effects", "list", "--state", "done", "--tenant", "musterfirma", "--limit", "1")
    assert shop.run("effects", "retry", done["id"]).exit_code == 1


def test_the_worker_does_what_is_due_and_ends(shop: Any, rooms: Any, dead: UUID) -> None:
    shop.run("deliveries", "retry", str(dead))
    result = shop.run("worker", "--once", "--threads", "2")

    assert (result.exit_code, result.stdout) == (0, "")
    row = shop.json("deliveries", "show", str(dead))
    assert row["last_error"] == "no installed plugin has the channel 'pigeon'"


def test_the_worker_needs_the_tables(operator: Any) -> None:
    operator.folder.mkdir()
    (operator.folder / "secret_key").write_text("the-first-key-of-the-installation\n", "utf-8")
    assert "hub db upgrade" in operator.refused("worker", "--once")
