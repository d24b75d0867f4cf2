"""Shopify's own sample bodies, where they are at hand: mapped, or refused with a reason."""

import contextlib
import json
from pathlib import Path

import pytest
from hub_shopify_adapter.manifest import manifest

import hub

FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "payloads" / "shopify"
FILES = sorted(FOLDER.glob("*.json"))
WRAPPERS = ("order", "refund", "transaction")
TOPICS = {
    "app_uninstalled": "app/uninstalled",
    "customers_data_request": "customers/data_request",
    "customers_redact": "customers/redact",
    "object.order": "orders/updated",
    "object.order_EUR": "orders/paid",
    "object.order_partially_refunded": "orders/paid",
    "object.refund": "refunds/create",
    "object.transaction": "order_transactions/create",
    "orders_create.test_notification": "orders/create",
    "orders_updated.official_2026_07": "orders/updated",
    "refunds_create.line_items_tax_discount": "refunds/create",
    "refunds_create.shipping_only": "refunds/create",
    "shop_redact": "shop/redact",
}

pytestmark = pytest.mark.skipif(not FILES, reason="the shared samples are not there")


def body_of(path: Path) -> bytes:
    """The inner object of a REST answer is what a webhook brings."""
    text = path.read_text("utf-8")
    body = json.loads(text)
    if "orders" in body:
        return json.dumps(body["orders"][0]).encode()
    wrapper = next((name for name in WRAPPERS if set(body) == {name}), None)
    return json.dumps(body[wrapper]).encode() if wrapper else text.encode()


def named(stem: str) -> bytes:
    return body_of(FOLDER / f"{stem}.json")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sample_gives_facts_under_its_own_topic(path, parse):
    facts = parse(TOPICS[path.stem], body_of(path))
    assert bool(facts) == (TOPICS[path.stem] in manifest.events)


@pytest.mark.parametrize("topic", [*manifest.events, *manifest.ignored])
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_sample_is_only_ever_refused_properly(path, topic, parse):
    with contextlib.suppress(hub.RequestError):
        parse(topic, body_of(path))


def test_refund_of_the_official_sample_is_what_the_payment_says(parse):
    (fact,) = parse("refunds/create", named("refunds_create.line_items_tax_discount"))
    assert str(fact.amount).startswith("209.00")


def test_the_test_notification_keeps_its_long_id(parse):
    (fact,) = parse("orders/create", named("orders_create.test_notification"))
    assert (fact.external_id, fact.test) == ("820982911946154508", True)
