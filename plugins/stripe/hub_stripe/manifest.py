"""What the Stripe source says about itself.

Source of the three keys and of the routes: CloudCRM, chapter "Stripe-Integration
(Online-Zahlungen)". Source of the event types: https://docs.stripe.com/api/events/types.
"""

import hub
from hub.contract.locators import Json
from hub_stripe.connecting import setup
from hub_stripe.scheme import StripeSignature
from hub_stripe.settings import Settings

SALE = "The session or the invoice of this payment tells the same sale; two would count it twice."
UNPAID = "No money moved: an invoice on its way, which counts once it is paid."
ATTEMPT = "An attempt: the session or the invoice tells how it ended."
CUSTOMER = "Sales carry their customer; Stripe's own customer list is not kept."
SUBSCRIPTION = "The subscription's invoices tell each payment; its state moves no money."
CATALOGUE = "Stripe's catalogue is not kept; sales name their product."
PAYOUT = "Stripe pays the merchant: no sale."

manifest = hub.Manifest(
    slug="stripe",
    title={"de": "Stripe", "en": "Stripe"},
    description={
        "de": "Online-Zahlungen für Rechnungen, Verkäufe, Abonnements, Erstattungen und Rückbuchungen.",
        "en": "Online payments for invoices, sales, subscriptions, refunds and disputes.",
    },
    routes=(
        "/api/webhooks/<tenant>/stripe",
        "/webhooks/stripe",
        "/webhooks/stripe_webhook.php",  # the address that existing endpoints have stored in Stripe
    ),
    scheme=StripeSignature(),
    settings=Settings,
    paying=setup,
    events={
        "checkout.session.completed": "A paid session is a sale and pays the invoice that it names.",
        "checkout.session.async_payment_succeeded": "The delayed payment arrived: the sale.",
        "checkout.session.async_payment_failed": "The invoice that the session names stays open.",
        "checkout.session.expired": "Nobody paid: the invoice that the session names stays open.",
        "invoice.paid": "A payment of a subscription, or a one-off Stripe invoice: a sale.",
        "invoice_payment.paid": "Ties the payment to the invoice's sale, so that refunds find it.",
        "refund.created": "The sale is refunded, in whole or in part.",
        "refund.updated": "The refund went through, failed or was called off.",
        "refund.failed": "The refund came back: the sale counts again.",
        "charge.refund.updated": "The older name of refund.updated.",
        "charge.refunded": "The running total of a sale's refunds, or the refunds themselves.",
        "charge.dispute.created": "The sale is disputed; a mere inquiry is ignored.",
        "charge.dispute.updated": "The dispute has a new status.",
        "charge.dispute.closed": "The dispute is won or lost.",
        "charge.dispute.funds_withdrawn": "The bank took the disputed amount.",
        "charge.dispute.funds_reinstated": "The disputed amount came back.",
    },
    ignored={
        # https://docs.stripe.com/payments/payment-intents/verifying-status#webhooks
        "payment_intent.succeeded": SALE,
        "charge.succeeded": SALE,
        "charge.captured": SALE,
        "charge.updated": SALE,
        # https://docs.stripe.com/api/events/types#event_types-invoice.payment_succeeded: fires
        # beside invoice.paid, and not for invoices that were marked as paid by hand.
        "invoice.payment_succeeded": SALE,
        "payment_intent.created": ATTEMPT,
        "payment_intent.processing": ATTEMPT,
        "payment_intent.requires_action": ATTEMPT,
        "payment_intent.amount_capturable_updated": ATTEMPT,
        "payment_intent.partially_funded": ATTEMPT,
        "payment_intent.payment_failed": ATTEMPT,
        "payment_intent.canceled": ATTEMPT,
        "charge.pending": ATTEMPT,
        "charge.failed": ATTEMPT,
        "charge.expired": ATTEMPT,
        "invoice.payment_failed": ATTEMPT,
        "invoice.payment_action_required": ATTEMPT,
        "invoice.created": UNPAID,
        "invoice.updated": UNPAID,
        "invoice.finalized": UNPAID,
        "invoice.finalization_failed": UNPAID,
        "invoice.sent": UNPAID,
        "invoice.upcoming": UNPAID,
        "invoice.overdue": UNPAID,
        "invoice.will_be_due": UNPAID,
        "invoice.voided": UNPAID,
        "invoice.deleted": UNPAID,
        "invoice.marked_uncollectible": UNPAID,
        "customer.created": CUSTOMER,
        "customer.updated": CUSTOMER,
        "customer.deleted": CUSTOMER,
        "payment_method.attached": CUSTOMER,
        "setup_intent.succeeded": CUSTOMER,
        "customer.subscription.created": SUBSCRIPTION,
        "customer.subscription.updated": SUBSCRIPTION,
        "customer.subscription.deleted": SUBSCRIPTION,
        "customer.subscription.paused": SUBSCRIPTION,
        "customer.subscription.resumed": SUBSCRIPTION,
        "customer.subscription.trial_will_end": SUBSCRIPTION,
        "product.created": CATALOGUE,
        "product.updated": CATALOGUE,
        "price.created": CATALOGUE,
        "price.updated": CATALOGUE,
        "payout.created": PAYOUT,
        "payout.paid": PAYOUT,
        "payout.failed": PAYOUT,
        "balance.available": PAYOUT,
    },
    event_type=Json("type", required=True),
    event_key=Json("id", required=True),
    redact=(
        "data.object.customer_details",
        "data.object.customer_email",
        "data.object.customer_name",
        "data.object.customer_phone",
        "data.object.customer_address",
        "data.object.customer_shipping",
        "data.object.customer_tax_ids",
        "data.object.collected_information",
        "data.object.shipping_details",
        "data.object.shipping",
        "data.object.custom_fields",
        "data.object.client_secret",
        "data.object.billing_details",
        "data.object.receipt_email",
        "data.object.payment_method_details",
        "data.object.source",
        "data.object.evidence",
    ),
)
