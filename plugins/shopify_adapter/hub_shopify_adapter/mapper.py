"""Shopify's topics as facts: one pure function per topic, the body being checked against it first."""

from collections.abc import Callable, Sequence
from datetime import datetime

import hub
from hub_shopify_adapter.orders import (
    map_order_cancelled,
    map_order_created,
    map_order_paid,
    map_order_updated,
)
from hub_shopify_adapter.privacy import (
    map_app_uninstalled,
    map_customer_redacted,
    map_data_requested,
    map_shop_redacted,
)
from hub_shopify_adapter.refunds import map_refund_created
from hub_shopify_adapter.settings import Settings
from hub_shopify_adapter.topics import require_shape

Mapper = Callable[[hub.Payload, Settings, datetime], Sequence[hub.Fact]]

MAPPERS: dict[str, Mapper] = {
    "orders/create": map_order_created,
    "orders/updated": map_order_updated,
    "orders/cancelled": map_order_cancelled,
    "orders/paid": map_order_paid,
    "refunds/create": map_refund_created,
    "app/uninstalled": map_app_uninstalled,
    "customers/data_request": map_data_requested,
    "customers/redact": map_customer_redacted,
    "shop/redact": map_shop_redacted,
}


def map_topic(
    topic: str, payload: hub.Payload, settings: Settings, received_at: datetime
) -> Sequence[hub.Fact]:
    """The facts of a body; none for a topic without a mapper."""
    mapper = MAPPERS.get(topic)
    if mapper is None:
        return []
    require_shape(payload, topic)
    return mapper(payload, settings, received_at)
