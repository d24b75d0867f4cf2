"""Tickets that members deal with, on each database."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

import hub
from hub.records import listing, tickets
from hub.records.tables import EffectRun
from hub.records.tenants import Conflict, table


class Listener(hub.Plugin):
    """Notes what it hears of answers, and what it then reads."""

    manifest = hub.Manifest(
        slug="listener", title={"de": "Hörer", "en": "Listener"}, kinds=("effect",), settings=hub.Settings
    )

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.error: Exception | None = None

    @hub.receives(hub.signals.ticket_replied)
    def listen(self, announcement: hub.Announcement, unit: Any) -> None:
        """Reads the message that is announced."""
        if self.error:
            raise self.error
        signal = announcement.signal
        message = listing.record(unit, signal.record, announcement.record_id)
        assert message is not None
        self.heard.append((announcement.action, message["body"]))


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def desk(make_hub: Any, listener: Listener) -> Any:
    """A hub with the listener and a ticket."""
    site = make_hub(plugins=[listener])
    site.tell(hub.TicketOpened(customer=hub.Person(email="max@beispiel.de"), subject="S", message="M"))
    return site


def reply(
    site: Any,
    ticket_id: UUID,
    text: str,
    tenant: str = "musterfirma",
    then: Callable[[Any], Any] = lambda _unit: None,
) -> None:
    """What `hub ticket reply` does, and something more in the same transaction."""
    entry = site.rooms.registry.entry(tenant)
    with site.rooms.database.write() as unit:
        source, persisted = tickets.reply(
            unit, tenant=entry.tenant, tenant_id=entry.id, ticket_id=ticket_id, text=text, now=site.clock()
        )
        site.rooms.announcer.announce(unit, source, {plugin for plugin, _ in entry.targets}, [persisted])
        then(unit)


def bodies(site: Any, ticket_id: UUID) -> list[str]:
    with site.rooms.database.read() as unit:
        return [row["body"] for row in tickets.messages(unit, site.tenant_id(), ticket_id)]


def test_every_answer_is_announced_and_a_note_is_not(desk: Any, listener: Listener) -> None:
    ticket = desk.record("tickets")
    for text in ("Erste.", "Zweite."):
        reply(desk, ticket["id"], text)
    with desk.rooms.database.write() as unit:
        tickets.note(
            unit, tenant_id=desk.tenant_id(), ticket_id=ticket["id"], text="Intern", now=desk.clock()
        )

    assert listener.heard == [("created", "Erste."), ("created", "Zweite.")]
    assert bodies(desk, ticket["id"]) == ["M", "Erste.", "Zweite.", "Intern"]
    assert desk.record("tickets")["status"] == "in_progress"


def test_an_answer_that_is_undone_was_never_announced(desk: Any) -> None:
    ticket = desk.record("tickets")
    with pytest.raises(KeyError):
        reply(desk, ticket["id"], "Nie.", then=lambda unit: listing.records(unit, "nothing", ticket["id"]))

    assert bodies(desk, ticket["id"]) == ["M"]
    assert desk.record("tickets")["status"] == "open"
    with desk.rooms.database.read() as unit:
        signals = unit.column(sa.select(table(EffectRun).c.signal))
    assert "ticket_replied" not in signals


def test_a_receiver_that_fails_does_not_lose_the_answer(desk: Any, listener: Listener) -> None:
    ticket = desk.record("tickets")
    listener.error = RuntimeError("not now")
    reply(desk, ticket["id"], "Trotzdem.")
    assert bodies(desk, ticket["id"]) == ["M", "Trotzdem."]


def test_a_replay_of_the_question_neither_repeats_nor_reopens(desk: Any, listener: Listener) -> None:
    ticket = desk.record("tickets")
    reply(desk, ticket["id"], "Ja.")
    with desk.rooms.database.write() as unit:
        tickets.close(unit, desk.tenant_id(), ticket["id"])
    desk.rooms.replayer.replay(ticket["event_id"])

    assert listener.heard == [("created", "Ja.")]
    assert desk.record("tickets")["status"] == "closed"
    assert bodies(desk, ticket["id"]) == ["M", "Ja."]


def test_without_an_address_there_is_nobody_to_answer(desk: Any) -> None:
    desk.tell(hub.TicketOpened(customer=hub.Person(), subject="S", message="anonym"))
    ticket = desk.records("tickets")[0]
    with pytest.raises(Conflict, match="no e-mail address"):
        reply(desk, ticket["id"], "Ja.")
    assert bodies(desk, ticket["id"]) == ["anonym"]


def test_a_neighbour_cannot_answer(desk: Any) -> None:
    desk.add_tenant("nachbar")
    ticket = desk.record("tickets")
    with pytest.raises(Conflict, match="no ticket"):
        reply(desk, ticket["id"], "Ja.", tenant="nachbar")
    assert bodies(desk, ticket["id"]) == ["M"]
