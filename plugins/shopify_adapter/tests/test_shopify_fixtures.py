"""What the conformance kit does not know of the samples: topics, shapes, and how they hang together."""

from collections import Counter
from datetime import UTC, datetime

from hub_shopify_adapter import plugin
from hub_shopify_adapter.manifest import EVENT_ID, manifest
from hub_shopify_adapter.mapper import MAPPERS
from hub_shopify_adapter.topics import SHAPES

import hub
from hub.registry.fixtures import Fixture, fixtures_of

FIXTURES = fixtures_of(plugin)


def request(fixture: Fixture) -> hub.Inbound:
    return hub.Inbound(
        received_at=datetime(2026, 6, 1, 12, tzinfo=UTC),
        body=fixture.body,
        headers=hub.Headers(fixture.headers.items()),
    )


def test_every_topic_has_a_mapper_and_a_shape():
    assert set(manifest.events) == set(MAPPERS) == set(SHAPES)


def test_no_two_samples_are_the_same_event():
    ids = Counter(EVENT_ID(request(fixture)) for fixture in FIXTURES.values())
    assert set(ids.values()) == {1}


def test_create_paid_and_refund_tell_of_one_order():
    placed, paid, refund = (
        FIXTURES[name].expected
        for name in ("orders.create__standard", "orders.paid__standard", "refunds.create__partial")
    )
    assert placed[0]["external_id"] == paid[1]["external_id"] == refund[0]["refers_to"][0]


def test_the_early_refund_is_of_an_order_that_no_sample_has():
    early = FIXTURES["refunds.create__early"].expected[0]["refers_to"][0]
    assert all(early not in str(f.expected) for n, f in FIXTURES.items() if n != "refunds.create__early")


def test_key_is_topic_and_event_id_and_without_one_the_hash_of_the_body():
    fixture = FIXTURES["orders.paid__standard"]
    event_id = fixture.headers["X-Shopify-Event-Id"]
    assert manifest.event_key(request(fixture)) == f"orders/paid:{event_id}"
    bare = hub.Inbound(
        received_at=request(fixture).received_at,
        body=b"{}",
        headers=hub.Headers([("x-shopify-TOPIC", "orders/paid")]),
    )
    assert manifest.event_key(bare).startswith("orders/paid:44136fa355b3678a")


def test_newer_header_names_come_first():
    inbound = hub.Inbound(
        received_at=request(FIXTURES["orders.paid__standard"]).received_at,
        body=b"{}",
        headers=hub.Headers([("X-Shopify-Topic", "orders/create"), ("Shopify-Topic", "orders/paid")]),
    )
    assert manifest.event_type(inbound) == "orders/paid"
