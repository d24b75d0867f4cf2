"""Bodies and signatures that were collected from the providers' documents, where they are at hand."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import hub
from hub.contract.inbound import Connection, Headers, Tenant
from hub.registry.discovery import Plugins

PAYLOADS = Path(__file__).parents[3] / "shared" / "payloads"
VECTORS = PAYLOADS / "SIGNATURE_VECTORS.json"
TENANT = "musterfirma"

TOPICS = {
    "app_uninstalled": "app/uninstalled",
    "customers_data_request": "customers/data_request",
    "customers_redact": "customers/redact",
    "orders_create": "orders/create",
    "orders_updated": "orders/updated",
    "refunds_create": "refunds/create",
    "shop_redact": "shop/redact",
    "object": "",
}
WRAPPERS = {"order": "orders/create", "refund": "refunds/create", "transaction": "order_transactions/create"}


def files(provider: str) -> list[Any]:
    """The sample files; one skipped test where there are none."""
    found = sorted((PAYLOADS / provider).glob("*.json"))
    missing = pytest.mark.skip(reason=f"there are no sample bodies of {provider} beside the project")
    return [pytest.param(path, id=path.stem) for path in found] or [pytest.param(None, marks=missing)]


@pytest.fixture
def site(make_app: Callable[..., Any], sqlite_url: str) -> Any:
    """A hub with the tenant, on SQLite."""
    site = make_app(sqlite_url)
    site.add_tenant(TENANT)
    return site


@pytest.mark.parametrize("path", files("stripe"))
def test_stripe_bodies(site: Any, path: Path) -> None:
    body = path.read_bytes()
    is_event = json.loads(body).get("object") == "event"

    answer = site.send(body, plugin="stripe")

    assert answer.status_code in ((200, 202) if is_event else (400,)), answer.text
    (event,) = site.events()
    assert event["outcome"] in (("processed", "parked", "ignored", "skipped") if is_event else ("rejected",))


def bodies(path: Path) -> list[tuple[str, Any]]:
    """Topic and body of the webhooks that a file stands for."""
    content = json.loads(path.read_bytes())
    topic = TOPICS[path.stem.partition(".")[0]]
    if topic:
        return [(topic, content)]
    if "orders" in content:
        return [("orders/updated", order) for order in content["orders"]]
    for name, topic in WRAPPERS.items():
        if list(content) == [name]:
            return [(topic, content[name])]
    return [("orders/create", content)]


@pytest.mark.parametrize("path", files("shopify"))
def test_shopify_bodies(site: Any, path: Path) -> None:
    for number, (topic, content) in enumerate(bodies(path)):
        headers = {
            "X-Shopify-Topic": topic,
            "X-Shopify-Event-Id": f"event-{number}",
            "X-Shopify-Shop-Domain": "example.myshopify.com",
        }
        answer = site.send(content, plugin="shopify", headers=headers)

        assert answer.status_code in (200, 202), answer.text


@pytest.mark.parametrize("path", files("shopify"))
def test_shopify_bodies_under_another_topic_are_refused(site: Any, path: Path) -> None:
    for topic, content in bodies(path):
        other = "customers/redact" if topic != "customers/redact" else "customers/data_request"

        answer = site.send(content, plugin="shopify", headers={"X-Shopify-Topic": other})

        assert (answer.status_code, answer.get_json()["code"]) == (400, "topic_mismatch")
    assert site.count() == 0


def vectors() -> list[Any]:
    """The signatures of the providers that have a plugin here."""
    if not VECTORS.is_file():
        missing = pytest.mark.skip(reason="there are no signature vectors beside the project")
        return [pytest.param(None, marks=missing)]
    told = json.loads(VECTORS.read_bytes())["vectors"]
    return [
        pytest.param(vector, id=f"{vector['provider']}-{number}")
        for number, vector in enumerate(told)
        if vector["provider"] in ("stripe", "shopify")
    ]


def verify(installed: Plugins, vector: dict[str, Any], body: bytes, headers: dict[str, str]) -> None:
    """Check a request with the plugin's scheme at the vector's instant."""
    manifest = installed.installed[vector["provider"]].manifest
    tenant = Tenant(number=1, slug=TENANT, name=TENANT, locale="de", currency="EUR", timezone="Europe/Berlin")
    connection = Connection(
        tenant=tenant,
        plugin=manifest.slug,
        name="default",
        settings=manifest.settings.model_validate({"secrets": vector["secret"]}),
    )
    inbound = hub.Inbound(
        received_at=datetime.fromtimestamp(vector.get("now", 1780000000), UTC),
        body=body,
        headers=Headers(headers.items()),
    )
    assert manifest.scheme is not None
    manifest.scheme.verify(inbound, connection)


@pytest.mark.parametrize("vector", vectors())
def test_a_providers_signature_holds(installed: Plugins, vector: dict[str, Any]) -> None:
    verify(installed, vector, vector["body"].encode(), vector["headers"])


@pytest.mark.parametrize("vector", vectors())
def test_with_one_bit_flipped_in_the_body_it_does_not_hold(
    installed: Plugins, vector: dict[str, Any]
) -> None:
    body = vector["body"].encode()
    for bit in range(8 * len(body)):
        flipped = bytearray(body)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(hub.AuthenticationError):
            verify(installed, vector, bytes(flipped), vector["headers"])


@pytest.mark.parametrize("vector", vectors())
def test_with_one_bit_flipped_in_the_signature_it_does_not_hold(
    installed: Plugins, vector: dict[str, Any]
) -> None:
    (name,) = (name for name in vector["headers"] if name.lower().endswith(("signature", "sha256")))
    start, equals, mac = vector["headers"][name].rpartition("v1=")
    raw = bytearray(bytes.fromhex(mac) if equals else base64.b64decode(mac))
    raw[7] ^= 1
    changed = raw.hex() if equals else base64.b64encode(raw).decode()

    with pytest.raises(hub.AuthenticationError):
        verify(
            installed, vector, vector["body"].encode(), {**vector["headers"], name: start + equals + changed}
        )
