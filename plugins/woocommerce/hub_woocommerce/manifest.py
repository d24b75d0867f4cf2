"""What the WooCommerce source says about itself.

Headers: ``WC_Webhook::deliver`` in woocommerce/includes/class-wc-webhook.php. ``X-WC-Webhook-Delivery-ID``
is a hash of the webhook's id and the second: two deliveries within a second share it. It is no event
key. What makes an event is the version of the order that the signed body holds.
"""

import hub
from hub.contract.locators import Header
from hub_woocommerce.settings import Settings
from hub_woocommerce.version import Version

TOPIC = Header("X-WC-Webhook-Topic")

NO_ORDER = "Only orders are recorded; they carry their customer, products and coupons."

manifest = hub.Manifest(
    slug="woocommerce",
    title={"de": "WooCommerce", "en": "WooCommerce"},
    description={
        "de": "Bestellungen, Zahlungen und Erstattungen aus einem WooCommerce-Shop.",
        "en": "Orders, payments and refunds of a WooCommerce shop.",
    },
    routes=("/api/webhooks/<tenant>/woocommerce",),
    scheme=hub.schemes.Hmac(header="X-WC-Webhook-Signature", encoding="base64"),
    settings=Settings,
    events={
        "order.created": "Makes a new order, and the sale if it is paid already.",
        "order.updated": "The order as it is now, its sale once it is paid, and each of its refunds.",
        "order.restored": "The order is back from the bin: brought up to date like any update.",
    },
    ignored={
        "order.deleted": "Says only an id; a deleted order moves no money, and its records are kept.",
        "coupon.created": NO_ORDER,
        "coupon.updated": NO_ORDER,
        "coupon.deleted": NO_ORDER,
        "coupon.restored": NO_ORDER,
        "customer.created": NO_ORDER,
        "customer.updated": NO_ORDER,
        "customer.deleted": NO_ORDER,
        "product.created": NO_ORDER,
        "product.updated": NO_ORDER,
        "product.deleted": NO_ORDER,
        "product.restored": NO_ORDER,
    },
    event_type=TOPIC,
    event_key=Version(),
    redact=(
        "billing",
        "shipping",
        "customer_ip_address",
        "customer_user_agent",
        "customer_note",
        "order_key",
        "cart_hash",
        "payment_url",
    ),
)
