"""Stripe's installation-wide address: what the event names only chooses the secret."""

import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parents[2] / "plugins" / "stripe" / "fixtures"
ROUTE = "/webhooks/stripe"


@pytest.fixture
def sample() -> Callable[..., bytes]:
    """Samples whose ids are the test's own: ``sample("refund.created__partial", tenant="…")``."""
    own = secrets.token_hex(6)

    def read(name: str, tenant: str = "musterfirma") -> bytes:
        text = (FIXTURES / f"{name}.json").read_text("utf-8")
        return text.replace("_demo_", f"_{own}_").replace('"musterfirma"', f'"{tenant}"').encode()

    return read


@pytest.fixture
def other(firm: Any, make_firm: Callable[..., Any]) -> Any:
    """A second tenant of the same server."""
    return make_firm(firm.server)


@pytest.mark.parametrize("route", [ROUTE, "/webhooks/stripe_webhook.php"])
def test_the_metadata_chooses_the_tenant(
    firm: Any, other: Any, sample: Callable[..., bytes], route: str
) -> None:
    body = sample("checkout.session.completed__card", firm.slug)

    answer = firm.post(body, plugin="stripe", url=firm.server.url + route)

    assert (answer.status_code, answer.json()["status"]) == (200, "processed")
    assert len(firm.records("transactions")) == 1
    assert other.outcomes() == []


def test_a_refund_without_metadata_finds_its_tenant_by_the_payment(
    firm: Any, other: Any, sample: Callable[..., bytes]
) -> None:
    url = firm.server.url + ROUTE
    firm.post(sample("checkout.session.completed__card", firm.slug), plugin="stripe", url=url)

    answer = firm.post(sample("refund.created__partial"), plugin="stripe", url=url)

    assert (answer.status_code, answer.json()["status"]) == (200, "processed")
    (sale,) = firm.records("transactions")
    assert (str(sale["gross"]), str(sale["refunded"])) == ("119.00", "40.00")
    assert other.outcomes() == []


def test_another_tenants_signature_is_refused(firm: Any, other: Any, sample: Callable[..., bytes]) -> None:
    url = firm.server.url + ROUTE
    named = other.post(sample("checkout.session.completed__card", firm.slug), plugin="stripe", url=url)
    firm.post(sample("checkout.session.completed__card", firm.slug), plugin="stripe", url=url)
    refunded = other.post(sample("refund.created__partial"), plugin="stripe", url=url)

    assert [named.status_code, refunded.status_code] == [401, 401]
    assert named.json()["code"] == "invalid_signature"
    assert firm.outcomes() == ["rejected", "processed", "rejected"]
    assert firm.records("transactions")[0]["refunded_minor"] == 0
    assert other.records("transactions") == other.outcomes() == []


def test_nobodys_events_are_refused_alike(firm: Any, sample: Callable[..., bytes]) -> None:
    url = firm.server.url + ROUTE
    unknown_tenant = sample("checkout.session.completed__card", "gibt-es-nicht")
    answers = [
        firm.post(body, plugin="stripe", url=url)
        for body in (unknown_tenant, sample("refund.created__partial"), b"kein json")
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert {answer.json()["code"] for answer in answers} == {"not_connected"}
    assert firm.outcomes() == []
