"""What the Digistore24 source says about itself.

Events: https://dev.digistore24.com/en/articles/13-events. Signature and answer:
https://github.com/digistore24/ds24-appkit (``docs/digistore-integration.md``).
"""

import hub
from hub.contract.locators import BodyHash, Field, First, Join
from hub_digistore24.settings import Settings

EVENT = Field("event", required=True)

BUYER = (
    "email",
    "buyer_email",
    "buyer_id",
    "buyer_first_name",
    "buyer_last_name",
    "customer_affiliate_name",
    "customer_affiliate_promo_url",
)
"""Fields about the buyer."""

LINKS = (
    "add_url",
    "custom_key",
    "invoice_url",
    "order_details_url",
    "purchase_key",
    "rebilling_stop_url",
    "receipt_url",
    "renew_url",
    "request_refund_url",
    "support_url",
    "switch_pay_interval_url",
    "upgrade_key",
)
"""Addresses and keys with which whoever knows them can act for the buyer."""

PLACE = ("city", "company", "id", "mobile_no", "phone_no", "street", "street2", "tax_id", "zipcode")
NAMED = (*PLACE, "first_name", "last_name", "street_name", "street_number")
ADDRESSES = tuple(
    f"{kind}_{part}"
    for kind, parts in (("address", NAMED), ("billing", NAMED), ("buyer_address", PLACE))
    for part in parts
)
"""The three addresses of a notification, part by part."""

manifest = hub.Manifest(
    slug="digistore24",
    title={"de": "Digistore24", "en": "Digistore24"},
    description={
        "de": "Verkäufe, Folgezahlungen, Erstattungen und Rücklastschriften aus Digistore24.",
        "en": "Sales, renewals, refunds and chargebacks of Digistore24.",
    },
    routes=("/api/webhooks/<tenant>/digistore24",),
    # The API's ipnSetup fetches the address, and refuses one that does not answer 200 itself.
    probe_answer="OK",
    # Digistore24's own code takes names in upper case, too.
    scheme=hub.schemes.SortedParameters(parameter="sha_sign", also=("SHASIGN",), uppercase_names=None),
    settings=Settings,
    content_types=("application/x-www-form-urlencoded",),
    events={
        "on_payment": "A payment, the first or a renewal: makes a transaction.",
        "on_refund": "Takes the refunded money off the sale; before the sale it waits.",
        "on_chargeback": "The bank took the money back: the sale is charged back.",
    },
    ignored={
        "connection_test": "Digistore24 tries whether the address answers.",
        "on_payment_missed": "A rate or renewal did not come; no money moved.",
        "payment_denial": "A payment was refused; no money moved.",
        "on_rebill_cancelled": "No renewals from now on; what was paid stays paid.",
        "on_rebill_resumed": "Renewals go on; each is told by on_payment.",
        "last_paid_day": "The paid period ends; no money moved.",
        "on_affiliation": "Somebody became an affiliate; partners are kept here by hand.",
        "eticket": "A ticket for an event was issued; the sale is told by on_payment.",
        "custom_form": "The buyer filled in a form; the sale is told by on_payment.",
    },
    event_type=EVENT,
    # There is no id of the event, and several events tell of one order: the transaction is what differs.
    event_key=First(Join(EVENT, Field("transaction_id")), Join(EVENT, BodyHash())),
    redact=(*BUYER, *ADDRESSES, *LINKS),
)
