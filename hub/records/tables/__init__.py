"""All tables. They carry no business validation; that is done before a row is made."""

from hub.records.tables.events import EffectRun, InboundEvent, ParkedEvent
from hub.records.tables.jobs import PeriodicJob
from hub.records.tables.outgoing import Delivery, DeliveryAttempt, Notification, WebhookEndpoint
from hub.records.tables.people import AuditEntry, MemberToken, RecoveryCode, SecondFactor
from hub.records.tables.sales import (
    Checkout,
    Customer,
    Invoice,
    InvoiceSeries,
    Order,
    Payment,
    PrivacyRequest,
    Reversal,
    Ticket,
    TicketMessage,
    Transaction,
    TransactionReference,
)
from hub.records.tables.tenancy import ApiKey, Connection, Installation, Member, Membership, Tenant

__all__ = [
    "ApiKey",
    "AuditEntry",
    "Checkout",
    "Connection",
    "Customer",
    "Delivery",
    "DeliveryAttempt",
    "EffectRun",
    "InboundEvent",
    "Installation",
    "Invoice",
    "InvoiceSeries",
    "Member",
    "MemberToken",
    "Membership",
    "Notification",
    "Order",
    "ParkedEvent",
    "Payment",
    "PeriodicJob",
    "PrivacyRequest",
    "RecoveryCode",
    "Reversal",
    "SecondFactor",
    "Tenant",
    "Ticket",
    "TicketMessage",
    "Transaction",
    "TransactionReference",
    "WebhookEndpoint",
]
