"""Tickets and what was written in them."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from hub.api.call import Call
from hub.api.operation import Resource
from hub.api.records import one_of, page_of
from hub.api.shapes import Page, PageAsked, Record, RecordsAsked, Shape, Text
from hub.records.database import Row
from hub.records.listing import readable
from hub.records.paging import Wanted
from hub.records.scopes import READ_RECORDS
from hub.records.tickets import reference

resource = Resource("tickets", "Enquiries, and what was written in them.")

Status = Literal["open", "in_progress", "closed"]


class Ticket(Record):
    """An enquiry."""

    reference: str = Field(description="The few characters by which people name it.")
    external_id: str | None = Field(description="The sender's id.")
    status: Status
    subject: str
    email: str | None
    contact: dict[str, Any]
    customer_id: UUID | None
    assigned_to: UUID | None = Field(description="The member who deals with it.")


class TicketMessage(Shape):
    """A message of a ticket."""

    id: UUID
    created_at: datetime
    ticket_id: UUID
    author: Literal["customer", "member"]
    body: str


class TicketsAsked(RecordsAsked):
    """Which tickets."""

    status: Status | None = None
    email: Text | None = Field(None, max_length=320, description="With this address, in any case.")
    external_id: Text | None = Field(None, max_length=255, description="With this id of the sender.")
    customer_id: UUID | None = Field(None, description="In the file of this customer.")


@resource.get("/tickets", scope=READ_RECORDS)
def list_tickets(call: Call, asked: TicketsAsked) -> Page[Ticket]:
    """List tickets, newest first."""
    wanted = Wanted(
        since=asked.since,
        until=asked.until,
        email=asked.email,
        within=("customer", asked.customer_id) if asked.customer_id else None,
        equal={"status": asked.status, "external_id": asked.external_id},
    )
    return page_of(call, "tickets", Ticket, asked, wanted, told)


@resource.get("/tickets/<uuid:ticket_id>", scope=READ_RECORDS)
def get_ticket(call: Call, ticket_id: UUID) -> Ticket:
    """Get one ticket."""
    return one_of(call, "tickets", Ticket, ticket_id, told)


@resource.get("/tickets/<uuid:ticket_id>/messages", scope=READ_RECORDS)
def list_ticket_messages(call: Call, ticket_id: UUID, asked: PageAsked) -> Page[TicketMessage]:
    """List what was written in a ticket, newest first.

    The customer's messages and the answers; not the internal notes.
    """
    one_of(call, "tickets", Ticket, ticket_id, told)
    wanted = Wanted(within=("ticket", ticket_id), equal={"internal": False})
    return page_of(call, "ticket_messages", TicketMessage, asked, wanted)


def told(row: Row) -> dict[str, Any]:
    """The ticket with its reference."""
    return {**readable(row), "reference": reference(row["id"])}
