"""Whose request it is: path, subdomain, further connections, and how often an address may be called."""

from collections.abc import Callable
from typing import Any

import pytest

Sale = Callable[..., dict[str, Any]]

OWN = [
    "hub.test",
    "musterfirma.hub.test",
    "MUSTERFIRMA.Hub.Test",
    "musterfirma.hub.test:8080",
    "www.hub.test",
]
OTHER = ["elsewhere.hub.test", "elsewhere.hub.test:443", "a.musterfirma.hub.test", "elsewhere.hub.test."]


@pytest.fixture
def public_site(make_hub: Any) -> Any:
    return make_hub(base_url="https://hub.test")


@pytest.mark.parametrize("host", [*OWN, "nothub.test", "127.0.0.1"])
def test_a_matching_or_foreign_host_is_taken(public_site: Any, sale: Sale, host: str) -> None:
    assert public_site.send(sale(), headers={"Host": host}).get_json()["status"] == "processed"


@pytest.mark.parametrize("host", OTHER)
def test_a_subdomain_that_contradicts_the_path_is_refused(public_site: Any, sale: Sale, host: str) -> None:
    public_site.add_tenant("elsewhere")
    answer = public_site.send(sale(), headers={"Host": host})

    assert (answer.status_code, answer.get_json()["code"]) == (400, "tenant_mismatch")
    assert public_site.event(answer)["reason"] == "tenant_mismatch"
    assert public_site.count() == 0


def test_each_address_has_its_own_limit_a_minute(make_hub: Any, sale: Sale) -> None:
    site = make_hub(rate_limit=2)
    site.add_tenant("nachbar")
    site.clock.advance(seconds=15)
    answers = [site.send(sale(f"t-{number}")).status_code for number in range(2)]
    refused = site.send(sale("t-2"))

    assert answers == [200, 200]
    assert (refused.status_code, refused.get_json()["code"]) == (429, "too_many_requests")
    assert refused.headers["Retry-After"] == "45"
    assert site.event(refused)["reason"] == "too_many_requests"
    assert site.send(sale("t-2"), tenant="nachbar").status_code == 200
    assert len(site.records("transactions")) == 2

    site.clock.advance(seconds=45)
    assert site.send(sale("t-2")).get_json()["status"] == "processed"


def test_a_second_connection_has_its_own_address_secret_and_keys(site: Any, sale: Sale) -> None:
    site.connect("custom", name="zweitshop", secret="a second secret")

    assert site.send(sale()).get_json()["status"] == "processed"
    answer = site.send(sale(), connection="zweitshop", secret="a second secret")
    assert answer.get_json()["status"] == "processed"
    assert site.send(sale(), connection="zweitshop").status_code == 401
    assert site.send(sale(), connection="default").get_json()["status"] == "skipped"
    assert len(site.records("transactions")) == 2


def test_a_refund_finds_only_the_sale_of_its_own_connection(site: Any, sale: Sale) -> None:
    site.connect("custom", name="zweitshop")
    site.send(sale())
    refund = {"event": "transaction.refunded", "externalId": "t-1"}

    assert site.send(refund, connection="zweitshop").status_code == 202
    assert site.record("transactions")["status"] == "completed"
    site.send(sale(), connection="zweitshop")
    assert sorted(row["status"] for row in site.records("transactions")) == ["completed", "refunded"]


def test_a_key_of_a_tenant_that_nobody_has_is_refused_at_the_first_request(site: Any) -> None:
    lead = {"type": "ticket", "email": "a@b.de", "message": "Hallo"}
    answer = site.send(lead, plugin="lead", secret="crm_999_" + "a" * 40)

    assert answer.status_code == 403
    assert site.events()[0]["reason"] == "not_connected"


def test_a_reference_that_nobody_has_is_refused_at_the_first_request(site: Any) -> None:
    event = {"id": "evt_1", "type": "refund.created", "data": {"object": {"payment_intent": "pi_unknown"}}}
    answer = site.send(event, plugin="stripe", path="/webhooks/stripe")

    assert (answer.status_code, answer.get_json()["code"]) == (404, "not_connected")


@pytest.mark.parametrize(("hops", "address"), [(0, "127.0.0.1"), (1, "203.0.113.7")])
def test_a_forwarded_address_is_believed_only_behind_a_proxy(
    make_hub: Any, sale: Sale, hops: int, address: str
) -> None:
    site = make_hub(proxy_hops=hops)
    answer = site.send(sale(), headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})

    assert site.event(answer)["remote_addr"] == address
