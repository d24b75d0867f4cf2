"""The envelope around every Stripe object, and how its members are read.

Source: https://docs.stripe.com/api/events/object
"""

from dataclasses import dataclass
from datetime import datetime

import hub

# Names under which a shop may have put the same thing into Stripe's metadata, the best first.
TENANT = ("tenant", "hub_tenant")
OWN_INVOICE = ("invoice", "invoice_id", "invoice_number", "hub_invoice")
PARTNER = ("partner_id", "partner", "partnerId")
CAMPAIGN = ("campaign", "campaign_slug", "campaignSlug")
PRODUCT_ID = ("product_id",)
PRODUCT_NAME = ("product_name",)
KNOWN = TENANT + OWN_INVOICE + PARTNER + CAMPAIGN + PRODUCT_ID + PRODUCT_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event: the object as it was then, and when that was."""

    object: hub.Payload
    occurred_at: datetime
    test: bool


def read_event(payload: hub.Payload, received_at: datetime) -> Event:
    """The event in a body. Raises PayloadError for a thin event, which carries no object."""
    if payload["object"].optional.text() == "v2.core.event":
        raise hub.PayloadError(
            "This is a thin event, which carries no data. Choose the payload style "
            "'snapshot' for this endpoint in Stripe.",
            code="thin_event",
            path="object",
        )
    return Event(
        object=payload["data"]["object"],
        occurred_at=payload["created"].optional.unix_time() or received_at,
        test=payload["livemode"].optional.boolean() is False,
    )


def object_id(field: hub.Payload) -> str | None:
    """The id in a field that holds an id or, expanded, the object itself
    (https://docs.stripe.com/api/expanding_objects)."""
    if isinstance(field.raw(), dict):
        return field["id"].identifier()
    return field.optional.identifier()


def object_ids(*fields: hub.Payload) -> tuple[str, ...]:
    """The ids that are there, each once."""
    found = (object_id(field) for field in fields)
    return tuple(dict.fromkeys(name for name in found if name is not None))


def short(field: hub.Payload, limit: int = 255) -> str | None:
    """A text, cut to the limit: a paid sale is not refused for a long description."""
    text = field.optional.text()
    return text if text is None else text[:limit]


def first(names: tuple[str, ...], *metadata: hub.Payload, limit: int = 255) -> str | None:
    """The first of these names that some metadata has."""
    found = (short(data[name], limit) for data in metadata for name in names)
    return next((text for text in found if text is not None), None)
