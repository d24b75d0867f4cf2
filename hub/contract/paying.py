"""How a customer pays one of the tenant's invoices online: what a payment provider is asked for, and how
it answers."""

from dataclasses import dataclass, field

from hub.contract.guides import Words
from hub.support.money import Money

LIVE, TEST = "live", "test"


@dataclass(frozen=True, kw_only=True)
class PaymentKey:
    """A key of the provider's, and the setting in which it is kept: a text, a secret or the signing secrets.
    ``live`` and ``test`` are what it begins with when it is for real payments or for tests; a key that begins
    otherwise is refused. Both empty: any text will do. The title of the setting is its name on the page."""

    setting: str
    live: tuple[str, ...] = ()
    test: tuple[str, ...] = ()

    @property
    def beginnings(self) -> tuple[str, ...]:
        """All that it may begin with, each once."""
        return tuple(dict.fromkeys((*self.live, *self.test)))

    def modes(self, text: str) -> frozenset[str]:
        """What a key may be for, ``live`` or ``test``, as far as it shows; none if it does not fit."""
        if not self.beginnings:
            return frozenset((LIVE, TEST))
        return frozenset(
            mode for mode, begins in ((LIVE, self.live), (TEST, self.test)) if text.startswith(begins)
        )


@dataclass(frozen=True, kw_only=True)
class PaymentStep:
    """What a person does at the provider. ``copied`` is shown below, to be copied there; ``{url}`` in it
    is the connection's address."""

    text: Words
    copied: str = ""


@dataclass(frozen=True, kw_only=True)
class PaymentSetup:
    """What the page asks for on which a tenant connects a payment provider: its keys, all of them needed,
    and how they are found. ``note`` is said below the steps."""

    keys: tuple[PaymentKey, ...]
    steps: tuple[PaymentStep, ...] = ()
    note: Words = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether a connection can take payments: it can if nothing is missing. ``missing`` are names of its
    settings that have to be filled in first."""

    missing: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether customers are offered to pay."""
        return not self.missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A payment page that is wanted. ``key`` is the same as long as it is the same page: the provider makes
    one page of two questions with one key. ``previous`` is the provider's name for the page that it made
    when it was asked before; then nothing new is to be made. The later payment facts name ``invoice``."""

    key: str
    invoice: str
    title: str
    amount: Money
    success_url: str = field(repr=False)
    cancel_url: str = field(repr=False)
    email: str | None = field(default=None, repr=False)
    previous: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """A payment page that the customer is to be sent to. ``reference`` is what the provider calls it, and the
    ``external_id`` of the payment facts that come of it."""

    reference: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutOver:
    """The page asked for before is over: ``paid``, or expired, and then another may be wanted."""

    reference: str
    paid: bool


class CheckoutError(Exception):
    """The provider made no page. The message is for the log: it says why, and holds no secret."""
