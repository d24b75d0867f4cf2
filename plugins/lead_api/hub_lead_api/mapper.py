"""The lead API's two types as facts: pure, one function per type."""

from collections.abc import Callable, Sequence
from datetime import datetime

import hub

NO_SUBJECT = "Anfrage Webseite"
"""The title of a ticket whose sender gave none, in the document's own words."""

MAX_SUBJECT = 500
MAX_MESSAGE = 100_000


def map_order(payload: hub.Payload, received_at: datetime, tenant: hub.Tenant) -> Sequence[hub.Fact]:
    """A web order; the gross ``total`` is in the tenant's currency, and may be missing.

    The document says both: its running text counts ``total`` among an order's required fields,
    its table of fields says "Pflicht? Nein". Refusing would lose orders that are sent today.
    The further field ``"test": true`` marks a test.
    """
    extra = payload.rest("type", "email", "total", "subject")
    return [
        hub.OrderPlaced(
            external_id=None,
            customer=hub.Person(email=payload["email"].email()),
            total=payload["total"].optional.money(tenant.currency),
            subject=payload["subject"].optional.text(max_length=MAX_SUBJECT),
            placed_at=received_at,
            test=extra.get("test") is True,
            extra=extra,
        )
    ]


def map_ticket(payload: hub.Payload, received_at: datetime, tenant: hub.Tenant) -> Sequence[hub.Fact]:
    """An enquiry. Its ``total`` means nothing here, and is kept like any further field."""
    return [
        hub.TicketOpened(
            customer=hub.Person(email=payload["email"].email()),
            subject=payload["subject"].optional.text(max_length=MAX_SUBJECT) or NO_SUBJECT,
            message=payload["message"].text(max_length=MAX_MESSAGE),
            extra=payload.rest("type", "email", "subject", "message"),
        )
    ]


Mapper = Callable[[hub.Payload, datetime, hub.Tenant], Sequence[hub.Fact]]

MAPPERS: dict[str, Mapper] = {
    "order": map_order,
    "ticket": map_ticket,
}
