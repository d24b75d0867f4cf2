"""Does the body fit its topic?

The signature covers the body and nothing else (https://shopify.dev/docs/apps/build/webhooks,
"Verify deliveries"): whoever holds one signed request can send it again under another topic. So
a topic only says what to look for, and the signed body has to prove it: the request to *see* a
customer's data must never erase it.
"""

from dataclasses import dataclass

import hub
from hub_shopify_adapter.manifest import SHOP_DOMAIN
from hub_shopify_adapter.settings import Settings


@dataclass(frozen=True)
class Shape:
    """Members that a body of a topic always has, and those that only others have."""

    has: tuple[str, ...]
    lacks: tuple[str, ...] = ()


# Refunds, payments, fulfilments and drafts all name an order_id; checkouts have no status of payment.
ORDER = Shape(has=("id", "total_price", "financial_status"), lacks=("order_id",))

SHAPES = {
    "orders/create": ORDER,
    "orders/updated": ORDER,
    "orders/cancelled": ORDER,
    "orders/paid": ORDER,
    "refunds/create": Shape(has=("id", "order_id", "transactions"), lacks=("financial_status",)),
    # The same object as in shop/update, which therefore cannot be told from it; all that it could
    # bring about is a notice, as events are still taken afterwards.
    "app/uninstalled": Shape(has=("id", "myshopify_domain"), lacks=("financial_status",)),
    "customers/data_request": Shape(
        has=("shop_id", "customer", "data_request"), lacks=("orders_to_redact", "financial_status")
    ),
    "customers/redact": Shape(
        has=("shop_id", "customer"), lacks=("data_request", "orders_requested", "financial_status")
    ),
    "shop/redact": Shape(
        has=("shop_id", "shop_domain"),
        lacks=("customer", "data_request", "orders_requested", "orders_to_redact", "financial_status"),
    ),
}

PAID = ("paid", "partially_refunded", "refunded")


def require_shape(payload: hub.Payload, topic: str) -> None:
    """Refuse a body that cannot be one of this topic."""
    members = payload.object()
    shape = SHAPES[topic]
    if missing := [name for name in shape.has if name not in members]:
        raise contradiction(topic, f"it lacks {', '.join(missing)}")
    if foreign := [name for name in shape.lacks if name in members]:
        raise contradiction(topic, f"it has {', '.join(foreign)}")


def require_paid(payload: hub.Payload) -> None:
    """Refuse ``orders/paid`` of an order that is not paid; money may have gone back since."""
    status = payload["financial_status"].optional.text()
    if status not in PAID:
        raise contradiction("orders/paid", f"financial_status is {str(status)[:40]!r}")


def require_cancelled(payload: hub.Payload) -> None:
    """Refuse ``orders/cancelled`` of an order that is not."""
    if payload["cancelled_at"].blank:
        raise contradiction("orders/cancelled", "cancelled_at is empty")


def require_shop(inbound: hub.Inbound, payload: hub.Payload, settings: Settings) -> None:
    """Refuse another shop's event, if the connection is tied to one.

    The body's own domain counts before the header, which is not signed. An order does not say
    its shop at all: this catches a mistake in the set-up, no attack, for one app's secret signs
    for all shops that have it.
    """
    if settings.shop_domain is None:
        return
    signed = payload["myshopify_domain"].optional.text() or payload["shop_domain"].optional.text()
    domain = (signed or SHOP_DOMAIN(inbound) or "").lower()
    if domain != settings.shop_domain:
        raise hub.ForbiddenError(
            f"This connection takes events of {settings.shop_domain} only, this one is from "
            f"{domain[:100] or 'an unnamed shop'}. Send it to a connection of its own, or correct the "
            "shop domain in the settings.",
            code="other_shop",
        )


def contradiction(topic: str, why: str) -> hub.PayloadError:
    """The refusal of a body that says something else than its topic."""
    return hub.PayloadError(
        f"The body does not fit the topic {topic}: {why}. Subscribe to the topic without choosing fields, "
        "and send the body unchanged.",
        code="topic_mismatch",
    )
