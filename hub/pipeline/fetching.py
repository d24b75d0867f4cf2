"""The hub's own way to a provider's API (the contract's ``Web``): where the operator's guard permits, within
limits of time and size."""

import base64
from collections.abc import Mapping

import requests
from urllib3.exceptions import HTTPError

from hub.contract.backfill import BackfillError, WebAnswer
from hub.support.clock import Clock
from hub.support.transport import Guard, TargetRefusedError, Transport, check_url, retry_after
from hub.support.watching import watch
from hub.version import __version__

TIMEOUTS = (5.0, 20.0)
"""Seconds to connect, and between two pieces of the answer."""

TOTAL_SECONDS = 40.0

MOST_BYTES = 32 * 1024 * 1024
"""A larger answer is given up."""

USER_AGENT = f"integration-hub/{__version__}"

REFUSALS = {
    401: ("key_refused", "the provider refuses the API key"),
    403: ("key_refused", "the API key may not read this"),
    404: ("not_found", "the provider knows no such address; is it the right one?"),
    429: ("too_often", "the provider was asked too often"),
}
"""Code and words by the status of the answer."""


class GuardedWeb:
    """Asks addresses that tenants named. Safe to share between threads."""

    def __init__(self, guard: Guard, clock: Clock) -> None:
        self._guard = guard
        self._clock = clock

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None,
    ) -> WebAnswer:
        """Ask for it. Raises BackfillError."""
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": USER_AGENT}
        sent |= dict(headers or {})
        if basic is not None:
            sent["Authorization"] = _basic(*basic)
        transport = Transport(self._guard)
        try:
            with (
                watch.limit(TOTAL_SECONDS),
                transport.get(check_url(url), params or {}, sent, timeout=TIMEOUTS) as response,
            ):
                body = response.raw.read(MOST_BYTES + 1, decode_content=False)
        except TargetRefusedError as error:
            raise BackfillError(str(error), code="address_refused") from None
        except (requests.Timeout, TimeoutError):
            raise BackfillError("no answer in time", code="no_answer") from None
        except (requests.RequestException, HTTPError, ValueError, OSError) as error:
            raise BackfillError(f"no answer: {_reason(error)}", code="no_answer") from None
        finally:
            transport.close()
        return self._checked(response, body)

    def _checked(self, response: requests.Response, body: bytes) -> WebAnswer:
        status = response.status_code
        if 300 <= status < 400:
            raise BackfillError(f"the provider answered {status}: redirects are not followed")
        if not 200 <= status < 300:
            code, message = REFUSALS.get(status, ("failed", "the provider has a fault"))
            wait = retry_after(response.headers.get("Retry-After"), self._clock())
            raise BackfillError(f"{message} (answer {status})", code=code, retry_after=wait)
        if len(body) > MOST_BYTES:
            raise BackfillError(f"the answer is larger than {MOST_BYTES} bytes")
        return WebAnswer(body=body, headers=dict(response.headers))


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _reason(error: BaseException) -> str:
    """The innermost cause by its kind: its words may hold the address, and so what is secret in it."""
    while (inner := error.__context__ or error.__cause__) is not None:
        error = inner
    return type(error).__name__
