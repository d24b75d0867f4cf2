"""Checkout sessions as facts.

Source: https://docs.stripe.com/api/checkout/sessions/object and, for delayed payment methods,
https://docs.stripe.com/checkout/fulfillment.
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

PAID = ("paid", "no_payment_required")


def map_checkout_session_completed(event: Event, settings: Settings) -> Sequence[hub.Fact]:
    """The form is finished; it is a sale only if it is paid. SEPA and the like are *unpaid* here."""
    session = event.object
    if not _takes_payment(session):
        return []
    if session["payment_status"].text() in PAID:
        return _paid(event, settings)
    if (invoice := first(OWN_INVOICE, session["metadata"])) is None:
        return []
    return [
        hub.PaymentPending(
            external_id=session["id"].identifier(),
            invoice=invoice,
            amount=money(session["amount_total"], session["currency"]),
            occurred_at=event.occurred_at,
            method=_method(session),
            references=object_ids(session["payment_intent"]),
        )
    ]


def map_checkout_session_async_payment_succeeded(event: Event, settings: Settings) -> Sequence[hub.Fact]:
    """The delayed payment arrived: the sale, under the same session id."""
    return _paid(event, settings) if _takes_payment(event.object) else []


def map_checkout_session_async_payment_failed(event: Event, settings: Settings) -> Sequence[hub.Fact]:
    """The delayed payment came to nothing; what was never a sale is of interest to invoices only."""
    return _payment_failed(event, "async_payment_failed")


def map_checkout_session_expired(event: Event, settings: Settings) -> Sequence[hub.Fact]:
    """Nobody finished the form; the invoice that it was for stays open."""
    return _payment_failed(event, "expired")


def _takes_payment(session: hub.Payload) -> bool:
    """Whether the session itself is a payment.

    A subscription is told by its ``invoice.paid``, the first one too: counting its session as well
    would count it twice. A setup has no amount, and neither have sessions from before 2020, which
    lack the mode too.
    """
    return session["mode"].optional.text() == "payment" and session["amount_total"].present


def _paid(event: Event, settings: Settings) -> Sequence[hub.Fact]:
    session = event.object
    invoice = first(OWN_INVOICE, session["metadata"])
    payment = [] if invoice is None else [_payment_succeeded(event, invoice)]
    stripe_invoice = object_id(session["invoice"])
    if stripe_invoice is None or not settings.count_one_off_invoices:
        return [_sale(event, invoice), *payment]
    # Stripe made an invoice of this payment, and sends invoice.paid for it as well
    # (https://docs.stripe.com/payments/checkout/post-payment-invoices): the sale is left to that.
    # The ids are tied together, but not where that could hold up the payment of the tenant's own
    # invoice: what comes before its sale is parked, and an event is parked as a whole.
    return payment or [
        hub.TransactionReferenced(
            refers_to=(stripe_invoice,), references=object_ids(session["id"], session["payment_intent"])
        )
    ]


def _sale(event: Event, invoice: str | None) -> hub.Fact:
    session = event.object
    metadata = session["metadata"]
    gross = money(session["amount_total"], session["currency"])
    tax = _tax(session, gross)
    return hub.TransactionCreated(
        external_id=session["id"].identifier(),
        gross=gross,
        net=None if tax is None else minus(gross, tax),
        tax=tax,
        other_gross=_other_gross(session),
        occurred_at=event.occurred_at,
        customer=_customer(session),
        partner_code=short(session["client_reference_id"]) or first(PARTNER, metadata),
        campaign=first(CAMPAIGN, metadata),
        product_id=first(PRODUCT_ID, metadata),
        product_name=first(PRODUCT_NAME, metadata, limit=500),
        invoice=invoice,
        references=object_ids(session["payment_intent"], session["invoice"]),
        test=event.test,
        extra=metadata.rest(*KNOWN) if metadata.present else {},
    )


def _payment_succeeded(event: Event, invoice: str) -> hub.Fact:
    session = event.object
    return hub.PaymentSucceeded(
        external_id=session["id"].identifier(),
        invoice=invoice,
        amount=money(session["amount_total"], session["currency"]),
        occurred_at=event.occurred_at,
        method=_method(session),
        references=object_ids(session["payment_intent"]),
    )


def _payment_failed(event: Event, reason: str) -> Sequence[hub.Fact]:
    session = event.object
    invoice = first(OWN_INVOICE, session["metadata"])
    if invoice is None or not _takes_payment(session):
        return []
    return [
        hub.PaymentFailed(
            external_id=session["id"].identifier(),
            invoice=invoice,
            amount=money(session["amount_total"], session["currency"]),
            occurred_at=event.occurred_at,
            method=_method(session),
            references=object_ids(session["payment_intent"]),
            reason=reason,
        )
    ]


def _tax(session: hub.Payload, gross: hub.Money) -> hub.Money | None:
    """The tax, if Stripe computed one. Without automatic tax a 0 only means that it did not."""
    field = session["total_details"]["amount_tax"]
    if not field.present:
        return None
    tax = money(field, session["currency"])
    if tax.minor == 0 and session["automatic_tax"]["enabled"].optional.boolean() is not True:
        return None
    if tax.minor > gross.minor:
        raise field.wrong("no more than amount_total")
    return tax


def _other_gross(session: hub.Payload) -> hub.Money | None:
    """The same amount in the currency of the shop or of the customer, where prices are localized
    (https://docs.stripe.com/payments/currencies/localize-prices): since Basil beside the session's
    own amount, before it as the amount that the session was created with."""
    shown = session["presentment_details"]
    if shown.present:
        return money(shown["presentment_amount"], shown["presentment_currency"])
    converted = session["currency_conversion"]
    return money(converted["amount_total"], converted["source_currency"]) if converted.present else None


def _customer(session: hub.Payload) -> hub.Person | None:
    """Who paid. The address is taken as typed in: a paid sale is not refused for an odd one."""
    details = session["customer_details"]
    person = hub.Person(
        email=details["email"].optional.text(max_length=320)
        or session["customer_email"].optional.text(max_length=320),
        external_id=object_id(session["customer"]),
        name=short(details["name"]),
        phone=short(details["phone"]),
    )
    return None if person == hub.Person() else person


def _method(session: hub.Payload) -> str | None:
    """How it was paid, which the session says only where it offered a single way."""
    methods = session["payment_method_types"].items()
    return short(methods[0]) if len(methods) == 1 else None
