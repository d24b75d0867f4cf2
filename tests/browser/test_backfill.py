"""A member finds in a browser what the shop's webhooks lost, and takes it."""

from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

from hub.registry.connecting import Connections

from ..web.fake_shop import FakeShop
from .test_pages import faults, unexpected

TENANT = "musterfirma"


def test_missing_orders_are_found_and_taken(stage: Any, listening: Callable[..., Any]) -> None:
    shop = FakeShop(stage.site.clock)
    rooms = stage.site.rooms
    object.__setattr__(rooms.config, "allowed_targets", (ip_network("127.0.0.0/8"),))
    connection = rooms.registry.entry(TENANT).targets["woocommerce", "default"].connection_id
    place = f"/t/{TENANT}/integrations/{connection}/missing"
    stage.sign_in()
    stage.go(place)
    whole(stage, "missing-without-keys")
    with listening(shop.app()) as port:
        keys = {"consumer_key": [shop.key], "consumer_secret": [shop.secret]}
        given = keys | {"shop_url": [f"http://127.0.0.1:{port}"]}
        Connections(rooms.database, rooms.plugins, rooms.vault, rooms.clock).change(
            TENANT, "woocommerce", "default", given
        )
        for number in range(1, 4):
            shop.pay(number)
        stage.go(f"/t/{TENANT}/integrations/{connection}")
        stage.page.get_by_role("link", name="Fehlende Ereignisse").click()
        stage.page.get_by_role("button", name="Vergleichen").click()
        stage.page.get_by_text("3 fehlende Ereignisse importieren").wait_for()
        whole(stage, "missing-found")
        stage.page.get_by_role("button", name="3 fehlende Ereignisse importieren").click()
        stage.page.get_by_text("3 Ereignisse importiert.").wait_for()
        whole(stage, "missing-taken")
    assert len(stage.site.records("transactions")) == 3
    assert unexpected(stage.said) == []


def whole(stage: Any, name: str) -> None:
    """The page looks right at both widths."""
    for width in (360, 1280):
        stage.page.set_viewport_size({"width": width, "height": 800})
        stage.shoot(f"{name}-{width}")
        assert stage.too_wide() <= 0
        assert faults(stage.page) == []
