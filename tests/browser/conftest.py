"""A hub that is served for real, with the records of a busy day, and Chromium in front of it. What it
sends by e-mail lands in a mailbox here.

Where no Chromium is installed these tests skip; in CI, where ``.ci/run`` installs it, they fail.
Screenshots go to ``var/screenshots``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from hub.app import create_worker, end_streams
from hub.records import people, tenants
from hub.records.events import EVENTS
from hub.support import passwords
from hub.support.ids import new_id

from ..web.issuing import fill_in
from .looking import SCREENSHOTS, faults, picture, unexpected
from .mailbox import Mailbox, serving

TENANT = "musterfirma"
EMAIL, PASSWORD = "erika@example.com", "ein gutes Passwort"

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
    mailbox: Mailbox
    said: list[str] = field(default_factory=list)

    def open(self, path: str) -> Any:
        """Go to a page of the tenant."""
        return self.page.goto(f"{self.url}/t/{TENANT}{path}")

    def go(self, path: str) -> Any:
        """Go to a path outside the tenant."""
        return self.page.goto(f"{self.url}{path}")

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> None:
        """As the owner, unless somebody else is named."""
        self.enter(email, password)
        self.page.wait_for_url(f"**/t/{TENANT}/")

    def enter(self, email: str = EMAIL, password: str = PASSWORD) -> None:
        """Send the form to sign in, whatever comes next."""
        self.go("/sign-in")
        self.page.get_by_label("E-Mail-Adresse").fill(email)
        self.page.get_by_label("Passwort").fill(password)
        self.page.get_by_role("button", name="Anmelden").click()

    def sign_out(self) -> None:
        """By the menu behind the name."""
        self.page.locator("header .person-menu summary").click()
        self.page.get_by_role("button", name="Abmelden", exact=True).click()
        self.page.get_by_text("Sie sind abgemeldet.").wait_for()

    def another_window(self) -> "Stage":
        """A window of the same size in which nobody is signed in."""
        page = self.page.context.browser.new_page(
            viewport={"width": 1280, "height": 800}, locale="de-DE", reduced_motion="reduce"
        )
        other = replace(self, page=page)
        _listen(other)
        return other

    def work(self) -> None:
        """Let a worker do once what is due, such as sending."""
        create_worker(self.site.rooms).run_due()

    def look(self, name: str, *, moving: bool = False) -> None:
        """The page looks right on a telephone and on a desk. One that is still ``moving`` is not looked at by
        axe."""
        for width in (360, 1280):
            self.page.set_viewport_size({"width": width, "height": 800})
            self.shoot(f"{name}-{width}")
            assert self.too_wide() <= 0, f"{name} is too wide at {width}"
        assert moving or faults(self.page) == [], name

    def is_silent(self) -> None:
        """Neither the policy nor a script had anything to say, and no other host was asked."""
        assert unexpected(self.said) == []

    def shoot(self, name: str) -> None:
        """Keep a picture of the whole page, packed quickly: that is half of the time it takes."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        (SCREENSHOTS / f"{name}.png").write_bytes(picture(self.page))

    def too_wide(self) -> int:
        """By how many pixels the page is wider than the window."""
        width: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return width


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes of passwords are slow on purpose; here they need not be."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    passwords._nobodys.cache_clear()


@pytest.fixture(scope="session")
def mail_server() -> Iterator[Mailbox]:
    """A mail server that keeps what it is sent."""
    with serving() as mailbox:
        yield mailbox


@pytest.fixture
def stage(
    chromium: Any,
    mail_server: Mailbox,
    make_app: Callable[..., Any],
    sqlite_url: str,
    listening: Callable[..., Any],
) -> Iterator[Stage]:
    """The hub with a tenant, its owner, orders, a ticket and two weeks of events; a window of a desk."""
    mail_server.messages.clear()
    site = make_app(sqlite_url, **mail_server.settings)
    site.clock.now = datetime.now(UTC)
    site.add_tenant(TENANT)
    _fill(site)
    with listening(site.app) as port:
        context = chromium.new_context(
            viewport={"width": 1280, "height": 800}, locale="de-DE", reduced_motion="reduce"
        )
        context.set_default_timeout(10_000)
        page = context.new_page()
        stage = Stage(site, f"http://127.0.0.1:{port}", page, mail_server)
        # The port is known only now; it belongs to the addresses that the hub tells people.
        object.__setattr__(site.rooms.config, "base_url", stage.url)
        _listen(stage)
        yield stage
        context.close()
        end_streams(site.app)


def _listen(stage: Stage) -> None:
    """Keep what the browser says about the pages."""
    page = stage.page
    page.on("console", lambda line: stage.said.append(line.text) if line.type != "debug" else None)
    page.on("pageerror", lambda error: stage.said.append(str(error)))
    page.on("request", lambda asked: _stays_here(stage, asked.url))


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
    fill_in(site, TENANT)
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
