"""Requests: the signature, the ping, and by what a repetition is known."""

import json
from pathlib import Path

import pytest
from hub_woocommerce import plugin
from hub_woocommerce.manifest import manifest
from hub_woocommerce.ping import PingError, is_ping
from pydantic import ValidationError

import hub

VECTORS = Path(__file__).resolve().parents[3].parent / "shared" / "payloads" / "SIGNATURE_VECTORS.json"
PING = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.skipif(
    not VECTORS.is_file(), reason="further vectors are tried where a file with them lies beside the checkout"
)
def test_shared_vector(connect, inbound):
    vectors = json.loads(VECTORS.read_text("utf-8"))["vectors"]
    (mine,) = [vector for vector in vectors if vector["provider"] == "woocommerce"]
    signed = inbound(mine["body"].encode(), **mine["headers"])
    manifest.scheme.verify(signed, connect(secrets=mine["secret"]))


def test_the_official_sample_is_a_paid_order(parse):
    path = VECTORS.parent / "woocommerce" / "order_727_docs.json"
    if not path.is_file():
        pytest.skip("real bodies are tried where a folder with them lies beside the checkout")
    order, sale = parse(path.read_bytes())
    assert (str(order.total), str(sale.tax)) == ("29.35 USD", "1.35 USD")
    assert [str(line.total) for line in order.lines] == ["6.45 USD", "12.90 USD", "10.00 USD"]


def test_the_delivery_id_is_no_key(inbound, sample):
    """Two deliveries within a second share it, and nobody signed it."""
    first = inbound(sample(), **{"X-WC-Webhook-Delivery-ID": "a"})
    again = inbound(sample(), topic="order.created", **{"X-WC-Webhook-Delivery-ID": "b"})
    other = inbound(sample(status="completed"), **{"X-WC-Webhook-Delivery-ID": "a"})
    assert manifest.event_key(first) == manifest.event_key(again)
    assert manifest.event_key(first) != manifest.event_key(other)


def test_the_same_version_written_otherwise_is_the_same_event(inbound, sample):
    """The REST API and the webhook may escape, order and link differently."""
    body = sample()
    body["_links"] = {"self": [{"href": "http://muehle-und-korn.example/wp-json/wc/v3/orders/1873"}]}
    turned = json.dumps(dict(reversed(body.items())), indent=1, ensure_ascii=False).encode()
    assert manifest.event_key(inbound(sample())) == manifest.event_key(inbound(turned))


def test_a_ping_is_refused_and_answered_with_200(inbound, connect):
    ping = inbound(b"webhook_id=7", **PING)
    assert is_ping(ping)
    with pytest.raises(PingError):
        plugin.authenticate(ping)
    refusal = hub.Outcome(kind=hub.OutcomeKind.REJECTED, status=200, reason="unsigned_ping")
    assert plugin.respond(refusal).status == 200
    assert plugin.respond(hub.Outcome(kind=hub.OutcomeKind.REJECTED, status=401, reason="x")) is None


@pytest.mark.parametrize("body", [b"webhook_id=", b"webhook_id=7&id=1", b"webhook_id=x", b"{}", b""])
def test_what_only_looks_like_a_ping_needs_a_signature(body, inbound):
    assert plugin.authenticate(inbound(body, **PING)) is None


@pytest.mark.parametrize(
    "address",
    ["http://shop.example.com", "shop.example.com", "https://me:pw@shop.example.com", "https://x/?a=1"],
)
def test_keys_are_never_sent_in_the_clear(address, connect):
    with pytest.raises(ValidationError):
        connect(shop_url=address)


def test_the_address_is_kept_without_its_slash(connect):
    assert connect(shop_url=" https://shop.example.com/ ").settings.shop_url == "https://shop.example.com"
    assert connect(shop_url="").settings.shop_url is None
