"""The one door through which facts become rows."""

from collections.abc import Sequence

from hub.contract.facts import (
    Fact,
    OrderCancelled,
    OrderChanged,
    OrderPlaced,
    PaymentFailed,
    PaymentPending,
    PaymentSucceeded,
    PrivacyRequested,
    SourceDisconnected,
    TicketOpened,
    TransactionCreated,
    TransactionDisputed,
    TransactionReferenced,
    TransactionRefunded,
)
from hub.contract.outcome import Persisted
from hub.records.applying import invoices, notices, orders, reversals, tickets, transactions
from hub.records.applying.source import Source
from hub.records.database import Unit


class Applier:
    """Applies facts of one event in one transaction (the contract's ``Records``).

    Afterwards ``announced`` holds each record that was touched, and ``awaited`` the ids of sales
    that parked events wait for.
    """

    def __init__(self, unit: Unit, source: Source) -> None:
        self._unit = unit
        self._source = source
        self._count = 0
        self.announced: list[Persisted] = []
        self.awaited: list[str] = []

    def apply(self, fact: Fact) -> Sequence[Persisted]:
        """Make or change the records that the fact speaks of. Raises EarlyError."""
        self._count += 1
        persisted = self._apply(fact)
        self.announced.append(persisted)
        return [persisted]

    def _apply(self, fact: Fact) -> Persisted:
        unit, source = self._unit, self._source
        match fact:
            case TransactionCreated():
                return self._awaiting(transactions.create(unit, source, fact))
            case TransactionReferenced():
                return self._awaiting(transactions.reference(unit, source, fact))
            case TransactionRefunded():
                return reversals.refund(unit, source, fact)
            case TransactionDisputed():
                return reversals.dispute(unit, source, fact)
            case OrderPlaced():
                return orders.place(unit, source, fact, self._count)
            case OrderChanged():
                return orders.change(unit, source, fact, self._count)
            case OrderCancelled():
                return orders.cancel(unit, source, fact, self._count)
            case TicketOpened():
                return tickets.open_ticket(unit, source, fact, self._count)
            case PaymentPending() | PaymentSucceeded() | PaymentFailed():
                return invoices.pay(unit, source, fact)
            case PrivacyRequested():
                return notices.request_privacy(unit, source, fact)
            case SourceDisconnected():
                return notices.disconnect(unit, source, fact)

    def _awaiting(self, result: tuple[Persisted, list[str]]) -> Persisted:
        persisted, awaited = result
        self.awaited.extend(awaited)
        return persisted
