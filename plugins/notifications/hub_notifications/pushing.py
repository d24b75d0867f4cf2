"""The channel *push*: one encrypted message to the push service of a member's browser (RFC 8030, 8188,
8291), signed with the installation's key (RFC 8292)."""

from datetime import timedelta
from importlib.util import find_spec
from urllib.parse import urlsplit
from uuid import UUID

import hub
from hub.records import push
from hub.records.push import Subscription
from hub.support import jsontext, vapid
from hub_notifications.exchanging import exchange

INSTALLED = find_spec("pywebpush") is not None
"""Whether the extra *push* is installed; without it the plugin has no such channel."""

TTL = timedelta(days=1)
"""So long the push service keeps it for a device that is away: who was away longer looks into the hub."""

TOKEN_LIFE = timedelta(hours=12)
"""So long the signature holds; services take a day at most."""

GONE = (404, 410)
"""The browser does not want messages any more."""

USELESS = (400, 413)
"""The same message would be refused again."""


def send(delivery: hub.Delivery, connection: hub.Connection, host: hub.Host) -> hub.Sent:
    """Send a delivery to the subscription that is its target. Raises DeliveryError."""
    subscription_id = UUID(delivery.target)
    with host.database.read() as unit:
        subscription = push.find(unit, host.vault, subscription_id)
    if subscription is None:
        raise hub.DeliveryError("the device is gone", final=True)
    try:
        sent = exchange(host, subscription.endpoint, *written(delivery, subscription, host))
    except hub.DeliveryError as error:
        if error.status in GONE:
            with host.database.write() as unit:
                push.remove(unit, subscription_id)
        error.final = error.status in (*GONE, *USELESS)
        raise
    with host.database.write() as unit:
        push.note_success(unit, subscription_id, host.clock())
    return sent


def written(
    delivery: hub.Delivery, subscription: Subscription, host: hub.Host
) -> tuple[bytes, dict[str, str]]:
    """Body and headers. The topic is the delivery's id: of two attempts that wait for the same device the
    service keeps one."""
    from pywebpush import WebPusher

    keys = {"p256dh": subscription.p256dh, "auth": subscription.auth}
    pusher = WebPusher({"endpoint": subscription.endpoint, "keys": keys})
    body: bytes = pusher.encode(jsontext.encode(dict(delivery.content)))["body"]
    return body, {
        "Authorization": _token(subscription.endpoint, host),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(int(TTL.total_seconds())),
        "Topic": delivery.id.hex,
        "Urgency": "normal",
    }


def _token(endpoint: str, host: hub.Host) -> str:
    """The signed word that the message is this installation's, for this push service alone."""
    from py_vapid import Vapid

    key = push.private_key(host.database, host.vault, host.config, host.clock)
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((host.clock() + TOKEN_LIFE).timestamp()),
        "sub": host.config.push_subject,
    }
    # The library's own check of "sub" knows no ports; the configuration has one already.
    token: str = Vapid(vapid.opened(key), conf={"no-strict": True}).sign(claims)["Authorization"]
    return token
