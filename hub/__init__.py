"""The names that a plugin author imports: ``import hub``, then ``hub.Plugin``, ``hub.Manifest`` …"""

from hub.contract import errors, facts, locators, schemes, signals
from hub.contract.deliveries import Delivery, DeliveryError, Host, Sent
from hub.contract.errors import (
    AuthenticationError,
    ConflictError,
    ContentTypeError,
    ContractError,
    ForbiddenError,
    PayloadError,
    RequestError,
)
from hub.contract.facts import (
    Fact,
    Line,
    OrderCancelled,
    OrderChanged,
    OrderPlaced,
    PaymentFailed,
    PaymentPending,
    PaymentSucceeded,
    Person,
    PrivacyRequested,
    SourceDisconnected,
    TicketOpened,
    TransactionCreated,
    TransactionDisputed,
    TransactionReferenced,
    TransactionRefunded,
)
from hub.contract.forms import read_form
from hub.contract.hookspecs import EarlyError, Plugin, Records, hookimpl
from hub.contract.inbound import Address, Connection, Headers, Inbound, Tenant
from hub.contract.lineage import LineageQuery, LineageRow
from hub.contract.manifest import Channel, Manifest
from hub.contract.outcome import Outcome, OutcomeKind, Persisted, Reply
from hub.contract.paying import Checkout, CheckoutError, CheckoutOver, Readiness, Redirect
from hub.contract.periodic import Tick, periodic
from hub.contract.reading import Payload, read_json
from hub.contract.schemes import Outgoing, Scheme
from hub.contract.settings import Secret, SecretList, Settings, SignedSettings, german
from hub.contract.signals import Announcement, Signal, receives
from hub.support.money import Money, MoneyError
from hub.version import __version__

__all__ = [
    "Address",
    "Announcement",
    "AuthenticationError",
    "Channel",
    "Checkout",
    "CheckoutError",
    "CheckoutOver",
    "ConflictError",
    "Connection",
    "ContentTypeError",
    "ContractError",
    "Delivery",
    "DeliveryError",
    "EarlyError",
    "Fact",
    "ForbiddenError",
    "Headers",
    "Host",
    "Inbound",
    "Line",
    "LineageQuery",
    "LineageRow",
    "Manifest",
    "Money",
    "MoneyError",
    "OrderCancelled",
    "OrderChanged",
    "OrderPlaced",
    "Outcome",
    "OutcomeKind",
    "Outgoing",
    "Payload",
    "PayloadError",
    "PaymentFailed",
    "PaymentPending",
    "PaymentSucceeded",
    "Persisted",
    "Person",
    "Plugin",
    "PrivacyRequested",
    "Readiness",
    "Records",
    "Redirect",
    "Reply",
    "RequestError",
    "Scheme",
    "Secret",
    "SecretList",
    "Sent",
    "Settings",
    "Signal",
    "SignedSettings",
    "SourceDisconnected",
    "Tenant",
    "Tick",
    "TicketOpened",
    "TransactionCreated",
    "TransactionDisputed",
    "TransactionReferenced",
    "TransactionRefunded",
    "__version__",
    "errors",
    "facts",
    "german",
    "hookimpl",
    "locators",
    "periodic",
    "read_form",
    "read_json",
    "receives",
    "schemes",
    "signals",
]
