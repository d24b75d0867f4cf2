"""Payment pages of Stripe Checkout, made with Stripe's own library.

Source: https://docs.stripe.com/api/checkout/sessions/create. No payment methods are named: Stripe offers
those that are switched on in its dashboard and fit the customer.
"""

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import stripe
from pydantic_settings import BaseSettings, SettingsConfigDict

import hub
from hub_stripe.currencies import THREE_DECIMAL, decimals
from hub_stripe.settings import Settings

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams

TIMEOUT = 15
"""Seconds: a customer waits in front of it."""

RETRIES = 2

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
"""Stripe refuses a session for an address that is none; without one it asks the customer."""


class Installation(BaseSettings):
    """What an operator can set for all tenants, in the environment: ``HUB_STRIPE_API_BASE`` is another
    address of Stripe's API, such as that of a test server."""

    model_config = SettingsConfigDict(env_prefix="HUB_STRIPE_", frozen=True)

    api_base: str = ""


def open_session(request: hub.Checkout, connection: hub.Connection) -> hub.Redirect | hub.CheckoutOver:
    """The session that was made before as it is now, or a new one. Raises CheckoutError."""
    client = client_of(cast(Settings, connection.settings))
    try:
        if request.previous is not None:
            return _answer(client.v1.checkout.sessions.retrieve(request.previous))
        session = client.v1.checkout.sessions.create(
            _wanted(request, connection.tenant.slug), {"idempotency_key": request.key}
        )
    except stripe.StripeError as error:
        raise hub.CheckoutError(reason_of(error)) from None
    return _answer(session)


def client_of(settings: Settings) -> stripe.StripeClient:
    """The tenant's client; nothing of it is shared with another tenant's."""
    key = settings.secret_key.get_secret_value().strip() if settings.secret_key else ""
    base = Installation().api_base
    return stripe.StripeClient(
        key,
        base_addresses={"api": base} if base else {},
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )


def _wanted(request: hub.Checkout, tenant: str) -> "SessionCreateParams":
    """What is asked of Stripe. The metadata stands with the payment too, so that its refunds and disputes
    find the tenant."""
    metadata = {"tenant": tenant, "invoice": request.invoice}
    price: Any = {
        "currency": request.amount.currency.lower(),
        "unit_amount": minor_units(request.amount),
        "product_data": {"name": request.title},
    }
    wanted: Any = {
        "mode": "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, "description": request.title},
    }
    if request.email and EMAIL.fullmatch(request.email):
        wanted["customer_email"] = request.email
    return cast("SessionCreateParams", wanted)


def minor_units(amount: hub.Money) -> int:
    """The amount as Stripe writes it. Raises CheckoutError for one that Stripe cannot take."""
    units = amount.amount.scaleb(decimals(amount.currency))
    step = Decimal(10) if amount.currency in THREE_DECIMAL else Decimal(1)
    if units % step:
        raise hub.CheckoutError(f"Stripe takes no {amount}: it has too many decimals")
    return int(units)


def _answer(session: Any) -> hub.Redirect | hub.CheckoutOver:
    """A session that is open has an address; a complete or expired one is over."""
    if session.status == "open" and session.url:
        return hub.Redirect(reference=session.id, url=session.url)
    return hub.CheckoutOver(reference=session.id, paid=session.status == "complete")


def reason_of(error: stripe.StripeError) -> str:
    """What went wrong, without Stripe's own sentence: that may repeat a part of the key."""
    parts = (type(error).__name__, error.http_status, error.code, getattr(error, "param", None))
    named = " ".join(str(part) for part in parts if part is not None)
    return f"{named}, request {error.request_id}" if error.request_id else named
