"""The channel *webhook*: one signed POST, and what its answer means."""

from datetime import datetime
from typing import NoReturn
from uuid import UUID

import hub
from hub.contract.schemes import StandardWebhooks
from hub.support import jsontext
from hub_notifications import endpoints
from hub_notifications.endpoints import Endpoint
from hub_notifications.exchanging import exchange

GONE = 410

SIGNED = ("webhook-id", "webhook-timestamp", "webhook-signature")

_scheme = StandardWebhooks()


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
        **{name: headers[0][name] for name in SIGNED},
        "webhook-signature": " ".join(one["webhook-signature"] for one in headers),
        **({"traceparent": delivery.traceparent} if delivery.traceparent else {}),
    }


def _post(delivery: hub.Delivery, endpoint: Endpoint, host: hub.Host) -> hub.Sent:
    at = host.clock()
    body, headers = signed(delivery, endpoint.secrets_at(at), at)
    return exchange(host, endpoint.url, body, headers)


def _note_failure(
    delivery: hub.Delivery, endpoint_id: UUID, host: hub.Host, error: hub.DeliveryError
) -> NoReturn:
    """Count it at the endpoint. Raises the error, final if the endpoint is off now."""
    with host.database.write() as unit:
        off = endpoints.note_failure(
            unit, delivery.tenant_id, endpoint_id, gone=error.status == GONE, now=host.clock()
        )
    error.final = error.final or off or error.status == GONE
    raise error
