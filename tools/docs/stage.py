"""A hub on a file of its own, with a tenant for whom every source of this repository is on as in its own
demonstration. Its clock stands still, so that whatever it makes is the same each time."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from flask import Flask
from pydantic import SecretStr

import hub
from hub.app import Hub, create_app
from hub.config import Config
from hub.records import events, tenants
from hub.records.applying import Applier, Source
from hub.records.migrating import upgrade
from hub.registry.connecting import DEFAULT, Connections
from hub.registry.demonstrating import demo_of
from hub.registry.discovery import GROUP, Installed, Plugins, admit, discover
from hub.registry.fixtures import Fixture, fixtures_of
from hub.registry.registry import Target
from hub.registry.sampling import shown_of

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TENANT = "musterfirma"
BASE = "https://hub.example.com"
PLACEHOLDER_SECRET, PLACEHOLDER_KEY = "YOUR_SECRET", "YOUR_API_KEY"


class _UndoneError(Exception):
    """Ends a transaction that only was to be looked at."""


@dataclass(frozen=True)
class Played:
    """A source that is on, and what its demonstration says of it."""

    rooms: Hub
    installed: Installed
    secret: str = field(repr=False)

    @property
    def manifest(self) -> hub.Manifest:
        return self.installed.manifest

    @property
    def has_secrets(self) -> bool:
        """Whether its connection keeps secrets; else senders use the tenant's API keys."""
        return "secrets" in self.manifest.settings.model_fields

    @cached_property
    def samples(self) -> Mapping[str, Fixture]:
        """Its fixtures by name."""
        return fixtures_of(self.installed.plugin)

    @cached_property
    def shown(self) -> Fixture:
        """The sample that is shown and sent."""
        found = shown_of(self.installed.plugin)
        if found is None:
            raise LookupError(f"{self.manifest.slug} has no fixtures")
        return found

    @property
    def route(self) -> str:
        """Its first address, for the tenant."""
        return self.manifest.routes[0].replace("<tenant>", TENANT)

    @cached_property
    def target(self) -> Target:
        """The hooks and the connection."""
        entry = self.rooms.registry.entry(TENANT)
        if entry is None:
            raise LookupError(TENANT)
        return entry.targets[(self.manifest.slug, DEFAULT)]

    def inbound(self, sample: Fixture, body: bytes, headers: Mapping[str, str]) -> hub.Inbound:
        """The sample with that body, as if it had arrived."""
        given = {"Content-Type": "application/json", **headers}
        return hub.Inbound(
            received_at=NOW,
            body=body,
            headers=hub.Headers(given.items()),
            route=self.manifest.routes[0],
            path=self.route,
            path_values={"tenant": TENANT},
            url=BASE + self.route,
        )

    def parse(self, inbound: hub.Inbound) -> Sequence[hub.Fact]:
        """The facts of a request. Raises what the plugin raises."""
        return self.target.hooks.parse(inbound=inbound, connection=self.target.connection) or ()


@dataclass(frozen=True)
class Stage:
    """The hub, and the sources that are on."""

    app: Flask
    sources: Sequence[Played]
    event_id: UUID
    """An event that made no records, to which those belong that are undone again."""

    @contextmanager
    def applying(self, played: Played) -> Iterator[Applier]:
        """Facts become records, and all of it is undone afterwards."""
        entry = played.rooms.registry.entry(TENANT)
        assert entry is not None
        source = Source(
            tenant=entry.tenant,
            tenant_id=entry.id,
            connection_id=played.target.connection_id,
            event_id=self.event_id,
            adapter=played.installed.adapter,
            received_at=NOW,
        )
        with suppress(_UndoneError), played.rooms.database.write() as unit:
            yield Applier(unit, source)
            raise _UndoneError


@contextmanager
def staged() -> Iterator[Stage]:
    """Open it."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/hub.db"
        plugins = ours()
        upgrade(url, plugins.branches())
        config = Config(database_url=url, secret_key=SecretStr("the-key-of-the-docs"), base_url=BASE)
        app = create_app(config, plugins=plugins, clock=lambda: NOW)
        rooms: Hub = app.extensions["hub"]
        key = _tenant(rooms)
        try:
            sources = [_connected(rooms, one, key) for one in _sources(plugins)]
            yield Stage(app, sources, _refused(app, sources[0]))
        finally:
            rooms.database.close()


def ours() -> Plugins:
    """The plugins in this repository; others may be installed beside them."""
    packages = {path.name for path in ROOT.glob("plugins/*/hub_*")}
    points = entry_points(group=GROUP)
    slugs = {point.name for point in points if point.module.partition(".")[0] in packages}
    return admit(one for slug, one in sorted(discover().installed.items()) if slug in slugs)


def _sources(plugins: Plugins) -> list[Installed]:
    return [one for one in plugins.installed.values() if one.manifest.is_source]


def _tenant(rooms: Hub) -> str:
    """Make the tenant; gives its API key."""
    with rooms.database.write() as unit:
        tenant_id = tenants.create_tenant(
            unit,
            slug=TENANT,
            name="Musterfirma",
            locale="de",
            currency="EUR",
            timezone="Europe/Berlin",
            now=NOW,
        )
        return tenants.issue_key(unit, tenant_id=tenant_id, tenant_number=1, now=NOW).key


def _refused(app: Flask, played: Played) -> UUID:
    """The event of a request that is refused, and kept."""
    app.test_client().post(played.route, data=b"?", content_type=played.manifest.content_types[0])
    with played.rooms.database.read() as unit:
        (event,) = events.search(unit, limit=1)
    event_id: UUID = event["id"]
    return event_id


def _connected(rooms: Hub, installed: Installed, key: str) -> Played:
    demo = demo_of(installed.plugin)
    settings = dict(demo.settings) if demo else {}
    has_secrets = "secrets" in installed.manifest.settings.model_fields
    if has_secrets:
        settings.setdefault("secrets", [PLACEHOLDER_SECRET])
    connections = Connections(rooms.database, rooms.plugins, rooms.vault, rooms.clock)
    connections.create(TENANT, installed.manifest.slug, DEFAULT, settings)
    return Played(rooms, installed, settings["secrets"][0] if has_secrets else key)
