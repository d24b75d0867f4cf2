"""Which web pages may send from their visitors' browsers, and what a browser is told about it (CORS)."""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from hub.contract.errors import ForbiddenError
from hub.contract.inbound import Inbound
from hub.contract.settings import Settings, german

_ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")

REMEMBERED_SECONDS = 600
"""So long a browser need not ask again."""


def _origins(given: tuple[str, ...]) -> tuple[str, ...]:
    origins = tuple(one.strip().rstrip("/").lower() for one in given)
    if wrong := [one for one in origins if not _ORIGIN.fullmatch(one)]:
        raise ValueError(f"{wrong[0][:80]!r} is no origin such as https://www.example.com")
    return origins


class BrowserSettings(Settings):
    """Settings of a source to which forms on web pages may send."""

    origins: Annotated[tuple[str, ...], AfterValidator(_origins)] = Field(
        default=(),
        title="Allowed websites (origins)",
        description="One a line, such as https://www.example.com. Browsers on other websites are refused. "
        "Empty: no website may read the answer, and requests are not checked for where they come from.",
        json_schema_extra=german(
            "Erlaubte Webseiten (Origins)",
            "Eine je Zeile, zum Beispiel https://www.beispiel.de. Browser auf anderen Webseiten werden "
            "abgelehnt. Leer: Keine Webseite darf die Antwort lesen, und die Herkunft wird nicht geprüft.",
        ),
    )


def check_origin(inbound: Inbound, settings: Settings) -> None:
    """Refuse a browser on a page that is not allowed. Servers name no origin; they are not asked for one."""
    origin = inbound.headers.get("Origin", "")
    if origin and _known(settings) and not _allowed(settings, origin):
        raise ForbiddenError(
            f"The website {origin[:100]} may not send here; enter it among the allowed ones.",
            code="origin_not_allowed",
        )


def cors_headers(inbound: Inbound, settings: Settings | None) -> dict[str, str]:
    """What lets the page read the answer; nothing for a page that is not allowed."""
    origin = inbound.headers.get("Origin", "")
    if settings is None or not origin or not _allowed(settings, origin):
        return {}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def preflight_headers(inbound: Inbound, settings: Settings | None, asked: str) -> dict[str, str]:
    """The answer to a browser that asks before it sends; ``asked`` are the headers that it wants to send."""
    allowed = cors_headers(inbound, settings)
    if not allowed:
        return {"Vary": "Origin"}
    return {
        **allowed,
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": asked,
        "Access-Control-Max-Age": str(REMEMBERED_SECONDS),
    }


def _known(settings: Settings) -> Sequence[str]:
    return settings.origins if isinstance(settings, BrowserSettings) else ()


def _allowed(settings: Settings, origin: str) -> bool:
    return origin.lower() in _known(settings)
