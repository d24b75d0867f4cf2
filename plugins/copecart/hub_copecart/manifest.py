"""What the CopeCart source says about itself.

Two generations arrive at one address: CopeCart's notifications (*IPN CopeCart v1.6.7*), signed in
``X-Copecart-Signature``, and COPE's events (https://docs.cope.com/webhooks/overview), which alone carry
``X-Cope-Event-Id``.
"""

import hub
from hub.contract.locators import BodyHash, First, Join, Json
from hub_copecart.settings import Settings

EVENT_ID = "X-Cope-Event-Id"

# COPE names the type in its data, and its samples at the top
# (https://github.com/copecart/integration-samples); the CloudEvents member comes last, as others saw it
# with a prefix.
EVENT = First(Json("event_type"), Json("data.event_type"), Json("type", required=True))

manifest = hub.Manifest(
    slug="copecart",
    title={"de": "CopeCart / COPE", "en": "CopeCart / COPE"},
    description={
        "de": "Verkäufe, Folgezahlungen, Erstattungen und Rückbuchungen aus CopeCart und COPE.",
        "en": "Sales, renewals, refunds and chargebacks of CopeCart and COPE.",
    },
    routes=("/api/webhooks/<tenant>/copecart",),
    scheme=hub.schemes.ByHeader(
        header=EVENT_ID,
        present=hub.schemes.TimestampedHmac(header="X-Cope-Signature"),
        absent=hub.schemes.Hmac(header="X-Copecart-Signature", encoding="base64"),
    ),
    settings=Settings,
    content_types=("application/json", "application/cloudevents+json"),
    events={
        "payment.made": "A payment, the first or a later one: makes a transaction.",
        "payment.refunded": "Takes the refunded money off the sale; before the sale it waits.",
        "payment.charged_back": "The bank took the money back, or tried to in vain: charged back, or not.",
        "payment.sale.succeeded": "A payment of COPE: makes a transaction.",
        "payment.refund.created": "Takes the refunded money off the sale; before the sale it waits.",
        "payment.chargeback.created": "The bank took the money back: the sale is charged back.",
        "payment.dispute.opened": "The buyer's bank disputes the payment.",
        "payment.dispute.won": "The sale stands again.",
        "payment.dispute.lost": "The sale is charged back.",
    },
    ignored={
        "payment.trial": "A trial without money; the first payment is told by payment.made.",
        "payment.pending": "The money is on its way; payment.made tells when it is there.",
        "payment.failed": "No money moved.",
        "payment.recurring.cancelled": "No further payments; what was paid stays paid.",
        "payment.recurring.upcoming": "Announces a payment; payment.made tells of it.",
        "cart.order.completed": "payment.sale.succeeded tells of the same money.",
        "payment.refund.reversed": "Does not name its sale; enter it by hand.",
        "payment.chargeback.reversed": "Does not name its sale; enter it by hand.",
        "payment.dispute.counter_fee.created": "A fee between COPE and the vendor.",
        "subscription.cancelled": "No further payments; what was paid stays paid.",
        "subscription.amount_changed": "The next payment tells its amount.",
    },
    event_type=EVENT,
    # The id in COPE's header is not signed; the one in the body is the same event. A refund that failed
    # and one that went through are two events of one transaction.
    event_key=First(
        Join(EVENT, Json("source"), Json("id")),
        Join(EVENT, Json("transaction_id"), Json("payment_status")),
        Join(EVENT, Json("idempotency_key")),
        Join(EVENT, BodyHash()),
    ),
    redact=(
        "buyer_id",
        "buyer_email",
        "buyer_firstname",
        "buyer_lastname",
        "buyer_phone_number",
        "buyer_address",
        "buyer_address_details",
        "buyer_city",
        "buyer_zipcode",
        "buyer_company_name",
        "buyer_vat_number",
        "buyer",
        "data.buyer",
        "data.additional_recipients",
        "data.order_overview_url",
        "order_overview_url",
    ),
)
