"""Facts: what a ``parse`` hook returns. Frozen, provider-neutral statements of what happened.

A fact carries what the provider really says; what it does not say stays ``None`` (never a guessed
tax). Amounts are ``Money`` (exact), times are aware, ids and codes are text as the provider
writes them. ``extra`` keeps whatever else the sender said, as JSON values, and is shown with the
record.

``references`` are further ids by which the provider may name the same sale later (a payment
intent, a charge); ``refers_to`` are the ids by which a later fact names the sale, best first.
Ids of different kinds in one connection must not collide; prefix them if the provider's can.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from hub.support.money import Money

Extra = Mapping[str, Any]
"""Further fields as the sender wrote them: JSON values, fractions as ``Decimal``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who buys or asks. ``email`` is stripped and kept in the sender's case."""

    email: str | None = None
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    company: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One position of an order. Amounts are for one unit and for the whole position."""

    name: str
    quantity: Decimal = Decimal(1)
    sku: str | None = None
    product_id: str | None = None
    unit_price: Money | None = None
    total: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _OrderFact:
    external_id: str | None
    """The provider's id, by which later facts find the order; ``None`` if it gives none."""
    customer: Person
    total: Money | None = None
    """What the customer is to pay, tax included."""
    tax: Money | None = None
    number: str | None = None
    """The number that people know, such as ``#1001``."""
    subject: str | None = None
    payment_status: str | None = None
    """What the provider says of the payment, in its own word, such as ``partially_refunded``."""
    placed_at: datetime | None = None
    changed_at: datetime | None = None
    """The provider's version of the order: an older one never overwrites a newer one."""
    lines: tuple[Line, ...] = ()
    test: bool = False
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(_OrderFact):
    """Somebody ordered. Makes an order of status *new*; known already: nothing happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChanged(_OrderFact):
    """The order is now like this. Makes it if it is unknown; an older version is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(_OrderFact):
    """The order was called off, ``changed_at`` says when. Makes it, cancelled, if unknown."""

    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketOpened:
    """Somebody asks something. Makes a ticket of status *open*, tied to the customer with this
    e-mail (in any case) if there is one."""

    external_id: str | None = None
    customer: Person
    subject: str | None = None
    message: str
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionCreated:
    """A sale that was paid, told once by ``external_id``. Makes the transaction and its customer.

    ``partner_code`` and ``campaign`` as the sender wrote them. ``other_gross`` is the same sale
    in the second currency that a refund may be told in (shop and presentment currency).
    ``invoice`` names one of the tenant's own invoices by number or id.
    """

    external_id: str
    gross: Money
    net: Money | None = None
    tax: Money | None = None
    tax_rate: Decimal | None = None
    """In percent, such as ``Decimal("19.00")``."""
    other_gross: Money | None = None
    occurred_at: datetime
    customer: Person | None = None
    partner_code: str | None = None
    campaign: str | None = None
    product_id: str | None = None
    product_name: str | None = None
    recurring: bool = False
    recurring_number: int | None = None
    """Which payment of a subscription this is, 1 the first."""
    invoice: str | None = None
    references: tuple[str, ...] = ()
    test: bool = False
    extra: Extra = field(default_factory=dict)


RefundStatus = Literal["pending", "succeeded", "failed"]
DisputeStatus = Literal["open", "won", "lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionRefunded:
    """Money went back. Without its sale the event is parked until the sale arrives.

    ``amount`` ``None`` means the whole sale. With ``cumulative`` it is the running total of all
    refunds so far, not one refund's own amount; providers that say both are added up once.
    ``status`` *pending* counts as refunded until it turns *failed*; *failed* is final.
    """

    external_id: str
    """The refund's own id."""
    refers_to: tuple[str, ...]
    amount: Money | None = None
    cumulative: bool = False
    status: RefundStatus = "succeeded"
    occurred_at: datetime
    reason: str | None = None
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionDisputed:
    """The customer's bank disputes the payment. *lost* takes the amount back for good, *won*
    restores the sale; both are final. Without its sale the event is parked."""

    external_id: str
    refers_to: tuple[str, ...]
    amount: Money
    status: DisputeStatus = "open"
    occurred_at: datetime
    reason: str | None = None
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionReferenced:
    """A known sale has further ids by which refunds and disputes will name it. Parked without it."""

    refers_to: tuple[str, ...]
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _PaymentFact:
    external_id: str
    """The payment's id; one payment goes from pending to succeeded or failed under it."""
    invoice: str
    """Number or id of the tenant's invoice that is being paid."""
    amount: Money
    occurred_at: datetime
    method: str | None = None
    references: tuple[str, ...] = ()
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentPending(_PaymentFact):
    """The customer paid by a slow method; the money is on its way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSucceeded(_PaymentFact):
    """The money for an invoice is there: the invoice becomes *paid* once it is covered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(_PaymentFact):
    """The money will not come; the invoice stays open."""

    reason: str | None = None
    """Why, in a code of the source's. ``expired`` is everywhere the same: the customer left the
    form alone until it ran out, and nothing was tried that could have failed."""


PrivacyKind = Literal["access", "erase_customer", "erase_shop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRequested:
    """Somebody asks for, or for the erasure of, personal data; to be done by ``due_at``."""

    external_id: str
    kind: PrivacyKind
    due_at: datetime
    customer: Person | None = None
    orders: tuple[str, ...] = ()
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDisconnected:
    """The other side cut the connection (an app was uninstalled). Late events are still taken."""

    occurred_at: datetime
    reason: str


Fact = (
    OrderPlaced
    | OrderChanged
    | OrderCancelled
    | TicketOpened
    | TransactionCreated
    | TransactionRefunded
    | TransactionDisputed
    | TransactionReferenced
    | PaymentPending
    | PaymentSucceeded
    | PaymentFailed
    | PrivacyRequested
    | SourceDisconnected
)
