"""All tables. They carry no business validation; that is done before a row is made."""

from hub.records.tables.access import AccessKey, KeptAnswer
from hub.records.tables.backfills import Backfill
from hub.records.tables.billing import InvoiceIssuer, InvoiceMessage, InvoicePaper
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
from hub.records.tables.telling import (
    Assignment,
    HubSecret,
    NotificationChoice,
    PushSubscription,
)
from hub.records.tables.tenancy import ApiKey, Connection, Installation, Member, Membership, Tenant
from hub.records.tables.timings import EventTiming

__all__ = [
    "AccessKey",
    "ApiKey",
    "Assignment",
    "AuditEntry",
    "Backfill",
    "Checkout",
    "Connection",
    "Customer",
    "Delivery",
    "DeliveryAttempt",
    "EffectRun",
    "EventTiming",
    "HubSecret",
    "InboundEvent",
    "Installation",
    "Invoice",
    "InvoiceIssuer",
    "InvoiceMessage",
    "InvoicePaper",
    "InvoiceSeries",
    "KeptAnswer",
    "Member",
    "MemberToken",
    "Membership",
    "Notification",
    "NotificationChoice",
    "Order",
    "ParkedEvent",
    "Payment",
    "PeriodicJob",
    "PrivacyRequest",
    "PushSubscription",
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
