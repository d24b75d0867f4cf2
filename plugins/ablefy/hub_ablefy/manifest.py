"""What the ablefy source says about itself.

ablefy documents no signature, so a secret in the address protects it, and its events are known from real
bodies of 2019 (https://github.com/gradido/gradido, ``backend/src/webhook/elopage.ts``) and from the API's
reference, whose fields are the same.
"""

import hub
from hub.contract.locators import BodyHash, Field, First, Join
from hub_ablefy.settings import Settings

EVENT = Field("event", required=True)

PERSONAL = (
    "payer",
    "gift_receiver",
    "publisher",
    "team_members",
    "order_token",
    "payment_session_token",
    "invoice_link",
    "credit_memo_link",
    "success_link",
)
"""Fields about people, and addresses and tokens with which whoever knows them can see the order."""

manifest = hub.Manifest(
    slug="ablefy",
    title={"de": "ablefy (elopage)", "en": "ablefy (elopage)"},
    description={
        "de": "Verkäufe, Folgezahlungen, Erstattungen und Rückbuchungen aus ablefy, früher elopage.",
        "en": "Sales, renewals, refunds and chargebacks of ablefy, formerly elopage.",
    },
    routes=("/api/webhooks/<tenant>/ablefy",),
    scheme=hub.schemes.UrlToken(query="token"),
    settings=Settings,
    content_types=("application/x-www-form-urlencoded", "application/json"),
    events={
        "payment.successful": "A payment, the first or a later one: makes a transaction.",
        "refund.successful": "Takes the refunded money off the sale; before the sale it waits.",
        "chargeback.successful": "The bank took the money back: the sale is charged back.",
    },
    ignored={
        "payment.pending": "The money is on its way; payment.successful tells when it is there.",
        "order.subscription.paying": "Tells no payment of its own; payment.successful does.",
        "order.subscription.paused": "No further payments for now; what was paid stays paid.",
        "lesson.viewed": "Somebody learns; no money moved.",
        "lesson.completed": "Somebody learns; no money moved.",
        "lesson.commented": "Somebody learns; no money moved.",
    },
    event_type=EVENT,
    event_key=First(Join(EVENT, Field("id")), Join(EVENT, BodyHash())),
    redact=PERSONAL,
)
