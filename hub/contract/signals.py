"""Signals announce a persisted record, inside the transaction that made it.

A receiver is a method of an effect plugin, marked with ``receives``. It is called with an
``Announcement`` and the unit of work of that transaction, and may only touch the database: what
it writes commits with the record or not at all. If it raises, its own writes are undone, the
failure is recorded, and neither the record nor another receiver is touched. It may be called again
after what it wrote was undone, since receivers are tried together first and then one by one. It is
not called for tenants for whom its plugin is off; that skip is recorded. What it returns means
nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from hub.contract.inbound import Tenant
from hub.contract.outcome import Action

MARK = "__hub_receives__"

ReceiverT = TypeVar("ReceiverT", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal's name and its promise. ``record`` is the kind of record that it announces.

    A receiver hears of one record and event once, even if the event is replayed. What ``recurs`` it
    hears each time that a replay of the event changes the record.
    """

    name: str
    record: str
    doc: str
    recurs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What a receiver is told: which record, whose, and from which event (received at an aware UTC
    time). What a person did has no event; then ``received_at`` is when they did it. What the record says
    now it reads from the database: a receiver that reckons from the record's state gives the same result
    however often and in whatever order it is called."""

    signal: Signal
    tenant: Tenant
    tenant_id: UUID
    event_id: UUID | None
    received_at: datetime
    record_id: UUID
    action: Action


order_placed = Signal("order_placed", "order", "A new order is in the inbox.")
order_changed = Signal("order_changed", "order", "A known order has a newer version.", recurs=True)
order_processed = Signal("order_processed", "order", "Somebody took an order out of the inbox.")
order_cancelled = Signal("order_cancelled", "order", "An order was called off.")
ticket_opened = Signal("ticket_opened", "ticket", "A new ticket is open.")
ticket_replied = Signal("ticket_replied", "ticket_message", "A member answered a ticket.")
ticket_assigned = Signal("ticket_assigned", "assignment", "A ticket was given to a member by hand.")
transaction_created = Signal("transaction_created", "transaction", "A sale was recorded.")
transaction_changed = Signal(
    "transaction_changed",
    "transaction",
    "A replay read the sale, a refund or a dispute of it anew, and it says something else now.",
    recurs=True,
)
transaction_refunded = Signal(
    "transaction_refunded", "transaction", "The refunded amount of a sale changed, up or down."
)
transaction_disputed = Signal(
    "transaction_disputed", "transaction", "A dispute of a sale was opened or decided."
)
transaction_assigned = Signal(
    "transaction_assigned", "assignment", "Sales were given by hand to a partner who is a member."
)
invoice_sent = Signal("invoice_sent", "invoice_message", "A member had an invoice sent to its customer.")
invoice_reminded = Signal(
    "invoice_reminded", "invoice_message", "A member had the customer reminded of an overdue invoice."
)
payment_pending = Signal("payment_pending", "payment", "An invoice's payment is on its way.")
payment_succeeded = Signal("payment_succeeded", "payment", "The money for an invoice arrived.")
payment_failed = Signal("payment_failed", "payment", "An invoice's payment came to nothing.")
privacy_requested = Signal("privacy_requested", "privacy_request", "Personal data is to be shown or erased.")
source_disconnected = Signal("source_disconnected", "connection", "The other side cut the connection.")


@dataclass(frozen=True, slots=True)
class Received:
    """What ``receives`` notes on a receiver."""

    signals: tuple[Signal, ...]
    background: bool


ALL: tuple[Signal, ...] = (
    order_placed,
    order_changed,
    order_processed,
    order_cancelled,
    ticket_opened,
    ticket_replied,
    ticket_assigned,
    transaction_created,
    transaction_changed,
    transaction_refunded,
    transaction_disputed,
    transaction_assigned,
    invoice_sent,
    invoice_reminded,
    payment_pending,
    payment_succeeded,
    payment_failed,
    privacy_requested,
    source_disconnected,
)

BY_NAME = {signal.name: signal for signal in ALL}


def receives(*signals: Signal, background: bool = False) -> Callable[[ReceiverT], ReceiverT]:
    """Mark a method ``(self, announcement, unit)`` of a plugin as a receiver of these signals.

    With ``background`` it is not called within the record's transaction: a worker calls it soon
    after, in a transaction of its own that also notes it as done.
    """

    def mark(receiver: ReceiverT) -> ReceiverT:
        setattr(receiver, MARK, Received(signals, background))
        return receiver

    return mark
