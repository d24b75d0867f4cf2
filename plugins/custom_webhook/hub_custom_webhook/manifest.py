"""What the custom webhook says about itself.

Source of the contract: PartnerDesk, chapter 37, "Custom Webhook (Zapier, Make, n8n, eigene
Systeme)".
"""

import hub
from hub.contract.locators import Join, Json

manifest = hub.Manifest(
    slug="custom",
    title={"de": "Custom Webhook", "en": "Custom webhook"},
    description={
        "de": "Verkäufe aus Zapier, Make, n8n oder eigenen Systemen.",
        "en": "Sales from Zapier, Make, n8n or your own systems.",
    },
    routes=("/api/webhooks/<tenant>/custom",),
    scheme=hub.schemes.Hmac(header="X-Webhook-Signature", prefix="sha256=", encoding="hex"),
    settings=hub.SignedSettings,
    events={
        "transaction.created": "A sale: makes a transaction, unassigned if it names no partner.",
        "transaction.refunded": "The sale with this externalId becomes refunded; early ones wait.",
    },
    event_type=Json("event", required=True),
    event_key=Join(Json("event"), Json("externalId", required=True)),
    redact=("customer.email", "customer.firstName", "customer.lastName"),
)
