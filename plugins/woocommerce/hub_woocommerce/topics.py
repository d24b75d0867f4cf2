"""Is the body an order, and of this shop?

The signature covers the body and nothing else, so the topic's header only says what to look for.
"""

from urllib.parse import urlsplit

import hub
from hub_woocommerce.settings import Settings

ORDER = ("id", "status", "currency", "total", "line_items", "date_modified_gmt")
"""Members that each order of ``wc/v3`` has and no product, customer or coupon has all of."""


def require_order(payload: hub.Payload) -> None:
    """Refuse a body that is no order."""
    if missing := [name for name in ORDER if name not in payload.object()]:
        raise hub.PayloadError(
            f"The body is no order of WooCommerce's REST API: it lacks {', '.join(missing)}. Choose a topic "
            "of orders and the API version 'WP REST API Integration v3' for this webhook.",
            code="topic_mismatch",
        )


def require_shop(inbound: hub.Inbound, settings: Settings) -> None:
    """Refuse another shop's order, if the connection is tied to one. The order's own link is signed;
    the header with the shop's address is not, and counts only where a body has no link."""
    if settings.shop_url is None:
        return
    told = _self_link(inbound.json) or inbound.headers.get("X-WC-Webhook-Source", "")
    own = urlsplit(settings.shop_url).hostname
    if urlsplit(told).hostname != own:
        raise hub.ForbiddenError(
            f"This connection takes orders of {own} only, this one is from "
            f"{told[:100] or 'an unnamed shop'}. Send it to a connection of its own, or correct the shop's "
            "address in the settings.",
            code="other_shop",
        )


def _self_link(payload: hub.Payload) -> str:
    return next((link["href"].optional.text() or "" for link in payload["_links"]["self"]), "")
