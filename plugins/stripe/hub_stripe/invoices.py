"""Stripe's invoices as facts: subscriptions, and invoices that were sent by hand.

Invoices come in the shape of the account's API version, from 2017 to today. The great break is
https://docs.stripe.com/changelog/basil/2025-03-31: ``charge``, ``payment_intent``,
``subscription`` and ``tax`` are gone or have moved; both places are read.
"""

from collections.abc import Sequence

import hub
from hub_stripe.currencies import minus, money
from hub_stripe.event import (
    CAMPAIGN,
    KNOWN,
    OWN_INVOICE,
    PARTNER,
    PRODUCT_ID,
    PRODUCT_NAME,
    Event,
    first,
    object_id,
    object_ids,
    short,
)
from hub_stripe.settings import Settings


def map_invoice_paid(event: Event, settings: Settings) -> Sequence[hub.Fact]:
    """An invoice is paid, by whatever means; nothing was paid for a trial.

    One-off invoices are sales too, unless the tenant says that its checkouts are
    (``count_one_off_invoices``; the sessions then behave the other way round).
    """
    invoice = event.object
    recurring = _recurring(invoice)
    if not (recurring or settings.count_one_off_invoices):
        return []
    gross = money(_amount_paid(invoice), invoice["currency"])
    return [_sale(event, gross, recurring)] if gross.minor else []


def map_invoice_payment_paid(event: Event, settings: Settings) -> Sequence[hub.Fact]:
    """Says which payment paid an invoice, as the invoice itself does no longer since Basil
    (https://docs.stripe.com/changelog/basil/2025-05-28/partial-payments); refunds and disputes name
    nothing but the payment."""
    references = _payment_ids(event.object)
    if not references:
        return []  # a payment made outside of Stripe, which Stripe will not refund
    invoice = object_id(event.object["invoice"])
    if invoice is None:
        raise event.object["invoice"].wrong("the id of the invoice")
    return [hub.TransactionReferenced(refers_to=(invoice,), references=references)]


def _sale(event: Event, gross: hub.Money, recurring: bool) -> hub.Fact:
    invoice = event.object
    metadata = (invoice["metadata"], *_subscription_metadata(invoice))
    tax = _tax(invoice, gross)
    line = invoice["lines"]["data"][0]
    return hub.TransactionCreated(
        external_id=invoice["id"].identifier(),
        gross=gross,
        net=None if tax is None else minus(gross, tax),
        tax=tax,
        occurred_at=event.occurred_at,
        customer=_customer(invoice),
        partner_code=first(PARTNER, *metadata),
        campaign=first(CAMPAIGN, *metadata),
        product_id=first(PRODUCT_ID, *metadata) or _product(line),
        product_name=first(PRODUCT_NAME, *metadata, limit=500) or short(line["description"], 500),
        recurring=recurring,
        invoice=first(OWN_INVOICE, *metadata),
        references=_payments(invoice),
        test=event.test,
        extra=_extra(invoice),
    )


def _amount_paid(invoice: hub.Payload) -> hub.Payload:
    """The oldest events have no ``amount_paid``; what was due was paid at once."""
    return invoice["amount_paid"] if invoice["amount_paid"].present else invoice["amount_due"]


def _recurring(invoice: hub.Payload) -> bool:
    """Whether a subscription made the invoice. ``billing_reason`` is ``subscription`` in the
    oldest versions, ``subscription_create``, ``subscription_cycle`` … in newer ones."""
    reason = invoice["billing_reason"].optional.text() or ""
    subscription = object_ids(
        invoice["subscription"], invoice["parent"]["subscription_details"]["subscription"]
    )
    return reason.startswith("subscription") or bool(subscription)


def _subscription_metadata(invoice: hub.Payload) -> tuple[hub.Payload, hub.Payload]:
    return (
        invoice["parent"]["subscription_details"]["metadata"],
        invoice["subscription_details"]["metadata"],
    )


def _tax(invoice: hub.Payload, gross: hub.Money) -> hub.Money | None:
    """The tax on what was paid, if Stripe says it and the whole total was paid.

    Without tax rates and automatic tax an empty list, or a 0, means that Stripe does not know.
    """
    total = invoice["total"]
    if not total.present or money(total, invoice["currency"]) != gross:
        return None
    minor = sum(money(field, invoice["currency"]).minor for field in _tax_fields(invoice))
    if minor == 0 and invoice["automatic_tax"]["enabled"].optional.boolean() is not True:
        return None
    if minor > gross.minor:
        raise total.wrong("at least the sum of its taxes")
    return hub.Money(minor, gross.currency)


def _tax_fields(invoice: hub.Payload) -> list[hub.Payload]:
    """The amounts of tax: since Basil, before it, and in the oldest versions."""
    for name in ("total_taxes", "total_tax_amounts"):
        if invoice[name].present:
            return [tax["amount"] for tax in invoice[name].items()]
    return [invoice["tax"]] if invoice["tax"].present else []


def _payments(invoice: hub.Payload) -> tuple[str, ...]:
    """The ids by which refunds and disputes name this sale. Since Basil they stand in
    ``payments``, which webhooks leave out: then ``invoice_payment.paid`` brings them."""
    old = object_ids(invoice["payment_intent"], invoice["charge"])
    new = (name for payment in invoice["payments"]["data"].items() for name in _payment_ids(payment))
    return tuple(dict.fromkeys((*old, *new)))


def _payment_ids(invoice_payment: hub.Payload) -> tuple[str, ...]:
    payment = invoice_payment["payment"]
    return object_ids(payment["payment_intent"], payment["charge"])


def _product(line: hub.Payload) -> str | None:
    """What the first line sells: since Basil, before it, and in the oldest versions."""
    found = object_ids(
        line["pricing"]["price_details"]["product"], line["price"]["product"], line["plan"]["product"]
    )
    return found[0] if found else None


def _customer(invoice: hub.Payload) -> hub.Person | None:
    person = hub.Person(
        email=invoice["customer_email"].optional.text(max_length=320),
        external_id=object_id(invoice["customer"]),
        name=short(invoice["customer_name"]),
        phone=short(invoice["customer_phone"]),
    )
    return None if person == hub.Person() else person


def _extra(invoice: hub.Payload) -> dict[str, object]:
    metadata = invoice["metadata"].rest(*KNOWN) if invoice["metadata"].present else {}
    number = invoice["number"].optional.text()
    return metadata if number is None else {**metadata, "stripe_invoice_number": number}
