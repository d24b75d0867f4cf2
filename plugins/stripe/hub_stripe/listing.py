"""Stripe's own list of events, of which it keeps those of 30 days, with Stripe's own library.

Source: https://docs.stripe.com/api/events/list. The list is newest first, and an event in it is written
as the webhook of the same API version has it.
"""

from typing import Any, cast

import stripe

import hub
from hub_stripe.paying import client_of, reason_of
from hub_stripe.settings import Settings

DAYS = 30
MOST_TYPES = 20
"""Types that one question may name."""

PATH = "/v1/events"
HEADERS = {"Content-Type": "application/json; charset=utf-8"}


def lookback_of(settings: Settings) -> hub.Lookback:
    """Stripe is asked with the secret key alone. Not regularly: it sends again for three days."""
    key = settings.secret_key.get_secret_value().strip() if settings.secret_key else ""
    return hub.Lookback(missing=() if key else ("secret_key",), days=DAYS)


def list_events(query: hub.BackfillQuery, settings: Settings, types: tuple[str, ...]) -> hub.BackfillPage:
    """The next page of events of these types. Raises BackfillError."""
    wanted: dict[str, Any] = {
        "created": {"gte": int(query.since.timestamp())},
        "limit": min(query.size, 100),
    }
    if len(types) <= MOST_TYPES:
        wanted["types"] = list(types)
    if query.cursor is not None:
        wanted["starting_after"] = query.cursor
    try:
        found = client_of(settings).v1.events.list(cast("Any", wanted))
    except stripe.StripeError as error:
        raise hub.BackfillError(reason_of(error), code=_code(error), retry_after=_wait(error)) from None
    answer = found.last_response
    bodies = hub.WebAnswer(body=answer.body.encode()).items("data") if answer is not None else ()
    return hub.BackfillPage(
        originals=tuple(hub.Original(body=body, headers=HEADERS) for body in reversed(bodies)),
        cursor=found.data[-1].id if found.has_more and found.data else None,
        path=PATH,
    )


def _code(error: stripe.StripeError) -> str:
    match error:
        case stripe.AuthenticationError() | stripe.PermissionError():
            return "key_refused"
        case stripe.RateLimitError():
            return "too_often"
        case stripe.APIConnectionError():
            return "no_answer"
        case _:
            return "failed"


def _wait(error: stripe.StripeError) -> int | None:
    told = str((error.headers or {}).get("Retry-After", ""))
    return int(told) if told.isascii() and told.isdigit() and len(told) < 6 else None
