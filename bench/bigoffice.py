"""An office whose pages are looked at: the demonstration's tenant with its eight weeks of business and, if
wanted, with very many customers more. The hub runs in this process.
"""

import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask.testing import FlaskClient

from bench.cloning import Template, snapshot
from bench.places import Place
from bench.servers import BenchError, hub_environment
from hub.app import EXTENSION, Hub, create_app, create_hub
from hub.cli.demo import past, stage
from hub.cli.demo.catchers import Catchers, catching
from hub.cli.demo.commands import Commands
from hub.cli.demo.past import Door
from hub.cli.demo.stage import TENANT, Player
from hub.cli.demo.story import Happening, How, Kind, Person
from hub.cli.main import hub as commands
from hub.config import Config
from hub.records import invoices, orders
from hub.records.migrating import upgrade
from hub.records.reach import whole
from hub.registry.fixtures import fixtures_folder
from hub.support.money import Money

WEEKS = 8
EVENTS_EACH = 100
ORDERS, SALES, TICKETS, INVOICES, REPEATED = 10, 20, 1, 3, 26
"""What one customer's hundred events are about; the rest is what the hub ignores."""

TROUBLES = 1_000
"""Of so many events one fails and one is refused."""

BIG_FILE = 500
"""Of so many events one is about the customer with the biggest file."""

BIG = "grosskunde"
SPAN = timedelta(days=365)
UNSENT = ("deliveries", "delivery_attempts")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Office:
    """A hub in this process, and a browser in which an owner of the tenant is signed in."""

    name: str
    engine: sa.Engine
    client: FlaskClient

    def view(self, path: str) -> int:
        """Look at a page of the tenant. Gives how many bytes it has. Raises BenchError if it is not
        there."""
        answer = self.client.get(f"/t/{TENANT}{path}")
        if answer.status_code != 200:
            raise BenchError(f"{path} answered {answer.status_code}")
        return len(answer.data)

    def scalar(self, statement: str, **values: Any) -> Any:
        """One value from the database."""
        with self.engine.connect() as connection:
            return connection.execute(sa.text(statement), values).scalar()


@contextmanager
def opened(place: Place, name: str, events: int = 0) -> Iterator[Office]:
    """An office with so many events more than the demonstration has."""
    url = place.databases.create(name)
    folder = place.subfolder(name)
    engine = sa.create_engine(whole(url), poolclass=sa.NullPool)  # what loads is gone when CPU is counted
    with catching() as catchers, _environment({**hub_environment(url, folder), **catchers.settings}):
        hub = create_hub(Config()).for_all_tenants()
        upgrade(url, hub.plugins.branches())
        cast = _settled(hub, catchers)
        if events:
            _grow(hub, cast, engine, events)
        app = create_app(Config())
        yield Office(name, engine, _signed_in(app.test_client(), *stage.sign_in_data(hub)))
        app.extensions[EXTENSION].database.close()
        hub.database.close()
    engine.dispose()


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """The settings that commands of the hub read."""
    before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("HUB_")}
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            os.environ.pop(name, None)
        os.environ.update(before)


def _settled(hub: Hub, catchers: Catchers) -> list[Player]:
    """The demonstration up to now."""
    cast = stage.connected(hub)
    typed = Commands(commands, hub.plugins, {"tenant": TENANT, "web": catchers.web.url})
    for player in cast:
        typed.prepare(player.told.prepare, fixtures=str(fixtures_folder(player.installed.plugin)))
    stage.connected(hub, stage.SECOND, stage.SECOND_NAME)
    stage.staffed(hub)
    past.live(hub, TENANT, cast, weeks=WEEKS)
    for player in cast:
        typed.prepare(player.told.settle)
    return cast


def _signed_in(client: FlaskClient, email: str, password: str) -> FlaskClient:
    token = TOKEN.search(client.get("/sign-in").text)
    sent = {"csrf_token": token[1] if token else "", "email": email, "password": password}
    if client.post("/sign-in", data=sent).status_code != 303:
        raise BenchError("the owner cannot sign in")
    return client


def _grow(hub: Hub, cast: Sequence[Player], engine: sa.Engine, events: int) -> None:
    """Make one customer, one piece of a big file and one trouble for real, and copy each."""
    with past.knocking(hub, TENANT, cast, hub.clock) as door:
        grower = _Grower(hub, door, engine)
        grower.copy(grower.customer, max(1, events // EVENTS_EACH))
        grower.tell("grosskunde", "sale", grower.big)  # whoever has a file is found by the address
        grower.copy(grower.big_file, max(1, events // BIG_FILE))
        grower.copy(grower.trouble, max(1, events // TROUBLES))


class _Grower:
    def __init__(self, hub: Hub, door: Door, engine: sa.Engine) -> None:
        self._hub, self._door, self._engine = hub, door, engine
        self.big = _person(BIG)
        with hub.database.read() as unit:
            self._tenant_id: UUID = stage.tenant_of(unit, TENANT)["id"]

    def copy(self, make: Callable[[str], None], count: int) -> None:
        """Do what ``make`` does for one name once for real, and copy its rows so often."""
        before, marker = snapshot(self._engine), secrets.token_hex(6)
        make(marker)
        template = Template(self._engine, before, marker, without=UNSENT)
        template.clone(self._engine, count, lambda number: f"{number:012x}", SPAN / count)

    def customer(self, marker: str) -> None:
        """A customer with all that they sent, and what the office did about it."""
        person = _person(marker)
        for number in range(ORDERS):
            self.tell(f"{marker}-{number}", "order", person)
        for number in range(SALES):
            how: How = "twice" if number == 0 else "plain"
            self.tell(f"{marker}-{number}", "sale", person, how, partner=f"P-{4 + number:03d}")
        for _ in range(REPEATED - 1):
            self.tell(f"{marker}-1", "sale", person)
        for number in range(TICKETS):
            self.tell(f"{marker}-{number}", "ticket", person)
        rest = EVENTS_EACH - ORDERS - SALES - REPEATED - TICKETS
        for number in range(rest):
            self.tell(f"{marker}-n{number}", "other", person)
        self._deal_with(marker, person)

    def big_file(self, marker: str) -> None:
        """An order of the biggest customer."""
        self.tell(marker, "order", self.big)
        self.tell(marker, "sale", self.big)

    def trouble(self, marker: str) -> None:
        """An event that fails, and one that is refused."""
        person = _person(marker)
        self.tell(marker, "order", person, "faulty")
        self.tell(marker, "sale", person, "tampered")

    def tell(self, name: str, kind: Kind, person: Person, how: How = "plain", **more: Any) -> None:
        """Send it by the door."""
        now = self._hub.clock()
        values = {
            "id": f"ext-{name}",
            "subject": "Bestellung: Premium-Paket",
            "article": "1 × Premium-Paket",
            "total": Decimal("119.00"),
            "message": "Guten Tag,\n\nwann kommt meine Bestellung?",
            "product": "Onlinekurs Fotografie",
            "gross": "119.00",
            "net": "100.00",
            "tax": "19.00",
            "at": now.isoformat(),
            "campaign": "fotoschule",
            **person.values,
            **more,
        }
        self._door.tell(Happening(now, kind, values, how))

    def _deal_with(self, marker: str, person: Person) -> None:
        """The office takes most orders into a file, and bills some."""
        with self._hub.database.write() as unit:
            entry = self._hub.registry.current_entry(unit, TENANT)
            assert entry is not None
            for order in orders.inbox(unit, self._tenant_id, text=person.email, limit=ORDERS)[2:]:
                known = {"tenant_id": self._tenant_id, "order_id": order["id"], "now": self._hub.clock()}
                orders.process(unit, tenant=entry.tenant, **known)
            for number in range(INVOICES):
                invoices.create(
                    unit,
                    tenant_id=self._tenant_id,
                    number=f"R-{marker}-{number}",
                    total=Money(11900, "EUR"),
                    email=person.email,
                    now=self._hub.clock(),
                )


def _person(name: str) -> Person:
    return Person(
        first_name="Erika",
        last_name="Musterfrau",
        email=f"{name}@post.example",
        street="Lindenstraße 7",
        town="50667 Köln",
        phone="0221 123456",
        company=None,
    )
