"""Tickets: opened once, tied to the customer with the sender's address."""

from uuid import UUID

import sqlalchemy as sa

from hub.contract.facts import TicketOpened
from hub.contract.outcome import Persisted
from hub.contract.signals import ticket_opened
from hub.records.applying import customers
from hub.records.applying.source import Source, contact
from hub.records.database import Unit, insert_into
from hub.records.tables import Ticket, TicketMessage
from hub.records.tenants import table
from hub.support.ids import new_id

TICKETS, MESSAGES = table(Ticket), table(TicketMessage)

OPEN = "open"


def open_ticket(unit: Unit, source: Source, fact: TicketOpened, number: int) -> Persisted:
    """A new ticket with its first message; a known one is left alone."""
    key = fact.external_id or f"{source.event_id}:{number}"
    values = source.columns() | {
        "key": key,
        "external_id": fact.external_id,
        "status": OPEN,
        "subject": fact.subject or "",
        "email": fact.customer.email,
        "contact": contact(fact.customer),
        "customer_id": customers.find(unit, source, fact.customer),
        "extra": dict(fact.extra),
    }
    statement = insert_into(TICKETS, unit.dialect).on_conflict_do_nothing(
        index_elements=["connection_id", "key"]
    )
    made: UUID | None = unit.scalar(statement.returning(TICKETS.c.id), values)
    if made is None:
        query = sa.select(TICKETS.c.id).where(
            TICKETS.c.connection_id == source.connection_id, TICKETS.c.key == key
        )
        return Persisted(kind="ticket", id=unit.scalar(query), action="unchanged")
    unit.insert(
        MESSAGES,
        {
            "id": new_id(),
            "tenant_id": source.tenant_id,
            "ticket_id": made,
            "author": "customer",
            "internal": False,
            "body": fact.message,
            "created_at": source.received_at,
        },
    )
    return Persisted(kind="ticket", id=made, action="created", signal=ticket_opened.name)
