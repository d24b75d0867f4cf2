"""New notifications in a real browser: at once, in any tab, over one stream."""

import time
from collections.abc import Callable
from typing import Any

from hub.app import create_app, end_streams
from hub.web.feed import EXTENSION
from tests.browser.test_pages import faults, unexpected


def order(stage: Any) -> None:
    body = {"type": "order", "email": "j.hoffmann@beispiel.de", "total": 149.90}
    answer = stage.site.send(body, plugin="lead", secret=stage.site.keys["musterfirma"])
    assert answer.status_code == 200


def test_a_new_order_is_told_in_every_tab_without_reloading(
    stage: Any, listening: Callable[..., Any]
) -> None:
    stage.site.connect("notifications")
    rooms = stage.site.rooms
    elsewhere = create_app(rooms.config, plugins=rooms.plugins, clock=stage.site.clock)
    with listening(elsewhere) as port:
        _tell_all_tabs(stage, f"http://127.0.0.1:{port}")
        end_streams(elsewhere)
    elsewhere.extensions["hub"].database.close()


def _tell_all_tabs(stage: Any, elsewhere: str) -> None:
    """Two tabs share a stream; a third one talks to another server process."""
    stage.sign_in()
    other = stage.page.context.new_page()
    other.goto(f"{stage.url}/t/musterfirma/notifications")
    feed = stage.site.app.extensions["hub_web"].extensions[EXTENSION]
    third = stage.page.context.new_page()
    third.goto(f"{elsewhere}/t/musterfirma/orders")
    other.wait_for_timeout(1500)
    assert len(feed._streams) == 1

    at = time.monotonic()
    order(stage)
    for tab in (stage.page, other, third):
        tab.get_by_text("Eine Web-Bestellung über 149,90").first.wait_for(timeout=2000)
    assert time.monotonic() - at < 2
    for tab in (stage.page, other, third):
        assert tab.locator("header .bell [data-unread]").inner_text() == "1"
        assert tab.title().startswith("(1) ")
    other.locator("#notifications .notice-unread").wait_for()
    assert faults(stage.page) == []
    stage.shoot("notification-toast-1280")
    other.get_by_role("button", name="Gelesen", exact=True).click()
    for tab in (stage.page, third):
        tab.locator("header .bell [data-unread]").wait_for(state="hidden", timeout=3000)
    assert not stage.page.title().startswith("(")

    stage.page.locator("#notices").get_by_role("button", name="Ansehen").click()
    stage.page.wait_for_url("**/orders/*")
    assert unexpected(stage.said) == []


def test_when_the_tab_with_the_stream_closes_another_one_takes_over(stage: Any) -> None:
    stage.site.connect("notifications")
    stage.sign_in()
    other = stage.page.context.new_page()
    other.goto(f"{stage.url}/t/musterfirma/")
    other.wait_for_timeout(500)
    stage.page.close()
    other.wait_for_timeout(500)

    order(stage)
    other.locator("#notices .toast").wait_for(timeout=4000)


def test_the_page_polls_when_all_places_are_taken(stage: Any) -> None:
    stage.site.connect("notifications")
    feed = stage.site.app.extensions["hub_web"].extensions[EXTENSION]
    feed._places = 0
    stage.page.clock.install()
    stage.sign_in()
    stage.page.wait_for_timeout(500)

    order(stage)
    stage.page.clock.run_for(16_000)
    stage.page.locator("#notices .toast").wait_for(timeout=4000)
