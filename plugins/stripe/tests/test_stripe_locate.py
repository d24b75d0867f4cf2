"""At the installation-wide address the event itself says whose it is."""

import pytest
from hub_stripe import plugin


@pytest.mark.parametrize(
    "target",
    [
        {"metadata": {"tenant": "musterfirma"}},
        {"metadata": {"hub_tenant": "musterfirma"}},
        {"metadata": {}, "parent": {"subscription_details": {"metadata": {"tenant": "musterfirma"}}}},
        {"subscription_details": {"metadata": {"tenant": "musterfirma"}}},
    ],
)
def test_tenant_is_named_in_the_metadata(target, inbound):
    assert plugin.locate(inbound({"data": {"object": target}})).tenant == "musterfirma"


@pytest.mark.parametrize(
    ("name", "references"),
    [
        ("refund.created__partial", ("re_demo_1", "pi_demo_1", "ch_demo_1")),
        ("charge.dispute.created__card", ("du_demo_1", "pi_demo_1", "ch_demo_1")),
        ("invoice_payment.paid__renewal", ("inpay_demo_1", "in_demo_renewal", "pi_demo_renewal")),
        ("charge.refunded__listed", ("ch_demo_2017", "in_demo_2017")),
    ],
)
def test_without_metadata_the_sale_is_named(name, references, inbound, sample):
    address = plugin.locate(inbound(sample(name)))
    assert address.tenant is None
    assert address.references == references


def test_metadata_goes_before_references(inbound, sample):
    assert plugin.locate(inbound(sample("checkout.session.completed__card"))).tenant == "musterfirma"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"no json",
        b"[]",
        b"7",
        b"null",
        b"{}",
        b'{"data": []}',
        b'{"data": {"object": "x"}}',
        b'{"data": {"object": {"metadata": [], "id": "x"}}}',
        b'{"data": {"object": {"metadata": {"tenant": 7}}}}',
        b'{"data": {"object": {"payment_intent": {}}}}',
        b'{"a": 1, "a": 2}',
        b"[" * 100_000,
    ],
)
def test_garbage_is_for_nobody(body, inbound):
    assert plugin.locate(inbound(body)) is None
