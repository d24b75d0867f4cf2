"""What the tests of the hub share: a database on each engine, a clock that stands still, and a
whole hub with a tenant that has every source switched on.

PostgreSQL is the server of ``HUB_TEST_POSTGRES_URL``; without it those tests skip, in CI they fail.
"""

import os
import shutil
import socket
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from pydantic import SecretStr
from waitress import wasyncore
from waitress.server import create_server
from werkzeug.test import TestResponse

import hub
from hub.app import Hub, create_app
from hub.config import Config
from hub.contract.locators import Json
from hub.records import events, isolation, listing, tenants
from hub.records.migrating import upgrade
from hub.registry.discovery import Installed, Plugins, admit, discover
from hub.registry.secrets import split
from hub.support import jsontext

TENANT = "musterfirma"
SECRET = "ein-langes-geheimnis-0815"
SECRET_KEY = "the-vault-key-of-the-tests"
START = datetime(2026, 6, 1, 12, tzinfo=UTC)
IN_TEST = "test"
"""The distribution of plugins that a test brings."""
POSTGRES_VARIABLE = "HUB_TEST_POSTGRES_URL"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class SettableClock:
    """Stands still until it is told otherwise."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """Move on, or back, by a ``timedelta``'s arguments."""
        self.now += timedelta(**by)


class Speaker(hub.Plugin):
    """A source whose requests say exactly the facts that a test gave to ``Site.tell``."""

    manifest = hub.Manifest(
        slug="speaker",
        title={"de": "Sprecher", "en": "Speaker"},
        routes=("/api/webhooks/<tenant>/speaker",),
        scheme=hub.schemes.Hmac(header="X-Signature"),
        settings=hub.SignedSettings,
        events={"say": "Whatever the test says."},
        event_type=Json("type", required=True),
        event_key=Json("id"),
    )

    def __init__(self) -> None:
        self.said: dict[str, Sequence[hub.Fact]] = {}

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> Sequence[hub.Fact]:
        return self.said[inbound.json["what"].text()]


@dataclass(frozen=True)
class Site:
    """A running hub, and what a test asks of it."""

    app: Flask
    clock: SettableClock
    speaker: Speaker
    keys: dict[str, str] = field(default_factory=dict)
    """The lead API's key of each tenant."""

    @property
    def rooms(self) -> Hub:
        """The app's rooms, as an operator has them."""
        found: Hub = self.app.extensions["hub"]
        return found.for_all_tenants()

    def send(
        self,
        body: Any,
        *,
        plugin: str = "custom",
        tenant: str = TENANT,
        connection: str | None = None,
        secret: str | None = SECRET,
        headers: Mapping[str, str | None] | None = None,
        path: str | None = None,
        **request: Any,
    ) -> TestResponse:
        """POST a body (bytes, or a value to be sent as JSON), signed by the plugin's scheme.

        ``secret=None`` leaves it unsigned; a header that is ``None`` is left out.
        """
        raw = body if isinstance(body, bytes) else jsontext.encode(body)
        manifest = self.rooms.plugins.installed[plugin].manifest
        told = {name: value for name, value in (headers or {}).items() if value is not None}
        outgoing = hub.Outgoing(body=raw, headers={"Content-Type": "application/json", **told})
        if secret is not None and manifest.scheme is not None:
            outgoing = manifest.scheme.sign(outgoing, secret, self.clock())
        given = {**outgoing.headers, **(headers or {})}
        address = path or manifest.routes[0].replace("<tenant>", tenant)
        return self.app.test_client().post(
            f"{address}/{connection}" if connection else address,
            data=outgoing.body,
            headers={name: value for name, value in given.items() if value is not None},
            query_string=dict(outgoing.query) or None,
            **request,
        )

    def tell(self, *facts: hub.Fact, key: str | None = None, **options: Any) -> TestResponse:
        """Send a request that says these facts; ``key`` is its idempotency key."""
        name = uuid.uuid4().hex
        self.speaker.said[name] = facts
        return self.send({"type": "say", "id": key or name, "what": name}, plugin="speaker", **options)

    def tenant_id(self, slug: str = TENANT) -> Any:
        with self.rooms.database.read() as unit:
            row = tenants.tenant_by_slug(unit, slug)
        assert row is not None
        return row["id"]

    def add_tenant(self, slug: str) -> Any:
        """A further tenant with a connection of every source and of every plugin of the test, and a
        key of the lead API. Installed effects are off, as they are for a new tenant."""
        now = self.clock()
        with self.rooms.database.write() as unit:
            tenant_id = tenants.create_tenant(
                unit, slug=slug, name=slug, locale="de", currency="EUR", timezone="Europe/Berlin", now=now
            )
            row = tenants.tenant_by_slug(unit, slug)
            issued = tenants.issue_key(unit, tenant_id=tenant_id, tenant_number=row["number"], now=now)
            self.keys[slug] = issued.key
            for installed in self.rooms.plugins.installed.values():
                if installed.manifest.is_source or installed.distribution == IN_TEST:
                    self._connect(unit, tenant_id, installed, "default", SECRET)
        return tenant_id

    def connect(
        self, plugin: str, *, name: str = "default", secret: str = SECRET, tenant: str = TENANT
    ) -> Any:
        """Switch a plugin on; gives the connection's id."""
        installed = self.rooms.plugins.installed[plugin]
        tenant_id = self.tenant_id(tenant)
        with self.rooms.database.write() as unit:
            return self._connect(unit, tenant_id, installed, name, secret)

    def change(self, plugin: str, *, name: str = "default", tenant: str = TENANT, **changes: Any) -> None:
        """Change a connection; ``secret`` is sealed like any other."""
        if "secret" in changes:
            settings = _settings(self.rooms.plugins.installed[plugin], changes.pop("secret"))
            changes["settings"], changes["secrets"] = split(settings, self.rooms.vault)
        tenant_id = self.tenant_id(tenant)
        with self.rooms.database.write() as unit:
            (row,) = (
                row
                for row in tenants.connections_of(unit, tenant_id)
                if (row["plugin"], row["name"]) == (plugin, name)
            )
            tenants.change_connection(unit, row["id"], now=self.clock(), **changes)

    def records(self, kind: str, tenant: str = TENANT) -> Sequence[dict[str, Any]]:
        """A tenant's records of a kind, newest first."""
        tenant_id = self.tenant_id(tenant)
        with self.rooms.database.read() as unit:
            return listing.records(unit, kind, tenant_id, limit=1000)

    def record(self, kind: str, tenant: str = TENANT) -> dict[str, Any]:
        """The tenant's only record of a kind."""
        (only,) = self.records(kind, tenant)
        return only

    def count(self) -> int:
        """How many records there are, of all kinds and tenants."""
        with self.rooms.database.read() as unit:
            return sum(
                unit.scalar(sa.select(sa.func.count()).select_from(table)) for table in listing.KINDS.values()
            )

    def events(self, **criteria: Any) -> Sequence[Any]:
        """The event log, newest first."""
        with self.rooms.database.read() as unit:
            return events.search(unit, **{"limit": 1000, **criteria})

    def event(self, answer: TestResponse) -> Any:
        """The whole event that an answer names."""
        with self.rooms.database.read() as unit:
            row = events.get(unit, uuid.UUID(answer.get_json()["eventId"]))
        assert row is not None
        return row

    def _connect(self, unit: Any, tenant_id: Any, installed: Installed, name: str, secret: str) -> Any:
        plain, sealed = split(_settings(installed, secret), self.rooms.vault)
        return tenants.create_connection(
            unit,
            tenant_id=tenant_id,
            plugin=installed.manifest.slug,
            name=name,
            settings=plain,
            secrets=sealed,
            now=self.clock(),
        )


def _settings(installed: Installed, secret: str) -> hub.Settings:
    model = installed.manifest.settings
    return model.model_validate({"secrets": secret} if "secrets" in model.model_fields else {})


MakeHub = Callable[..., Site]


@pytest.fixture(scope="session")
def worker() -> str:
    """A name that no other test process has."""
    return f"hub_test_{os.getpid()}_{uuid.uuid4().hex[:6]}"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory, installed: Plugins) -> Path:
    """A migrated, empty SQLite file, to be copied; with the tables of the installed plugins."""
    path = tmp_path_factory.mktemp("template") / "hub.db"
    upgrade(f"sqlite:///{path}", installed.branches())
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture(scope="session")
def postgres(worker: str) -> Iterator[Callable[[str], str]]:
    """Makes empty databases on the PostgreSQL server: ``postgres("name")``; dropped at the end."""
    server = os.environ.get(POSTGRES_VARIABLE, "")
    if not server and os.environ.get("CI") == "true":
        pytest.fail(f"{POSTGRES_VARIABLE} is not set, and CI needs PostgreSQL")
    if not server:
        pytest.skip(f"{POSTGRES_VARIABLE} is not set; `tools/postgres.sh run …` sets it")
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    made: list[str] = []

    def make(name: str) -> str:
        full = f"{worker}_{name}"
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {full} TEMPLATE template0")
        made.append(full)
        return sa.make_url(server).set(database=full).render_as_string(hide_password=False)

    yield make
    with engine.connect() as connection:
        for name in made:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_database(
    postgres: Callable[[str], str], installed: Plugins
) -> Iterator[tuple[str, Callable[[], None]]]:
    """A migrated PostgreSQL database, and how to empty it. To make and drop one takes half a second,
    and so does TRUNCATE; so a test process has one, and deletes its rows after each test."""
    url = postgres("main")
    upgrade(url, installed.branches())
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    reflected = sa.MetaData()
    reflected.reflect(engine)
    kept = ("alembic_version", "installation")  # filled by the migrations
    tables = [table for table in reversed(reflected.sorted_tables) if not table.name.startswith(kept)]

    def clear() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            isolation.reach_all_tenants(connection)
            for table in tables:
                connection.execute(table.delete())

    yield url, clear
    engine.dispose()


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """A migrated SQLite file of the test's own."""
    return f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'hub.db')}"


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated, empty PostgreSQL database."""
    url, clear = request.getfixturevalue("migrated_database")
    yield url
    clear()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database of the test's own, on each engine."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def clock() -> SettableClock:
    """A clock to be set: ``clock.now = …``, ``clock.advance(minutes=5)``."""
    return SettableClock(START)


@pytest.fixture(scope="session")
def installed() -> Plugins:
    """The plugins of this environment; discovered once, they are never changed."""
    return discover()


@pytest.fixture
def make_app(clock: SettableClock, installed: Plugins) -> Iterator[Callable[..., Site]]:
    """Starts a hub on a database as it is: ``make_app(url, plugins=[…], **config)``. ``plugins`` are
    in-test plugins beside the installed ones."""
    apps: list[Flask] = []

    def make(url: str, plugins: Sequence[hub.Plugin] = (), **config: Any) -> Site:
        speaker = Speaker()
        extra = [Installed(plugin=one, distribution=IN_TEST, version="1") for one in (speaker, *plugins)]
        settings = Config(**{"database_url": url, "secret_key": SecretStr(SECRET_KEY), **config})
        app = create_app(settings, plugins=admit([*installed.installed.values(), *extra]), clock=clock)
        apps.append(app)
        return Site(app, clock, speaker)

    yield make
    for app in apps:
        app.extensions["hub"].database.close()


@pytest.fixture
def make_hub(make_app: Callable[..., Site], database_url: str) -> MakeHub:
    """Starts a hub with the tenant *musterfirma*: ``make_hub(plugins=[…], **config)``."""

    def make(plugins: Sequence[hub.Plugin] = (), **config: Any) -> Site:
        site = make_app(database_url, plugins, **config)
        site.add_tenant(TENANT)
        return site

    return make


@pytest.fixture
def site(make_hub: MakeHub) -> Site:
    """The usual hub."""
    return make_hub()


@pytest.fixture(scope="session")
def listening() -> Callable[[Flask], Any]:
    """Serves an app with waitress on a free port: ``with listening(app) as port:``."""

    @contextmanager
    def serve(app: Flask, threads: int = 8) -> Iterator[int]:
        sockets: dict[int, Any] = {}
        stop = threading.Event()
        server = create_server(
            app, map=sockets, host="127.0.0.1", port=0, threads=threads, channel_request_lookahead=1
        )

        def run() -> None:
            while not stop.is_set():
                wasyncore.loop(timeout=0.05, map=sockets, count=1)
            # Closed here and not from outside: a socket must not vanish while it is waited for.
            server.task_dispatcher.shutdown()
            wasyncore.close_all(sockets)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield server.effective_port
        finally:
            stop.set()
            thread.join(10)

    return serve


@pytest.fixture
def speak() -> Callable[[int, bytes], bytes]:
    """Says bytes to a port and gives all that is answered until the other side closes."""

    def exchange(port: int, request: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(request)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    return exchange


@pytest.fixture
def sale() -> Callable[..., dict[str, Any]]:
    """Bodies of the custom webhook: ``sale("t-1", grossAmount="10.00")``."""

    def make(external_id: Any = "t-1", **fields: Any) -> dict[str, Any]:
        body = {
            "event": "transaction.created",
            "externalId": external_id,
            "grossAmount": "119.00",
            "currency": "EUR",
            "partnerId": "P-1",
        }
        return body | fields

    return make


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser: one for all, since there can be one of its drivers in a process."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed, and CI needs it: bash tools/apt.sh chromium")
        pytest.skip("Chromium is not installed: the tests in a browser skip")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
