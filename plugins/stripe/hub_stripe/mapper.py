"""Which function maps which event: all pure, from Stripe's objects to facts."""

from collections.abc import Callable, Sequence

import hub
from hub_stripe.event import Event
from hub_stripe.invoices import map_invoice_paid, map_invoice_payment_paid
from hub_stripe.refunds import (
    map_charge_dispute,
    map_charge_dispute_funds_reinstated,
    map_charge_dispute_funds_withdrawn,
    map_charge_refunded,
    map_refund,
)
from hub_stripe.sessions import (
    map_checkout_session_async_payment_failed,
    map_checkout_session_async_payment_succeeded,
    map_checkout_session_completed,
    map_checkout_session_expired,
)
from hub_stripe.settings import Settings

Mapper = Callable[[Event, Settings], Sequence[hub.Fact]]

MAPPERS: dict[str, Mapper] = {
    "checkout.session.completed": map_checkout_session_completed,
    "checkout.session.async_payment_succeeded": map_checkout_session_async_payment_succeeded,
    "checkout.session.async_payment_failed": map_checkout_session_async_payment_failed,
    "checkout.session.expired": map_checkout_session_expired,
    "invoice.paid": map_invoice_paid,
    "invoice_payment.paid": map_invoice_payment_paid,
    "refund.created": map_refund,
    "refund.updated": map_refund,
    "refund.failed": map_refund,
    "charge.refund.updated": map_refund,
    "charge.refunded": map_charge_refunded,
    "charge.dispute.created": map_charge_dispute,
    "charge.dispute.updated": map_charge_dispute,
    "charge.dispute.closed": map_charge_dispute,
    "charge.dispute.funds_withdrawn": map_charge_dispute_funds_withdrawn,
    "charge.dispute.funds_reinstated": map_charge_dispute_funds_reinstated,
}
