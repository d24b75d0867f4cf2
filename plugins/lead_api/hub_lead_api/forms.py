"""What forms have besides their data: a key, spam traps, and a page to go to afterwards. Pure."""

from datetime import datetime, timedelta
from decimal import Decimal

import hub
from hub_lead_api.settings import Settings

KEY_FIELD = "api_key"
REDIRECT_FIELD = "_redirect"

MILLISECONDS = 10**11
"""From here on a number is the time in milliseconds, as JavaScript has it."""


EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
MILLISECOND = timedelta(milliseconds=1)


def trapped(payload: hub.Payload, received_at: datetime, settings: Settings) -> hub.Payload:
    """The payload without the fields of the traps. Raises UnwantedError for what a program filled in."""
    if settings.honeypot and not payload[settings.honeypot].blank:
        raise hub.UnwantedError(
            f"The hidden field {settings.honeypot} was filled in, as only a program does.",
            code="honeypot_filled",
        )
    if settings.time_field and not (loaded := payload[settings.time_field]).blank:
        _check_time(loaded, received_at, settings.least_seconds)
    traps = [name for name in (settings.honeypot, settings.time_field) if name]
    return hub.Payload(payload.rest(*traps)) if traps else payload


def _check_time(loaded: hub.Payload, received_at: datetime, least: int) -> None:
    try:
        told = loaded.decimal()
    except hub.PayloadError:
        raise hub.UnwantedError("The time of loading is no number.", code="fill_time_unreadable") from None
    seconds = told / 1000 if told >= MILLISECONDS else told
    taken = Decimal(int((received_at - EPOCH) / MILLISECOND)) / 1000 - seconds
    # A visitor's clock may be ahead: what lies in the future proves nothing.
    if 0 <= taken < least:
        raise hub.UnwantedError(
            f"The form was filled in within {taken:.1f} s; people need {least} s.", code="filled_too_fast"
        )


def redirect(inbound: hub.Inbound, outcome: hub.Outcome, settings: Settings) -> hub.Reply | None:
    """Where a visitor goes who sent a plain HTML form: only to pages that are allowed."""
    if not inbound.is_form or "text/html" not in inbound.headers.get("Accept", ""):
        return None
    if not outcome.ok:
        return _see(settings.error_redirect)
    named = _named(inbound)
    first = settings.redirects[0] if settings.redirects else ""
    return _see(named if named in settings.redirects else first)


def _named(inbound: hub.Inbound) -> str | None:
    try:
        return inbound.form[REDIRECT_FIELD].optional.text()
    except hub.RequestError:
        return None


def _see(address: str) -> hub.Reply | None:
    return hub.Reply(status=303, body="", headers={"Location": address}) if address else None
