"""The signature: base64 HMAC-SHA256 of the raw body, in a header of either name."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hub_shopify_adapter.manifest import manifest

import hub

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BODY = '{"id":1,"name":"Jörg"}'.encode()
NAMES = [
    "X-Shopify-Hmac-SHA256",
    "X-Shopify-Hmac-Sha256",
    "x-shopify-hmac-sha256",
    "shopify-hmac-sha256",
    "Shopify-Hmac-Sha256",
]
VECTORS = Path(__file__).resolve().parents[3].parent / "shared" / "payloads" / "SIGNATURE_VECTORS.json"


def mac(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def request(headers: dict[str, str], body: bytes = BODY) -> hub.Inbound:
    return hub.Inbound(received_at=NOW, body=body, headers=hub.Headers(headers.items()))


@pytest.mark.parametrize("name", NAMES)
def test_both_header_families_in_any_case(name, connect):
    manifest.scheme.verify(request({name: mac(BODY, "shpss_a")}), connect(secrets="shpss_a"))


def test_the_newer_header_counts_if_both_are_there(connect):
    headers = {"X-Shopify-Hmac-SHA256": mac(BODY, "shpss_a"), "Shopify-Hmac-Sha256": mac(BODY, "wrong")}
    with pytest.raises(hub.AuthenticationError):
        manifest.scheme.verify(request(headers), connect(secrets="shpss_a"))


def test_changed_body_hex_signature_and_no_signature_are_refused(connect):
    signed = mac(BODY, "shpss_a")
    as_hex = base64.b64decode(signed).hex()
    for inbound in (
        request({NAMES[0]: signed}, BODY + b" "),
        request({NAMES[0]: as_hex}),
        request({NAMES[0]: ""}),
        request({}),
    ):
        with pytest.raises(hub.AuthenticationError):
            manifest.scheme.verify(inbound, connect(secrets="shpss_a"))


@pytest.mark.skipif(
    not VECTORS.is_file(), reason="further vectors are tried where a file with them lies beside the checkout"
)
def test_shared_vector(connect):
    vectors = json.loads(VECTORS.read_text("utf-8"))["vectors"]
    mine = [vector for vector in vectors if vector["provider"] == "shopify"]
    assert mine
    for vector in mine:
        inbound = request(vector["headers"], vector["body"].encode())
        manifest.scheme.verify(inbound, connect(secrets=vector["secret"]))
        flipped = request(vector["headers"], bytes([inbound.body[0] ^ 1]) + inbound.body[1:])
        with pytest.raises(hub.AuthenticationError):
            manifest.scheme.verify(flipped, connect(secrets=vector["secret"]))
