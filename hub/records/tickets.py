"""Tickets that members deal with: found, assigned, answered, annotated, closed and opened again."""

import string
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from hub.contract.facts import Person
from hub.contract.inbound import Tenant
from hub.contract.outcome import Persisted
from hub.contract.signals import ticket_replied
from hub.records import counting, listing, scanning
from hub.records.applying import Source, customers
from hub.records.applying.tickets import MESSAGES, OPEN, TICKETS
from hub.records.database import Row, Unit
from hub.records.deliveries import DELIVERIES
from hub.records.tenants import MEMBERS, MEMBERSHIPS, Conflict
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
    unit: Unit,
    tenant_id: UUID,
    *,
    status: str | None = None,
    text: str = "",
    assigned_to: UUID | Literal["nobody"] | None = None,
    before: UUID | None = None,
    down_to: UUID | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """A tenant's tickets, newest first, each with its reference and the ``assignee``'s name. ``text`` is
    looked for in subject, address and reference; ``before`` is the id of the last one seen, ``down_to`` that
    of the last one to look at."""
    query = (
        sa.select(TICKETS, MEMBERS.c.name.label("assignee"))
        .join(MEMBERS, MEMBERS.c.id == TICKETS.c.assigned_to, isouter=True)
        .where(*_scope(tenant_id, status, assigned_to, before))
    )
    if down_to is not None:
        query = query.where(TICKETS.c.id >= down_to)
    if text:
        query = query.where(_has(unit, text))
    rows = unit.rows(query.order_by(TICKETS.c.id.desc()).limit(limit))
    return [{**listing.readable(row), "reference": reference(row["id"])} for row in rows]


def searched_to(
    unit: Unit,
    tenant_id: UUID,
    *,
    status: str | None,
    assigned_to: UUID | Literal["nobody"] | None,
    before: UUID | None,
) -> UUID | None:
    """The last ticket that one search looks at; ``None`` if that is all of them."""
    return scanning.edge(unit, TICKETS.c.id, *_scope(tenant_id, status, assigned_to, before))


def counts(unit: Unit, tenant_id: UUID) -> dict[str, int]:
    """How many tickets a tenant has of each status, as far as ``counting`` counts."""
    scopes = {status: _scope(tenant_id, status) for status in STATUSES}
    return counting.parts(unit, TICKETS.c.id, scopes)


def get(unit: Unit, tenant_id: UUID, ticket_id: UUID) -> dict[str, Any]:
    """One ticket with its reference. Raises Conflict if the tenant has no such."""
    row = unit.one(_of_tenant(tenant_id, ticket_id))
    return {**listing.readable(_found(row, ticket_id)), "reference": reference(ticket_id)}


def messages(unit: Unit, tenant_id: UUID, ticket_id: UUID) -> Sequence[Row]:
    """What was written in a tenant's ticket, the first first, internal notes included, each with the name
    of the ``member`` who wrote it, where that is known."""
    query = (
        sa.select(MESSAGES, MEMBERS.c.name.label("member"))
        .join(MEMBERS, MEMBERS.c.id == MESSAGES.c.member_id, isouter=True)
        .where(MESSAGES.c.ticket_id == ticket_id, MESSAGES.c.tenant_id == tenant_id)
    )
    return unit.rows(query.order_by(MESSAGES.c.id))


def sendings(unit: Unit, tenant_id: UUID, ticket: Mapping[str, Any]) -> dict[UUID, str]:
    """The states of the deliveries that take answers to the customer, by the message's id. An answer that is
    missing is on its way to nobody."""
    written = sa.select(MESSAGES.c.id).where(MESSAGES.c.ticket_id == ticket["id"])
    query = sa.select(DELIVERIES.c.record_id, DELIVERIES.c.state).where(
        DELIVERIES.c.record_id.in_(written),
        DELIVERIES.c.tenant_id == tenant_id,
        DELIVERIES.c.target == ticket["email"],
    )
    return {row["record_id"]: row["state"] for row in unit.rows(query)}


def reply(
    unit: Unit,
    *,
    tenant: Tenant,
    tenant_id: UUID,
    ticket_id: UUID,
    text: str,
    now: datetime,
    member_id: UUID | None = None,
) -> tuple[Source, Persisted]:
    """Answer the customer: the ticket is in progress from now on, a closed one again. Gives what is
    to be announced, the new message, and of which event. Raises Conflict if the tenant has no such
    ticket, if nobody could be answered, or for a text that is none."""
    row = _held(unit, tenant_id, ticket_id)
    if not row["email"]:
        raise Conflict("the ticket has no e-mail address that an answer could go to")
    message_id = _write(unit, row, text, now, internal=False, member_id=member_id)
    _set_status(unit, ticket_id, IN_PROGRESS)
    made = Persisted(kind="ticket_message", id=message_id, action="created", signal=ticket_replied.name)
    return Source.of_record(row, tenant, now), made


def note(
    unit: Unit,
    *,
    tenant_id: UUID,
    ticket_id: UUID,
    text: str,
    now: datetime,
    member_id: UUID | None = None,
) -> UUID:
    """Write something down that only members see. Gives the message's id. Raises Conflict if the
    tenant has no such ticket, or for a text that is none."""
    return _write(unit, _held(unit, tenant_id, ticket_id), text, now, internal=True, member_id=member_id)


def assign(unit: Unit, tenant_id: UUID, ticket_id: UUID, member_id: UUID | None) -> bool:
    """Give a ticket to a member, or to nobody. Gives whether that is a change. Raises Conflict if the tenant
    has no such ticket or no such member."""
    row = _held(unit, tenant_id, ticket_id)
    if member_id is not None and not unit.scalar(
        sa.select(MEMBERSHIPS.c.id).where(
            MEMBERSHIPS.c.tenant_id == tenant_id, MEMBERSHIPS.c.member_id == member_id
        )
    ):
        raise Conflict(f"there is no member {member_id}")
    unit.execute(sa.update(TICKETS).where(TICKETS.c.id == ticket_id).values(assigned_to=member_id))
    return bool(row["assigned_to"] != member_id)


def to_customer(unit: Unit, *, tenant: Tenant, tenant_id: UUID, ticket_id: UUID, now: datetime) -> UUID:
    """Make a customer of who asks, or find the one with that address; the ticket is in their file from now
    on. Raises Conflict if the tenant has no such ticket or it names no address."""
    row = _held(unit, tenant_id, ticket_id)
    customer_id = customers.ensure(unit, Source.of_record(row, tenant, now), Person(**row["contact"]))
    if customer_id is None:
        raise Conflict("the ticket has no e-mail address, by which customers are known")
    unit.execute(sa.update(TICKETS).where(TICKETS.c.id == ticket_id).values(customer_id=customer_id))
    return customer_id


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


def _scope(
    tenant_id: UUID,
    status: str | None,
    assigned_to: UUID | Literal["nobody"] | None = None,
    before: UUID | None = None,
) -> list[sa.ColumnElement[bool]]:
    scope = [TICKETS.c.tenant_id == tenant_id]
    if status is not None:
        scope.append(TICKETS.c.status == status)
    if assigned_to is not None:
        scope.append(TICKETS.c.assigned_to == (None if assigned_to == "nobody" else assigned_to))
    if before is not None:
        scope.append(TICKETS.c.id < before)
    return scope


def _has(unit: Unit, text: str) -> sa.ColumnElement[bool]:
    """Whether a ticket has the text in what people see of it. The reference is the end of the id."""
    conditions = [scanning.holds(unit, text, TICKETS.c.subject, TICKETS.c.email)]
    digits = text.lstrip("#").lower()
    if len(digits) == REFERENCE and all(letter in string.hexdigits for letter in digits):
        conditions.append(sa.func.lower(sa.cast(TICKETS.c.id, sa.String)).endswith(digits))
    return sa.or_(*conditions)


def _write(
    unit: Unit, ticket: Row, text: str, now: datetime, *, internal: bool, member_id: UUID | None
) -> UUID:
    message_id = new_id()
    unit.insert(
        MESSAGES,
        {
            "id": message_id,
            "tenant_id": ticket["tenant_id"],
            "ticket_id": ticket["id"],
            "author": "member",
            "member_id": member_id,
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
