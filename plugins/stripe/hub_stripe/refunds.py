"""Refunds and disputes as facts.

Both name a payment intent and a charge, never the session or invoice that they undo; the sale is
found by the references that it came with.
"""

from collections.abc import Sequence

import hub
from hub.contract.facts import DisputeStatus, RefundStatus
from hub_stripe.currencies import money
from hub_stripe.event import Event, object_ids, short
from hub_stripe.settings import Settings

# https://docs.stripe.com/api/refunds/object#refund_object-status
REFUNDS: dict[str, RefundStatus] = {
    "pending": "pending",
    "requires_action": "pending",  # promised already; the customer has yet to say where it is to go
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}

# https://docs.stripe.com/api/disputes/object#dispute_object-status
DISPUTES: dict[str, DisputeStatus | None] = {
    # An inquiry: the bank asks, and no money moves unless it becomes a dispute under the same id.
    "warning_needs_response": None,
    "warning_under_review": None,
    "warning_closed": "won",
    # Settled before it became a dispute: by a refund, which has events of its own, or by a withdrawal
    # (https://docs.stripe.com/changelog/basil/2025-08-27/add-preventions-to-dispute).
    "prevented": None,
    "needs_response": "open",
    "under_review": "open",
    "appeal_needs_response": "open",
    "appeal_under_review": "open",
    "won": "won",
    "lost": "lost",
    # Before 2014-11-20, for a dispute dropped because of a refund, which counts as that refund
    # (https://docs.stripe.com/changelog/2014-11-20/disputes-reported-won-refunded-charge).
    "charge_refunded": "won",
}

LOST_WITH_THE_MONEY = ("lost", "prevented")
"""Nothing more will be decided once the money is taken."""


def map_refund(event: Event, settings: Settings) -> Sequence[hub.Fact]:
    """One refund, at any point of its life: ``refund.*`` and the older ``charge.refund.updated``."""
    refund = event.object
    return _refund(event, refund, object_ids(refund["payment_intent"], refund["charge"]))


def map_charge_refunded(event: Event, settings: Settings) -> Sequence[hub.Fact]:
    """A charge was refunded, in whole or in part.

    Before 2022-11-15 the charge lists its refunds
    (https://docs.stripe.com/changelog/2022-11-15/deprecates-charges-auto-expand): they are told
    by their own ids. Since, and where the list is cut off, only the running total is known.
    """
    charge = event.object
    refers_to = object_ids(charge["payment_intent"], charge["id"], charge["invoice"])
    listed = charge["refunds"]["data"].items()
    if listed and charge["refunds"]["has_more"].optional.boolean() is not True:
        return [fact for refund in listed for fact in _refund(event, refund, refers_to)]
    amount = money(charge["amount_refunded"], charge["currency"])
    if amount.minor == 0:
        return []
    return [
        hub.TransactionRefunded(
            external_id=f"{charge['id'].identifier()}:{charge['amount_refunded'].integer()}",
            refers_to=refers_to,
            amount=amount,
            cumulative=True,
            occurred_at=event.occurred_at,
        )
    ]


def map_charge_dispute(event: Event, settings: Settings) -> Sequence[hub.Fact]:
    """A dispute was opened, changed or closed; its status says which."""
    status = event.object["status"]
    return _dispute(event, DISPUTES[status.choice(*DISPUTES)])


def map_charge_dispute_funds_withdrawn(event: Event, settings: Settings) -> Sequence[hub.Fact]:
    """The bank took the money, whatever the dispute was before; some are lost in the same moment."""
    status = event.object["status"].choice(*DISPUTES)
    return _dispute(event, "lost" if status in LOST_WITH_THE_MONEY else "open")


def map_charge_dispute_funds_reinstated(event: Event, settings: Settings) -> Sequence[hub.Fact]:
    """The money is back. The status may still read ``under_review`` in that moment."""
    return _dispute(event, "won")


def _refund(event: Event, refund: hub.Payload, refers_to: tuple[str, ...]) -> Sequence[hub.Fact]:
    if not refers_to:
        return []  # money that went back to a customer's balance or by hand: it undoes no sale
    return [
        hub.TransactionRefunded(
            external_id=refund["id"].identifier(),
            refers_to=refers_to,
            amount=money(refund["amount"], refund["currency"]),
            status=_refund_status(refund["status"]),
            occurred_at=event.occurred_at,
            reason=short(refund["failure_reason"]) or short(refund["reason"]),
        )
    ]


def _refund_status(field: hub.Payload) -> RefundStatus:
    """The oldest refunds have no status; they had succeeded."""
    return REFUNDS[field.choice(*REFUNDS)] if field.present else "succeeded"


def _dispute(event: Event, status: DisputeStatus | None) -> Sequence[hub.Fact]:
    dispute = event.object
    refers_to = object_ids(dispute["payment_intent"], dispute["charge"])
    if status is None or not refers_to:
        return []
    return [
        hub.TransactionDisputed(
            # the oldest disputes have no id; a charge had no more than one then
            external_id=dispute["id"].optional.identifier() or f"dispute:{refers_to[-1]}",
            refers_to=refers_to,
            amount=money(dispute["amount"], dispute["currency"]),
            status=status,
            occurred_at=event.occurred_at,
            reason=short(dispute["reason"]),
        )
    ]
