"""The channel *webhook*: one signed POST, and what its answer means."""

import threading
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn
from uuid import UUID

import requests
from urllib3.exceptions import HTTPError

import hub
from hub.contract.schemes import StandardWebhooks
from hub.support import jsontext
from hub_notifications import endpoints
from hub_notifications.endpoints import Endpoint
from hub_notifications.transport import Guard, Network, TargetRefusedError, Transport, check_url
from hub_notifications.watching import watch

CONNECT_SECONDS, READ_SECONDS = 5.0, 15.0
TOTAL_SECONDS = 25.0
"""A whole attempt, so that a receiver that answers drop by drop does not hold the worker."""

ANSWER_BYTES = 16 * 1024
"""More of an answer is not read."""

ANSWER_SHOWN = 1000
"""Characters of an answer that are kept."""

GONE = 410

MOST_SECONDS = 24 * 3600
"""The longest ``Retry-After`` that is respected."""

SIGNED = ("webhook-id", "webhook-timestamp", "webhook-signature")

_scheme = StandardWebhooks()
_transports = threading.local()


def post(delivery: hub.Delivery, connection: hub.Connection, host: hub.Host) -> hub.Sent:
    """Send a delivery to its endpoint. Raises DeliveryError."""
    directory = endpoints.directory(host.database)
    endpoint = directory.find(host, delivery.tenant_id, UUID(delivery.target))
    if endpoint is None:
        raise hub.DeliveryError("the endpoint is gone", final=True)
    if endpoint.off is not None:
        raise hub.DeliveryError(f"the endpoint is off: {endpoint.off}", final=True)
    try:
        sent = _post(delivery, endpoint, host)
    except hub.DeliveryError as error:
        directory.forget(delivery.tenant_id, endpoint.id)
        _note_failure(delivery, endpoint.id, host, error)
    if endpoint.failing:
        with host.database.write() as unit:
            endpoints.note_success(unit, endpoint.id)
        directory.forget(delivery.tenant_id, endpoint.id)
    return sent


def signed(delivery: hub.Delivery, secrets: list[str], at: datetime) -> tuple[bytes, dict[str, str]]:
    """Body and headers of one attempt, signed with every secret that counts."""
    body = jsontext.encode(dict(delivery.content))
    bare = hub.Outgoing(body=body, headers={"webhook-id": str(delivery.id)})
    headers = [_scheme.sign(bare, secret, at).headers for secret in secrets]
    return body, {
        "Content-Type": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": f"integration-hub/{hub.__version__}",
        **{name: headers[0][name] for name in SIGNED},
        "webhook-signature": " ".join(one["webhook-signature"] for one in headers),
    }


def _post(delivery: hub.Delivery, endpoint: Endpoint, host: hub.Host) -> hub.Sent:
    at = host.clock()
    body, headers = signed(delivery, endpoint.secrets_at(at), at)
    try:
        with (
            watch.limit(TOTAL_SECONDS),
            _transport(host.config.allowed_targets).post(
                check_url(endpoint.url), body, headers, timeout=(CONNECT_SECONDS, READ_SECONDS)
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
    raise _refusal(response, answer, at)


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
    if 300 <= status < 400:
        message = f"answered {status}: redirects are not followed"
    else:
        message = f"answered {status}"
    return hub.DeliveryError(
        message,
        status=status,
        answer=answer,
        retry_after=_retry_after(response.headers.get("Retry-After"), at),
        final=status == GONE,
    )


def _note_failure(
    delivery: hub.Delivery, endpoint_id: UUID, host: hub.Host, error: hub.DeliveryError
) -> NoReturn:
    """Count it at the endpoint. Raises the error, final if the endpoint is off now."""
    with host.database.write() as unit:
        off = endpoints.note_failure(
            unit, delivery.tenant_id, endpoint_id, gone=error.status == GONE, now=host.clock()
        )
    error.final = error.final or off
    raise error


def _retry_after(text: str | None, now: datetime) -> int | None:
    """Seconds to wait: a number, or a date."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return min(int(text.strip()[:9]), MOST_SECONDS)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(int(seconds.total_seconds()), 0), MOST_SECONDS)


def _reason(error: BaseException) -> str:
    """The innermost cause in a few words, without the addresses of objects in memory."""
    while (inner := error.__context__ or error.__cause__) is not None:
        error = inner
    return f"{type(error).__name__}: {error}"[:300]
