"""What the Shopify source says about itself.

Headers: https://shopify.dev/docs/apps/build/webhooks and, for the names without ``X-``,
https://shopify.dev/docs/apps/build/events/verify-deliveries. Where both are sent, Shopify's own
library believes the newer one, and so does this source.
"""

import hub
from hub.contract.locators import BodyHash, First, Header, Join
from hub_shopify_adapter.settings import Settings

TOPIC = Header("shopify-topic", "X-Shopify-Topic")
SHOP_DOMAIN = Header("shopify-shop-domain", "X-Shopify-Shop-Domain")
EVENT_ID = Header("shopify-event-id", "X-Shopify-Event-Id")

manifest = hub.Manifest(
    slug="shopify",
    title={"de": "Shopify", "en": "Shopify"},
    description={
        "de": "Bestellungen, Zahlungen und Erstattungen aus einem Shopify-Shop.",
        "en": "Orders, payments and refunds of a Shopify shop.",
    },
    routes=("/api/webhooks/<tenant>/shopify",),
    scheme=hub.schemes.Hmac(header="shopify-hmac-sha256", also=("X-Shopify-Hmac-SHA256",), encoding="base64"),
    settings=Settings,
    events={
        "orders/create": "Makes a new order.",
        "orders/updated": "The order is brought up to date; an older version never overwrites a newer one.",
        "orders/cancelled": "The order is marked as called off.",
        "orders/paid": "The sale: makes a transaction, and the order if it is not there yet.",
        "refunds/create": "Takes the refunded money off the sale; before the sale it waits.",
        "app/uninstalled": "The connection is shown as cut by the shop.",
        "customers/data_request": "A customer asks for their data: an open privacy request, 30 days.",
        "customers/redact": "A customer's data is to be erased: an open privacy request, 30 days.",
        "shop/redact": "All data of the shop is to be erased: an open privacy request, 30 days.",
    },
    ignored={
        "orders/edited": "Lists only what was edited; orders/updated brings the whole order.",
        "orders/fulfilled": "Shipping changes neither the sale nor its amount.",
        "orders/partially_fulfilled": "Shipping changes neither the sale nor its amount.",
        "orders/partially_paid": "Not paid in full; orders/paid follows with the rest.",
        "orders/delete": "Says only an id; deleting an order moves no money and keeps its records.",
        "order_transactions/create": "orders/paid and refunds/create tell of the same money.",
        "disputes/create": "Payload not confirmed; enter a chargeback by hand.",
        "disputes/update": "Payload not confirmed; enter a chargeback by hand.",
        "draft_orders/create": "A draft is no order yet.",
        "draft_orders/update": "A draft is no order yet.",
        "checkouts/create": "Nobody has ordered yet.",
        "checkouts/update": "Nobody has ordered yet.",
        "shop/update": "The shop's own data is not kept.",
    },
    event_type=TOPIC,
    # The event id is the same for every subscription of a topic that one action fires; the
    # webhook id only for the retries of one delivery:
    # https://shopify.dev/docs/apps/build/webhooks/ignore-duplicates
    event_key=First(Join(TOPIC, EVENT_ID), Join(TOPIC, BodyHash())),
    redact=(
        "email",
        "contact_email",
        "phone",
        "browser_ip",
        "client_details",
        "customer",
        "billing_address",
        "shipping_address",
        "order_status_url",
        "token",
        "cart_token",
        "checkout_token",
        "customer_email",
        "shop_owner",
    ),
)
