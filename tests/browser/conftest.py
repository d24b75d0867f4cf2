"""A hub that is served for real, with the records of a busy day, and Chromium in front of it.

Where no Chromium is installed these tests skip; in CI, where ``.ci/run`` installs it, they fail.
Screenshots go to ``var/screenshots``.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.records import people, tenants
from hub.records.events import EVENTS
from hub.support import passwords
from hub.support.ids import new_id

TENANT = "musterfirma"
EMAIL, PASSWORD = "erika@example.com", "ein gutes Passwort"
SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

ORDERS: tuple[dict[str, Any], ...] = (
    {
        "email": "j.hoffmann@beispiel.de",
        "total": 149.90,
        "subject": "Bestellung: Premium-Paket",
        "kunden_adresse": "Musterstraße 1, 12345 Musterstadt",
        "artikel": "1x Premium-Paket",
        "telefon": "030 1234567",
    },
    {
        "email": "bestellung@tischlerei-brandt.example",
        "total": 2480,
        "subject": "Einrichtung Besprechungsraum",
    },
    {"email": "k.wagner@beispiel.de", "total": 39, "subject": "Ersatzteil"},
    {"email": "einkauf@donaudampfschifffahrtselektrizitaetenhauptbetriebswerk.example", "total": 12.5},
)


@dataclass
class Stage:
    """The served hub, and what the browser said about it."""

    site: Any
    url: str
    page: Any
    said: list[str] = field(default_factory=list)

    def open(self, path: str) -> Any:
        """Go to a page of the tenant."""
        return self.page.goto(f"{self.url}/t/{TENANT}{path}")

    def go(self, path: str) -> Any:
        """Go to a path outside the tenant."""
        return self.page.goto(f"{self.url}{path}")

    def sign_in(self) -> None:
        """As the owner."""
        self.go("/sign-in")
        self.page.get_by_label("E-Mail-Adresse").fill(EMAIL)
        self.page.get_by_label("Passwort").fill(PASSWORD)
        self.page.get_by_role("button", name="Anmelden").click()
        self.page.wait_for_url(f"**/t/{TENANT}/")

    def shoot(self, name: str) -> None:
        """Keep a picture of the whole page."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    def too_wide(self) -> int:
        """By how many pixels the page is wider than the window."""
        width: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return width


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed, and CI needs it: bash tools/apt.sh chromium")
        pytest.skip("Chromium is not installed: the tests in a browser skip")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def stage(
    chromium: Any, make_app: Callable[..., Any], sqlite_url: str, listening: Callable[..., Any]
) -> Iterator[Stage]:
    """The hub with a tenant, its owner, orders, a ticket and two weeks of events; a window of a desk."""
    site = make_app(sqlite_url)
    site.clock.now = datetime.now(UTC)
    site.add_tenant(TENANT)
    _fill(site)
    with listening(site.app) as port:
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, locale="de-DE")
        page = context.new_page()
        stage = Stage(site, f"http://127.0.0.1:{port}", page)
        page.on("console", lambda line: stage.said.append(line.text) if line.type != "debug" else None)
        page.on("pageerror", lambda error: stage.said.append(str(error)))
        page.on("request", lambda asked: _stays_here(stage, asked.url))
        yield stage
        context.close()


def _stays_here(stage: Stage, url: str) -> None:
    if not url.startswith((stage.url, "data:")):
        stage.said.append(f"asked another host: {url}")


def _fill(site: Any) -> None:
    with site.rooms.database.write() as unit:
        tenant_id = site.tenant_id(TENANT)
        member_id = tenants.add_member(
            unit, tenant_id=tenant_id, email=EMAIL, name="Erika Musterfrau", role="owner", now=site.clock()
        )
        people.set_password(unit, member_id, passwords.hash_password(PASSWORD))
    for order in ORDERS:
        site.send({"type": "order", **order}, plugin="lead", secret=site.keys[TENANT])
    ticket = {"type": "ticket", "email": "kunde@beispiel.de", "message": "Wann kommt meine Bestellung?"}
    site.send(ticket, plugin="lead", secret=site.keys[TENANT])
    _past(site, tenant_id)


def _past(site: Any, tenant_id: Any) -> None:
    """Copies of an event, spread over two weeks."""
    with site.rooms.database.write() as unit:
        known = dict(unit.rows(EVENTS.select())[0])
        for day in range(1, 14):
            for number in range(3 + day * 7 % 11):
                outcome = ("processed", "processed", "processed", "skipped", "rejected", "failed")[number % 6]
                unit.insert(
                    EVENTS,
                    known
                    | {
                        "id": new_id(),
                        "key": None,
                        "outcome": outcome,
                        "received_at": site.clock() - timedelta(days=day, minutes=number),
                    },
                )
