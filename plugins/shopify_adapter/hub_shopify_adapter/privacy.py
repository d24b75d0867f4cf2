"""The compliance topics and the end of a connection.

Each request is to be done within 30 days:
https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import hub
from hub_shopify_adapter.settings import Settings

DEADLINE = timedelta(days=30)


def map_data_requested(payload: hub.Payload, settings: Settings, received_at: datetime) -> Sequence[hub.Fact]:
    """A customer asks what is stored about them."""
    return [
        hub.PrivacyRequested(
            external_id=payload["data_request"]["id"].identifier(),
            kind="access",
            due_at=received_at + DEADLINE,
            customer=_customer(payload["customer"]),
            orders=_ids(payload["orders_requested"]),
            extra=_shop(payload),
        )
    ]


def map_customer_redacted(
    payload: hub.Payload, settings: Settings, received_at: datetime
) -> Sequence[hub.Fact]:
    """A customer's data is to be erased."""
    customer_id = payload["customer"]["id"].identifier()
    return [
        hub.PrivacyRequested(
            external_id=_request_id("customers/redact", payload, customer_id, received_at),
            kind="erase_customer",
            due_at=received_at + DEADLINE,
            customer=_customer(payload["customer"]),
            orders=_ids(payload["orders_to_redact"]),
            extra=_shop(payload),
        )
    ]


def map_shop_redacted(payload: hub.Payload, settings: Settings, received_at: datetime) -> Sequence[hub.Fact]:
    """Everything of the shop is to be erased; sent 48 hours after the app was uninstalled."""
    return [
        hub.PrivacyRequested(
            external_id=_request_id("shop/redact", payload, "", received_at),
            kind="erase_shop",
            due_at=received_at + DEADLINE,
            extra=_shop(payload),
        )
    ]


def map_app_uninstalled(
    payload: hub.Payload, settings: Settings, received_at: datetime
) -> Sequence[hub.Fact]:
    """The shop removed the app. The body is the shop and says no time."""
    domain = payload["myshopify_domain"].text(max_length=255)
    return [
        hub.SourceDisconnected(
            occurred_at=received_at, reason=f"The shop {domain} uninstalled the app (app/uninstalled)."
        )
    ]


def _request_id(topic: str, payload: hub.Payload, customer: str, received_at: datetime) -> str:
    """An id where Shopify gives none: the same for a repetition on the same day, and another one
    for a shop that comes back, leaves again and wants to be erased a second time."""
    parts = (topic, payload["shop_id"].identifier(), customer, received_at.date().isoformat())
    return ":".join(part for part in parts if part)


def _customer(customer: hub.Payload) -> hub.Person:
    return hub.Person(
        external_id=customer["id"].optional.identifier(),
        email=customer["email"].optional.text(max_length=320),
        phone=customer["phone"].optional.text(max_length=320),
    )


def _ids(orders: hub.Payload) -> tuple[str, ...]:
    return tuple(order.identifier() for order in orders)


def _shop(payload: hub.Payload) -> dict[str, Any]:
    return {name: payload[name].raw() for name in ("shop_id", "shop_domain") if payload[name].present}
