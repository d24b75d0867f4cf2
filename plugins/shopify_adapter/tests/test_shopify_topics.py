"""The topic is not signed: a body under a topic that is not its own is refused."""

import itertools

import pytest
from hub_shopify_adapter import plugin
from hub_shopify_adapter.manifest import manifest

import hub
from hub.registry.fixtures import fixtures_of

NAMES = [
    "orders.create__standard",
    "refunds.create__partial",
    "app.uninstalled__standard",
    "customers.data_request__standard",
    "customers.redact__standard",
    "shop.redact__standard",
]
FAMILIES = {"orders": "orders", "refunds": "refunds", "app": "app"}


def family(topic: str) -> str:
    return FAMILIES.get(topic.partition("/")[0], topic)


def topic_of(name: str) -> str:
    return fixtures_of(plugin)[name].event.replace(".", "/", 1)


FOREIGN = [
    (topic, name)
    for topic, name in itertools.product(manifest.events, NAMES)
    if family(topic) != family(topic_of(name))
]


@pytest.mark.parametrize(("topic", "name"), FOREIGN)
def test_a_body_of_another_topic_is_refused(topic, name, parse, sample):
    with pytest.raises(hub.PayloadError) as caught:
        parse(topic, sample(name))
    assert caught.value.code == "topic_mismatch"


@pytest.mark.parametrize("status", ["pending", "authorized", "partially_paid", "voided", None, ""])
def test_an_unpaid_order_is_no_sale(status, parse, sample):
    with pytest.raises(hub.PayloadError) as caught:
        parse("orders/paid", sample("orders.paid__standard", financial_status=status))
    assert caught.value.code == "topic_mismatch"


@pytest.mark.parametrize("status", ["paid", "partially_refunded", "refunded"])
def test_a_paid_order_is_a_sale_even_if_money_went_back_since(status, parse, sample):
    facts = parse("orders/paid", sample("orders.paid__standard", financial_status=status))
    assert [type(fact) for fact in facts] == [hub.OrderChanged, hub.TransactionCreated]


@pytest.mark.parametrize("cancelled_at", [None, "", ...])
def test_an_order_that_stands_is_not_cancelled(cancelled_at, parse, sample):
    with pytest.raises(hub.PayloadError) as caught:
        parse("orders/cancelled", sample("orders.cancelled__standard", cancelled_at=cancelled_at))
    assert caught.value.code == "topic_mismatch"


@pytest.mark.parametrize("order_id", [None, ...])
def test_a_refund_names_its_order(order_id, parse, sample):
    with pytest.raises(hub.PayloadError):
        parse("refunds/create", sample("refunds.create__partial", order_id=order_id))


def test_a_payment_is_neither_refund_nor_order(parse):
    payment = {"id": 1, "order_id": 2, "kind": "refund", "status": "success", "amount": "5.00"}
    for topic in ("refunds/create", "orders/paid", "orders/updated"):
        with pytest.raises(hub.PayloadError):
            parse(topic, payment)


def test_an_order_must_have_its_version(parse, sample):
    for topic in ("orders/updated", "orders/paid"):
        with pytest.raises(hub.PayloadError) as caught:
            parse(topic, sample("orders.paid__standard", updated_at=None))
        assert caught.value.path == "updated_at"


@pytest.mark.parametrize("topic", [*manifest.ignored, "products/update", ""])
def test_other_topics_say_nothing(topic, parse, sample):
    assert list(parse(topic, sample("orders.paid__standard"))) == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b'{"id":1,"id":2}', b"\xff"])
@pytest.mark.parametrize("topic", manifest.events)
def test_what_is_no_object_is_refused(topic, body, parse):
    with pytest.raises(hub.RequestError):
        parse(topic, body)


HEADER = {"X-Shopify-Shop-Domain": "Muehle-und-Korn.myshopify.com"}


@pytest.mark.parametrize(
    "setting", ["muehle-und-korn.myshopify.com", " https://Muehle-und-Korn.myshopify.com/admin "]
)
def test_events_of_the_own_shop_are_taken(setting, parse, sample):
    assert parse("orders/paid", sample("orders.paid__standard"), HEADER, shop_domain=setting)
    assert parse("shop/redact", sample("shop.redact__standard"), {}, shop_domain=setting)


@pytest.mark.parametrize("headers", [HEADER, {}, {"X-Shopify-Shop-Domain": ""}])
def test_events_of_another_shop_are_refused(headers, parse, sample):
    for name in ("orders.paid__standard", "shop.redact__standard", "app.uninstalled__standard"):
        with pytest.raises(hub.ForbiddenError) as caught:
            parse(topic_of(name), sample(name), headers, shop_domain="other.myshopify.com")
        assert (caught.value.status, caught.value.code) == (403, "other_shop")


def test_the_signed_domain_counts_before_the_header(parse, sample):
    other = {"X-Shopify-Shop-Domain": "other.myshopify.com"}
    with pytest.raises(hub.ForbiddenError):
        parse("shop/redact", sample("shop.redact__standard"), other, shop_domain="other.myshopify.com")


def test_an_empty_shop_domain_means_any_shop(parse, sample, connect):
    assert connect(shop_domain=" ").settings.shop_domain is None
    assert parse("orders/paid", sample("orders.paid__standard"), {}, shop_domain="")
