"""What the lead API says about itself.

Source of the contract: CloudCRM, "API & Stripe Verwaltung", sections "API-Schnittstelle
(Web-to-CRM)", "Web-Bestellungen anbinden" and "Kontaktformulare anbinden".
"""

import hub
from hub.contract.locators import Header, Json
from hub_lead_api.forms import KEY_FIELD
from hub_lead_api.guides import GUIDES
from hub_lead_api.settings import Settings

api_key = hub.schemes.ApiKey(header="X-API-KEY", query="key")
form_key = hub.proofs.FormKey(parameter=KEY_FIELD)

manifest = hub.Manifest(
    slug="lead",
    title={"de": "API-Schnittstelle (Web-to-CRM)", "en": "Lead API (web to CRM)"},
    description={
        "de": "Bestellungen und Anfragen von der eigenen Webseite, dem Shop oder dem Kontaktformular.",
        "en": "Orders and enquiries from your own website, shop or contact form.",
    },
    # The second is the address of the document; forms and shops out there send to it.
    routes=("/api/v1/lead", "/api/v1/lead.php"),
    # The document knows the first alone; the second is for plain HTML forms.
    scheme=hub.proofs.Permitted(first=api_key, further={"key_in_field": form_key}),
    settings=Settings,
    events={
        "order": "A web order: lands in the inbox as new, and the team is told.",
        "ticket": "An enquiry: opens a ticket, in the customer's file if the e-mail is known.",
    },
    unknown_events="refuse",
    event_type=Json("type", required=True),
    # The document knows no such key: without the header every request is a new record.
    event_key=Header("Idempotency-Key"),
    repeated_key_other_body="refuse",
    # Senders name their further fields as they like; these are the usual names of personal ones.
    redact=(
        "email",
        "message",
        "name",
        "vorname",
        "nachname",
        "firstname",
        "lastname",
        "firstName",
        "lastName",
        "telefon",
        "phone",
        "adresse",
        "address",
        "kunden_adresse",
    ),
    fields={
        "type": {"de": "Art: order oder ticket", "en": "Kind: order or ticket"},
        "email": {"de": "E-Mail-Adresse", "en": "E-mail address"},
        "subject": {"de": "Betreff", "en": "Subject"},
        "message": {"de": "Nachricht", "en": "Message"},
        "total": {"de": "Gesamtbetrag", "en": "Total"},
    },
    guides=GUIDES,
)
