"""``hub backfill``: the gaps are shown, then taken, over real HTTP."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ..web.fake_shop import FakeShop

TENANT, SHOP = "musterfirma", "woocommerce"


@pytest.fixture
def fake(firm: Any, listening: Callable[..., Any]) -> Iterator[FakeShop]:
    """A shop with two paid orders that were never sent, and its connection."""
    shop = FakeShop(lambda: datetime.now(UTC))
    with listening(shop.app()) as port:
        given = {
            "secrets": shop.webhook_secret,
            "shop_url": f"http://127.0.0.1:{port}",
            "consumer_key": shop.key,
            "consumer_secret": shop.secret,
        }
        pairs = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
        firm.ok("connection", "create", TENANT, SHOP, *pairs)
        shop.pay(1)
        shop.pay(2)
        yield shop


def test_gaps_are_shown_and_taken(firm: Any, fake: FakeShop) -> None:
    operator = firm.with_(HUB_ALLOWED_TARGETS="127.0.0.0/8")
    shown = operator.json("backfill", TENANT, SHOP, "--since", "2d", "--dry-run")
    assert (shown["known"], shown["missing"], shown["refused"]) == (0, 2, 0)
    assert {event["state"] for event in shown["events"]} == {"missing"}
    assert operator.json("records", "transactions", "--tenant", TENANT) == []

    printed = operator.ok("backfill", TENANT, SHOP)
    assert "2 imported" in printed
    assert "119.00 EUR  order, transaction" in printed
    again = operator.json("backfill", TENANT, SHOP, "--since", "2d")
    assert (again["known"], again["missing"]) == (2, 0)
    assert len(operator.json("records", "transactions", "--tenant", TENANT)) == 2
    assert fake.secret not in "".join(operator.said)


def test_what_cannot_be_is_said(firm: Any, fake: FakeShop) -> None:
    operator = firm.with_(HUB_ALLOWED_TARGETS="127.0.0.0/8")
    assert "does not exist or is off" in operator.refused("backfill", TENANT, "stripe")
    assert "30d or 12h" in operator.refused("backfill", TENANT, SHOP, "--since", "soon")
    assert "HUB_ALLOWED_TARGETS" in firm.refused("backfill", TENANT, SHOP)
    fake.trouble = [(429, {"Retry-After": "60"})]
    assert "asked again in 60 s" in operator.refused("backfill", TENANT, SHOP)
    firm.ok("connection", "create", TENANT, "custom")
    assert "cannot be asked" in operator.refused("backfill", TENANT, "custom")
