"""What the custom webhook says about itself.

Source of the contract: PartnerDesk, chapter 37, "Custom Webhook (Zapier, Make, n8n, eigene
Systeme)".
"""

import hub
from hub.contract.locators import Join, Json
from hub_custom_webhook.guides import GUIDES
from hub_custom_webhook.settings import Settings

manifest = hub.Manifest(
    slug="custom",
    title={"de": "Custom Webhook", "en": "Custom webhook"},
    description={
        "de": "Verkäufe aus Zapier, Make, n8n oder eigenen Systemen.",
        "en": "Sales from Zapier, Make, n8n or your own systems.",
    },
    routes=("/api/webhooks/<tenant>/custom",),
    # The document knows the signature alone; the others are for senders that cannot make one.
    scheme=hub.proofs.Permitted(
        first=hub.schemes.Hmac(header="X-Webhook-Signature", prefix="sha256=", encoding="hex"),
        further={
            "allow_header": hub.schemes.SharedToken(header="X-Webhook-Secret"),
            "allow_basic": hub.schemes.Basic(user="hub"),
            "allow_url_token": hub.schemes.UrlToken(query="token"),
        },
    ),
    settings=Settings,
    events={
        "transaction.created": "A sale: makes a transaction, unassigned if it names no partner.",
        "transaction.refunded": "The sale with this externalId becomes refunded; early ones wait.",
    },
    event_type=Json("event", required=True),
    event_key=Join(Json("event"), Json("externalId", required=True)),
    redact=("customer.email", "customer.firstName", "customer.lastName"),
    fields={
        "event": {"de": "Ereignis", "en": "Event"},
        "externalId": {"de": "Kennung des Verkaufs", "en": "Id of the sale"},
        "grossAmount": {"de": "Bruttobetrag", "en": "Gross amount"},
        "currency": {"de": "Währung", "en": "Currency"},
        "partnerId": {"de": "Partner", "en": "Partner"},
        "campaignSlug": {"de": "Kampagne", "en": "Campaign"},
        "productId": {"de": "Produktnummer", "en": "Product id"},
        "productName": {"de": "Produkt", "en": "Product"},
        "netAmount": {"de": "Nettobetrag", "en": "Net amount"},
        "taxAmount": {"de": "Steuerbetrag", "en": "Tax amount"},
        "taxRate": {"de": "Steuersatz in Prozent", "en": "Tax rate in percent"},
        "transactionDate": {"de": "Zeitpunkt", "en": "Time of the sale"},
        "isRecurring": {"de": "Wiederkehrend", "en": "Recurring"},
        "recurringNumber": {"de": "Nummer der Zahlung", "en": "Number of the payment"},
        "customer.externalId": {"de": "Kundennummer", "en": "Customer id"},
        "customer.email": {"de": "E-Mail des Kunden", "en": "Customer's e-mail"},
        "customer.firstName": {"de": "Vorname des Kunden", "en": "Customer's first name"},
        "customer.lastName": {"de": "Nachname des Kunden", "en": "Customer's last name"},
    },
    guides=GUIDES,
)
