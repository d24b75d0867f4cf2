"""``hub ticket``: what customers ask, and what they are answered."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import click

from hub.app import Hub
from hub.cli.common import (
    err,
    json_option,
    limit_option,
    opened,
    parse_id,
    print_json,
    print_one,
    print_rows,
    tenant_row,
)
from hub.records import deliveries, listing, tickets
from hub.records.database import Unit

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

COLUMNS = ["id", "reference", "status", "subject", "email", "created_at"]
MESSAGE_COLUMNS = ["created_at", "author", "internal", "body"]


@click.group()
def ticket() -> None:
    """Enquiries of customers, and what they are answered."""


@ticket.command("list")
@click.argument("tenant")
@click.option("--status", type=click.Choice(tickets.STATUSES), help="Only these.")
@limit_option
@json_option
def list_tickets(tenant: str, status: str | None, limit: int, as_json: bool) -> None:
    """The tickets of TENANT, newest first."""
    with opened() as hub:
        owner = tenant_row(hub, tenant)
        with hub.database.read() as unit:
            rows = tickets.search(unit, owner["id"], status=status, limit=limit)
    print_rows(rows, COLUMNS, as_json=as_json)


def _addressed(command: CommandT) -> CommandT:
    """Adds the arguments that name a ticket, and ``--json``."""
    return click.argument("tenant")(click.argument("ticket_id", metavar="ID")(json_option(command)))


def _text_option(command: CommandT) -> CommandT:
    """Adds ``--text``."""
    return click.option(
        "--text", required=True, callback=_read_text, help="What is written; - reads standard input."
    )(command)


def _read_text(_context: click.Context, _option: click.Parameter, given: str) -> str:
    if given != "-":
        return given
    # What is no UTF-8 becomes characters that are none, as in an argument; both are refused later.
    return sys.stdin.buffer.read().decode("utf-8", "surrogateescape")


@ticket.command()
@_addressed
def show(tenant: str, ticket_id: str, as_json: bool) -> None:
    """A ticket with all that was written in it."""
    with opened() as hub:
        owner = tenant_row(hub, tenant)
        wanted = parse_id(ticket_id)
        with hub.database.read() as unit:
            found = tickets.get(unit, owner["id"], wanted)
            thread = [{**row} for row in tickets.messages(unit, owner["id"], wanted)]
    if as_json:
        print_json({**found, "messages": thread})
        return
    print_one(found, as_json=False)
    print_rows(thread, MESSAGE_COLUMNS, as_json=False)


@ticket.command()
@_addressed
@_text_option
@click.option("--close", is_flag=True, help="Close the ticket as well.")
def reply(tenant: str, ticket_id: str, text: str, close: bool, as_json: bool) -> None:
    """Answer the customer; effects such as the e-mail follow. The text goes out as it is."""
    wanted = parse_id(ticket_id)
    with opened() as hub:
        owner = tenant_row(hub, tenant)
        with hub.database.write() as unit:
            message_id = _replied(hub, unit, tenant, owner["id"], wanted, text)
            if close:
                tickets.close(unit, owner["id"], wanted)
            told = deliveries.targets(unit, owner["id"], message_id)
            answered = tickets.get(unit, owner["id"], wanted)
            shown = listing.record(unit, "ticket_message", message_id) or {}
    print_one({**shown, "status": answered["status"]}, as_json=as_json)
    if answered["email"] not in told:
        err.print(
            f"The answer is kept, but nothing is on its way to {answered['email']}: what would send it"
            " is off.",
            markup=False,
        )


@ticket.command()
@_addressed
@_text_option
def note(tenant: str, ticket_id: str, text: str, as_json: bool) -> None:
    """Write something down that only members see. Nobody is told."""
    with opened() as hub:
        owner = tenant_row(hub, tenant)
        with hub.database.write() as unit:
            message_id = tickets.note(
                unit, tenant_id=owner["id"], ticket_id=parse_id(ticket_id), text=text, now=hub.clock()
            )
            shown = listing.record(unit, "ticket_message", message_id)
    print_one(shown or {}, as_json=as_json)


@ticket.command()
@_addressed
def close(tenant: str, ticket_id: str, as_json: bool) -> None:
    """Nothing more is to be done about a ticket. Nobody is told."""
    _change(tickets.close, tenant, ticket_id, as_json)


@ticket.command()
@_addressed
def reopen(tenant: str, ticket_id: str, as_json: bool) -> None:
    """Open a closed ticket again. Nobody is told."""
    _change(tickets.reopen, tenant, ticket_id, as_json)


def _replied(hub: Hub, unit: Unit, tenant: str, tenant_id: UUID, ticket_id: UUID, text: str) -> UUID:
    """Write the answer down and announce it. Gives the message's id."""
    entry = hub.registry.entry(tenant)
    assert entry is not None  # noqa: S101 - the row is there
    on = {plugin for plugin, _ in entry.targets}
    source, persisted = tickets.reply(
        unit, tenant=entry.tenant, tenant_id=tenant_id, ticket_id=ticket_id, text=text, now=hub.clock()
    )
    hub.announcer.announce(unit, source, on, [persisted])
    return persisted.id


def _change(change: Callable[[Unit, UUID, UUID], None], tenant: str, ticket_id: str, as_json: bool) -> None:
    wanted = parse_id(ticket_id)
    with opened() as hub:
        owner = tenant_row(hub, tenant)
        with hub.database.write() as unit:
            change(unit, owner["id"], wanted)
            shown = tickets.get(unit, owner["id"], wanted)
    print_one(shown, as_json=as_json)
