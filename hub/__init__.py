"""The names that a plugin author imports: ``import hub``, then ``hub.Plugin``, ``hub.Manifest`` …"""

from hub.contract import browsers, errors, facts, locators, proofs, schemes, signals, translating
from hub.contract.backfill import (
    BackfillError,
    BackfillPage,
    BackfillQuery,
    Lookback,
    Original,
    Web,
    WebAnswer,
)
from hub.contract.browsers import BrowserSettings
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
from hub.contract.guides import Guide, GuideStep
from hub.contract.hookspecs import EarlyError, Plugin, Records, UnwantedError, hookimpl
from hub.contract.inbound import Address, Connection, Headers, Inbound, Tenant
from hub.contract.lineage import LineageQuery, LineageRow
from hub.contract.manifest import Channel, Manifest
from hub.contract.outcome import Outcome, OutcomeKind, Persisted, Reply
from hub.contract.paying import (
    Checkout,
    CheckoutError,
    CheckoutOver,
    PaymentKey,
    PaymentSetup,
    PaymentStep,
    Readiness,
    Redirect,
)
from hub.contract.periodic import Tick, periodic
from hub.contract.privacy import DataSubject, Erased
from hub.contract.reading import Payload, read_json
from hub.contract.schemes import Outgoing, Scheme
from hub.contract.settings import Secret, SecretList, Settings, SignedSettings, german, web_orders
from hub.contract.signals import Announcement, Signal, receives
from hub.contract.translating import MappedSettings
from hub.support.money import Money, MoneyError
from hub.version import __version__

__all__ = [
    "Address",
    "Announcement",
    "AuthenticationError",
    "BackfillError",
    "BackfillPage",
    "BackfillQuery",
    "BrowserSettings",
    "Channel",
    "Checkout",
    "CheckoutError",
    "CheckoutOver",
    "ConflictError",
    "Connection",
    "ContentTypeError",
    "ContractError",
    "DataSubject",
    "Delivery",
    "DeliveryError",
    "EarlyError",
    "Erased",
    "Fact",
    "ForbiddenError",
    "Guide",
    "GuideStep",
    "Headers",
    "Host",
    "Inbound",
    "Line",
    "LineageQuery",
    "LineageRow",
    "Lookback",
    "Manifest",
    "MappedSettings",
    "Money",
    "MoneyError",
    "OrderCancelled",
    "OrderChanged",
    "OrderPlaced",
    "Original",
    "Outcome",
    "OutcomeKind",
    "Outgoing",
    "Payload",
    "PayloadError",
    "PaymentFailed",
    "PaymentKey",
    "PaymentPending",
    "PaymentSetup",
    "PaymentStep",
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
    "UnwantedError",
    "Web",
    "WebAnswer",
    "__version__",
    "browsers",
    "errors",
    "facts",
    "german",
    "hookimpl",
    "locators",
    "periodic",
    "proofs",
    "read_form",
    "read_json",
    "receives",
    "schemes",
    "signals",
    "translating",
    "web_orders",
]
