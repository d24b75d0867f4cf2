"""Tickets that members deal with: answered, annotated, closed and opened again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.contract.inbound import Tenant
from hub.contract.outcome import Persisted
from hub.contract.signals import ticket_replied
from hub.records import listing
from hub.records.applying import Source
from hub.records.applying.tickets import MESSAGES, OPEN, TICKETS
from hub.records.database import Row, Unit
from hub.records.tenants import Conflict
from hub.support.ids import new_id

IN_PROGRESS, CLOSED = "in_progress", "closed"
STATUSES = (OPEN, IN_PROGRESS, CLOSED)

MAX_TEXT = 100_000
"""Characters of a message, as many as a customer may write."""

REFERENCE = 8
"""Hexadecimal digits of a ticket's reference."""


def reference(ticket_id: UUID) -> str:
    """The few characters by which people name the ticket: the random end of its id."""
    return ticket_id.hex[-REFERENCE:]


def search(
    unit: Unit, tenant_id: UUID, *, status: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """A tenant's tickets, newest first, each with its reference."""
    query = sa.select(TICKETS).where(TICKETS.c.tenant_id == tenant_id)
    if status is not None:
        query = query.where(TICKETS.c.status == status)
    rows = unit.rows(query.order_by(TICKETS.c.id.desc()).limit(limit))
    return [{**listing.readable(row), "reference": reference(row["id"])} for row in rows]


def get(unit: Unit, tenant_id: UUID, ticket_id: UUID) -> dict[str, Any]:
    """One ticket with its reference. Raises Conflict if the tenant has no such."""
    row = unit.one(_of_tenant(tenant_id, ticket_id))
    return {**listing.readable(_found(row, ticket_id)), "reference": reference(ticket_id)}


def messages(unit: Unit, ticket_id: UUID) -> Sequence[Row]:
    """What was written in a ticket, the first first, internal notes included."""
    return unit.rows(sa.select(MESSAGES).where(MESSAGES.c.ticket_id == ticket_id).order_by(MESSAGES.c.id))


def reply(
    unit: Unit, *, tenant: Tenant, tenant_id: UUID, ticket_id: UUID, text: str, now: datetime
) -> tuple[Source, Persisted]:
    """Answer the customer: the ticket is in progress from now on, a closed one again. Gives what is
    to be announced, the new message, and of which event. Raises Conflict if the tenant has no such
    ticket, if nobody could be answered, or for a text that is none."""
    row = _held(unit, tenant_id, ticket_id)
    if not row["email"]:
        raise Conflict("the ticket has no e-mail address that an answer could go to")
    message_id = _write(unit, row, text, now, internal=False)
    _set_status(unit, ticket_id, IN_PROGRESS)
    made = Persisted(kind="ticket_message", id=message_id, action="created", signal=ticket_replied.name)
    return Source.of_record(row, tenant, now), made


def note(unit: Unit, *, tenant_id: UUID, ticket_id: UUID, text: str, now: datetime) -> UUID:
    """Write something down that only members see. Gives the message's id. Raises Conflict if the
    tenant has no such ticket, or for a text that is none."""
    return _write(unit, _held(unit, tenant_id, ticket_id), text, now, internal=True)


def close(unit: Unit, tenant_id: UUID, ticket_id: UUID) -> None:
    """Nothing more is to be done. Raises Conflict if the tenant has no such ticket or it is closed."""
    if _held(unit, tenant_id, ticket_id)["status"] == CLOSED:
        raise Conflict("the ticket is closed already")
    _set_status(unit, ticket_id, CLOSED)


def reopen(unit: Unit, tenant_id: UUID, ticket_id: UUID) -> None:
    """Something is to be done after all. Raises Conflict if the tenant has no such ticket or it is
    not closed."""
    status = _held(unit, tenant_id, ticket_id)["status"]
    if status != CLOSED:
        raise Conflict(f"the ticket is {status}, only a closed one can be opened again")
    _set_status(unit, ticket_id, OPEN)


def _of_tenant(tenant_id: UUID, ticket_id: UUID) -> sa.Select[Any]:
    return sa.select(TICKETS).where(TICKETS.c.id == ticket_id, TICKETS.c.tenant_id == tenant_id)


def _held(unit: Unit, tenant_id: UUID, ticket_id: UUID) -> Row:
    """The tenant's ticket, nobody else's until the commit."""
    return _found(unit.one(_of_tenant(tenant_id, ticket_id).with_for_update()), ticket_id)


def _found(row: Row | None, ticket_id: UUID) -> Row:
    if row is None:
        raise Conflict(f"there is no ticket {ticket_id}")
    return row


def _set_status(unit: Unit, ticket_id: UUID, status: str) -> None:
    unit.execute(sa.update(TICKETS).where(TICKETS.c.id == ticket_id).values(status=status))


def _write(unit: Unit, ticket: Row, text: str, now: datetime, *, internal: bool) -> UUID:
    message_id = new_id()
    unit.insert(
        MESSAGES,
        {
            "id": message_id,
            "tenant_id": ticket["tenant_id"],
            "ticket_id": ticket["id"],
            "author": "member",
            "internal": internal,
            "body": _said(text),
            "created_at": now,
        },
    )
    return message_id


def _said(text: str) -> str:
    """The text, without blanks around it. Raises Conflict for one that says nothing or that not
    every database could keep."""
    said = text.strip()
    if not said:
        raise Conflict("the text is empty")
    if len(said) > MAX_TEXT:
        raise Conflict(f"the text is longer than {MAX_TEXT} characters")
    if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in said):
        raise Conflict("the text has characters that are none; is it UTF-8?")
    return said
