"""Who brought the customer: Shopify has no field for it, each shop follows its own convention."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import hub
from hub_shopify_adapter.settings import Settings

MAX_CODE = 255
MAX_NAME = 10_000


def partner_code(payload: hub.Payload, settings: Settings) -> str | None:
    """The partner's code as the order has it.

    What cannot be read counts as no partner: the sale must not be lost over it. The fields
    themselves are kept in ``extra``, and the partner can be assigned by hand.
    """
    try:
        return FINDERS[settings.partner_source](payload, settings.partner_field)
    except hub.PayloadError:
        return None


def campaign(payload: hub.Payload) -> str | None:
    """The campaign in the address of the first page that the customer opened."""
    try:
        return _landing_page(payload, "utm_campaign")
    except hub.PayloadError:
        return None


def _none(payload: hub.Payload, name: str) -> str | None:
    return None


def _note_attribute(payload: hub.Payload, name: str) -> str | None:
    for attribute in payload["note_attributes"]:
        if attribute["name"].optional.identifier(max_length=MAX_NAME) == name:
            return attribute["value"].optional.identifier(max_length=MAX_CODE)
    return None


def _landing_page(payload: hub.Payload, name: str) -> str | None:
    # A path such as "/products/x?ref=P-001", a whole address, null, or what a robot made of it.
    address = payload["landing_site"].optional.text()
    if address is None:
        return None
    try:
        values = parse_qs(urlsplit(address).query).get(name, [])
    except ValueError:
        return None
    # %00 decodes to a NUL, which no database text can hold.
    text = values[0].replace("\0", "\ufffd").strip() if values else ""
    return text[:MAX_CODE] or None


def _discount_code(payload: hub.Payload, name: str) -> str | None:
    codes = payload["discount_codes"].items()
    return codes[0]["code"].optional.identifier(max_length=MAX_CODE) if codes else None


FINDERS: dict[str, Callable[[hub.Payload, str], str | None]] = {
    "none": _none,
    "note_attribute": _note_attribute,
    "landing_page": _landing_page,
    "discount_code": _discount_code,
}
