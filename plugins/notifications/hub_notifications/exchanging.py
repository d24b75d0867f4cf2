"""One POST to an address that somebody else named, and what its answer means."""

import threading
from collections.abc import Mapping
from datetime import datetime

import requests
from urllib3.exceptions import HTTPError

import hub
from hub.support import jsontext
from hub.support.transport import Guard, Network, TargetRefusedError, Transport, check_url, retry_after
from hub.support.watching import watch

CONNECT_SECONDS, READ_SECONDS = 5.0, 15.0
TOTAL_SECONDS = 25.0
"""A whole attempt, so that a receiver that answers drop by drop does not hold the worker."""

ANSWER_BYTES = 16 * 1024
"""More of an answer is not read."""

ANSWER_SHOWN = 1000
"""Characters of an answer that are kept."""

COMMON = {"Accept-Encoding": "identity", "User-Agent": f"integration-hub/{hub.__version__}"}

_transports = threading.local()


def exchange(host: hub.Host, url: str, body: bytes, headers: Mapping[str, str]) -> hub.Sent:
    """Send it where the guard permits. Raises DeliveryError for anything but a 2xx."""
    try:
        with (
            watch.limit(TOTAL_SECONDS),
            _transport(host.config.allowed_targets).post(
                check_url(url), body, {**COMMON, **headers}, timeout=(CONNECT_SECONDS, READ_SECONDS)
            ) as response,
        ):
            answer = _read(response)
    except TargetRefusedError as error:
        raise hub.DeliveryError(str(error)) from None
    except (requests.Timeout, TimeoutError):
        raise hub.DeliveryError("no answer in time") from None
    except (requests.RequestException, HTTPError, ValueError, OSError) as error:
        raise hub.DeliveryError(f"no answer: {_reason(error)}") from None
    if 200 <= response.status_code < 300:
        return hub.Sent(status=response.status_code, answer=answer)
    raise _refusal(response, answer, host.clock())


def _transport(allowed: tuple[Network, ...]) -> Transport:
    """This thread's transport, so that connections are used again."""
    kept: dict[tuple[Network, ...], Transport] = _transports.__dict__.setdefault("kept", {})
    if allowed not in kept:
        kept[allowed] = Transport(Guard(allowed))
    return kept[allowed]


def _read(response: requests.Response) -> str:
    """The beginning of the answer; a connection with more on it is not used again."""
    raw = response.raw.read(ANSWER_BYTES, decode_content=False)
    text: str = raw.decode("utf-8", "replace")
    return jsontext.storable(text[:ANSWER_SHOWN])


def _refusal(response: requests.Response, answer: str, at: datetime) -> hub.DeliveryError:
    status = response.status_code
    redirected = 300 <= status < 400
    return hub.DeliveryError(
        f"answered {status}: redirects are not followed" if redirected else f"answered {status}",
        status=status,
        answer=answer,
        retry_after=retry_after(response.headers.get("Retry-After"), at),
    )


def _reason(error: BaseException) -> str:
    """The innermost cause in a few words, without the addresses of objects in memory."""
    while (inner := error.__context__ or error.__cause__) is not None:
        error = inner
    return f"{type(error).__name__}: {error}"[:300]
