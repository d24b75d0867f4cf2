"""Every page there is, listed from the application: on a desk, on a telephone, for a screen reader, under
the policy and with the keyboard alone. A new page cannot be forgotten: a link leads to it, or it is named."""

from typing import Any

import pytest

from hub.web.rights import Right
from tests.web.conftest import Browser
from tests.web.test_rights import DECLARED

from .conftest import EMAIL, PASSWORD
from .looking import faults, walk
from .world import addresses, connections, fill, unlinked

NO_PAGES = {
    "notifications.stream": "a stream of events",
    "notifications.news": "data for a script",
    "events.live_news": "a piece of the page beside it",
    "push.worker": "a script",
    "invoices.download": "a file",
    "pay.download": "a file",
    "commissions.payouts.export": "a file",
    "notifications.show": "leads to what the notification is about",
    "sign_in.home": "leads to the dashboard",
    "sign_in.code": "is there for a moment only: test_people.py goes through it",
    "pay.done": "is there for a moment only: test_invoices.py goes through it",
}

PARTS = 2
"""Parallel runs, each with its share of the pages."""


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_whole_silent_and_works_by_keyboard(stage: Any, sale: Any, part: int) -> None:
    browser = Browser(stage.site.app.test_client())
    browser.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
    browser.sign_in(EMAIL, PASSWORD)
    fill(stage, browser, sale)
    site = stage.site
    found = addresses(stage, browser, unlinked(site), connections(site), without={"static", *NO_PAGES})
    pages = {name for name, page in DECLARED.items() if page.method == "GET"} - NO_PAGES.keys()
    assert pages - found.keys() == set(), "no link leads to these"

    stage.sign_in()
    strangers = stage.another_window()
    problems = {}
    for name in sorted(pages)[part::PARTS]:
        window = strangers if DECLARED[name].needs is Right.ANYBODY else stage
        if wrong := examine(window, name, found[name]):
            problems[name] = wrong
    assert problems == {}
    stage.is_silent()


def examine(window: Any, name: str, path: str) -> list[str]:
    """What is wrong with a page."""
    window.page.set_viewport_size({"width": 1280, "height": 800})
    answer = window.go(path)
    wrong = [] if answer.status == 200 else [f"answers {answer.status}"]
    for width in (1280, 360):
        if width != 1280:
            window.page.set_viewport_size({"width": width, "height": 800})
        window.shoot(f"{name.replace('.', '-')}-{width}")
        wrong += [f"{window.too_wide()} px too wide at {width}"] if window.too_wide() > 0 else []
    return [*wrong, *faults(window.page), *walk(window.page)]
