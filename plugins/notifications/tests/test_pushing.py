"""Push messages: encrypted for the browser, signed for its push service, and what that answers."""

import base64
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid

from hub.records import push
from hub.support import vapid

TOLD = {"id": "018f", "tenant": "musterfirma", "title": "Neue Bestellung!", "text": "über 149,90 €"}


@dataclass(frozen=True)
class Browser:
    """A browser that subscribed at a push service on this machine."""

    id: UUID
    key: ec.EllipticCurvePrivateKey
    auth: bytes

    def read(self, body: bytes) -> Any:
        """What the message says."""
        return json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth))


@pytest.fixture
def browser(office: Any, receiver: Any) -> Browser:
    key, auth = ec.generate_private_key(ec.SECP256R1()), b"sixteen bytes ok"
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    subscription = push.Subscription(
        endpoint=receiver.url, p256dh=vapid.encoded(point), auth=vapid.encoded(auth)
    )
    member_id = office.add_member("anna@example.com")
    with office.database.write() as unit:
        subscription_id = push.subscribe(
            unit, office.vault, subscription, member_id=member_id, label="Firefox", now=office.clock()
        )
    return Browser(subscription_id, key, auth)


def devices(office: Any) -> Any:
    with office.database.read() as unit:
        return unit.rows(push.SUBSCRIPTIONS.select())


def claims(header: str) -> Any:
    """What the signed word says."""
    body = header.partition("t=")[2].split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=="))


def test_a_message_is_for_the_browser_alone_and_signed(office: Any, receiver: Any, browser: Browser) -> None:
    receiver.answers(201)
    delivery = office.delivery("push", browser.id, TOLD)

    assert office.send(delivery).status == 201

    ((_, headers, body),) = receiver.requests
    assert b"Bestellung" not in body
    assert browser.read(body) == TOLD
    assert headers["content-encoding"] == "aes128gcm"
    assert (headers["ttl"], headers["urgency"], headers["topic"]) == ("86400", "normal", delivery.id.hex)
    assert "cookie" not in headers
    assert Vapid.verify(headers["authorization"])
    key = push.private_key(office.database, office.vault, office.config, office.clock)
    assert headers["authorization"].endswith(f"k={vapid.public_key(key)}")
    assert claims(headers["authorization"]) == {
        "aud": f"http://127.0.0.1:{receiver.port}",
        "exp": int(office.clock().timestamp()) + 12 * 3600,
        "sub": "mailto:hub@127.0.0.1",
    }
    assert devices(office)[0]["last_success_at"] == office.clock()


def test_the_installation_may_name_key_and_contact(office: Any, receiver: Any, browser: Browser) -> None:
    key = vapid.new_key()
    office.configure(push_key=key, push_contact="https://hub.example.com:8443/contact")
    office.send(office.delivery("push", browser.id, TOLD))

    ((_, headers, _),) = receiver.requests
    assert headers["authorization"].endswith(f"k={vapid.public_key(key)}")
    assert claims(headers["authorization"])["sub"] == "https://hub.example.com:8443/contact"


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(
    office: Any, receiver: Any, browser: Browser, status: int
) -> None:
    receiver.answers(status)
    delivery = office.delivery("push", browser.id, TOLD)

    assert office.fail(delivery).final
    assert devices(office) == []
    assert office.fail(delivery).message == "the device is gone"
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("status", "final"), [(400, True), (413, True), (403, False), (429, False), (503, False)]
)
def test_another_attempt_is_made_where_it_may_help(
    office: Any, receiver: Any, browser: Browser, status: int, final: bool
) -> None:
    receiver.answers(status, Retry_After="120")
    error = office.fail(office.delivery("push", browser.id, TOLD))

    assert (error.final, error.status, error.retry_after) == (final, status, 120)
    assert len(devices(office)) == 1
    assert devices(office)[0]["last_success_at"] is None


def test_a_push_service_must_be_at_a_public_address(office: Any, receiver: Any, browser: Browser) -> None:
    office.configure(allowed_targets="")
    error = office.fail(office.delivery("push", browser.id, TOLD))

    assert "HUB_ALLOWED_TARGETS" in error.message
    assert receiver.requests == []


def test_where_a_browser_is_stays_secret(office: Any, receiver: Any, browser: Browser) -> None:
    (row,) = devices(office)
    with office.database.read() as unit:
        found = push.find(unit, office.vault, browser.id)

    assert receiver.url not in str(dict(row))
    assert receiver.url not in repr(found)
    assert found.endpoint == receiver.url
