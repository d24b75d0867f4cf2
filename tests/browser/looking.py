"""What a browser finds wrong with a page."""

from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"

SERIOUS = ("serious", "critical")

EXPECTED = ("status of 404", "status of 422")
"""What the browser may say: that a page is missing or a form is wrong, where the test asked for that."""


def unexpected(said: list[str]) -> list[str]:
    """What the browser said, without what a test asked for."""
    return [line for line in said if not any(part in line for part in EXPECTED)]


def faults(page: Any) -> list[str]:
    """Serious findings of axe."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}: {node['html'][:160]}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]
