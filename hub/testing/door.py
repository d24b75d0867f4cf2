"""The real application in this process, with one plugin, on a database of its own: for rules that are about
the door. Nothing is sent over a socket."""

import base64
import shutil
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import SecretStr

from hub.app import Hub, create_app
from hub.config import Config
from hub.contract.manifest import Manifest
from hub.contract.proofs import Permitted
from hub.contract.schemes import ApiKey, Outgoing, Scheme
from hub.contract.settings import Secret, Settings
from hub.records import events, listing, tenants
from hub.records.migrating import Branch, upgrade
from hub.registry.discovery import Installed, Plugins
from hub.registry.fixtures import Fixture
from hub.registry.secrets import split
from hub.support import jsontext

RECEIVED_AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
"""When every request of the kit is received: what facts take from it is the same each time."""

UNAVAILABLE = 503

BODY_LIMIT = 256 * 1024
"""The largest body that the kit's application takes."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a request was answered, and what the hub keeps of it."""

    status: int
    body: Any
    """JSON values, or a text."""
    outcome: str | None = None
    reason: str | None = None
    kept: bytes | None = field(default=None, repr=False)
    """The body as the event log holds it."""

    def __str__(self) -> str:
        said = f"{self.outcome or 'no event'}{f', {self.reason}' if self.reason else ''}"
        return f"{self.status} ({said})"


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """A tenant with a connection of the plugin, and the secrets that count for it."""

    door: "Door"
    tenant: str
    tenant_id: UUID
    secrets: tuple[str, ...]

    def sign(
        self,
        sample: Fixture,
        *,
        secret: str | None = None,
        at: datetime | None = None,
        body: bytes | None = None,
    ) -> Outgoing:
        """The sample as the provider sends it to this tenant."""
        outgoing = unsigned(sample, self.door.manifest, body)
        scheme = self.door.manifest.scheme
        if scheme is None or not self.secrets:
            return outgoing
        return scheme.sign(outgoing, secret or self.secrets[0], at or RECEIVED_AT)

    def send(self, outgoing: Outgoing) -> Answer:
        """POST it to the plugin's first address."""
        return self.door.post(self.tenant, outgoing)

    def records(self) -> dict[str, int]:
        """How many records of each kind the tenant has; kinds without any are left out."""
        with self.door.rooms.database.read() as unit:
            counted = {kind: len(listing.records(unit, kind, self.tenant_id)) for kind in listing.KINDS}
        return {kind: number for kind, number in counted.items() if number}


class Door:
    """The application. Each visitor is a tenant of its own, so that samples do not meet."""

    def __init__(self, installed: Installed, settings: Mapping[str, Any]) -> None:
        self.installed = installed
        self._settings = settings
        self._numbers = count(1)
        self._folder = Path(tempfile.mkdtemp(prefix="hub-kit-"))
        self._remove = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)

    @property
    def manifest(self) -> Manifest:
        """What the plugin says about itself."""
        return self.installed.manifest

    @cached_property
    def _app(self) -> Any:
        plugins = Plugins(installed={self.manifest.slug: self.installed})
        database = self._folder / "hub.db"
        database.write_bytes(migrated(plugins.branches()))
        config = Config(
            var_dir=self._folder,
            database_url=f"sqlite:///{database}",
            secret_key=SecretStr("the-key-of-the-conformance-kit"),
            base_url="http://localhost",
            body_limit=BODY_LIMIT,
            rate_limit=0,
            broker_url="",
        )
        return create_app(config, plugins=plugins, clock=lambda: RECEIVED_AT)

    def start(self) -> None:
        """Make the application. Raises what that raises."""
        _ = self._app

    @property
    def rooms(self) -> Hub:
        """The application's rooms."""
        rooms: Hub = self._app.extensions["hub"]
        return rooms

    @cached_property
    def signer(self) -> Visitor:
        """A visitor who signs for others."""
        return self.visitor()

    def visitor(self, *, secrets: Sequence[Secret | str] | None = None) -> Visitor:
        """A new tenant with a connection; with one secret unless others are given. Where the scheme asks for
        API keys, that many are issued."""
        number = next(self._numbers)
        slug = f"kit-{number}"
        given = secrets if secrets is not None else (made_secret(number),)
        with self.rooms.database.write() as unit:
            tenant_id = tenants.create_tenant(
                unit,
                slug=slug,
                name="Kit GmbH",
                locale="de",
                currency="EUR",
                timezone="Europe/Berlin",
                now=RECEIVED_AT,
            )
            plain, sealed = split(self.settings(given), self.rooms.vault)
            tenants.create_connection(
                unit,
                tenant_id=tenant_id,
                plugin=self.manifest.slug,
                name="default",
                settings=plain,
                secrets=sealed,
                now=RECEIVED_AT,
            )
            texts = tuple(
                one if isinstance(one, str) else one.value.get_secret_value() for one in given if one
            )
            if isinstance(usual(self.manifest.scheme), ApiKey):
                row = tenants.tenant_by_slug(unit, slug)
                texts = tuple(
                    tenants.issue_key(
                        unit, tenant_id=tenant_id, tenant_number=row["number"] if row else 0, now=RECEIVED_AT
                    ).key
                    for _ in texts
                )
        return Visitor(door=self, tenant=slug, tenant_id=tenant_id, secrets=texts)

    def bare(self, sample: Fixture) -> Outgoing:
        """The sample as it is before it is signed."""
        return unsigned(sample, self.manifest)

    def settings(self, secrets: Sequence[Secret | str]) -> Settings:
        """The connection's settings with these signing secrets, if the plugin has any."""
        model = self.manifest.settings
        own = {"secrets": tuple(secrets)} if "secrets" in model.model_fields else {}
        return model.model_validate({**self._settings, **own})

    def post(self, tenant: str, outgoing: Outgoing) -> Answer:
        """Send a request as it is."""
        routes = self.manifest.routes
        route = next((one for one in routes if "<tenant>" in one), routes[0])
        response = self._app.test_client().post(
            route.replace("<tenant>", tenant),
            data=outgoing.body,
            headers=dict(outgoing.headers),
            query_string=dict(outgoing.query) or None,
        )
        answer = Answer(status=response.status_code, body=_body(response.get_data()))
        if response.status_code == UNAVAILABLE:
            raise RuntimeError(f"the hub could not store the event: {answer.body}")
        event_id = response.headers.get("X-Event-Id")
        if event_id is None:
            return answer
        with self.rooms.database.read() as unit:
            row = events.get(unit, UUID(event_id))
        if row is None:
            return answer
        return replace(answer, outcome=str(row["outcome"]), reason=row["reason"], kept=row["body"])

    def close(self) -> None:
        """Close the database and remove it."""
        if "_app" in self.__dict__:
            self.rooms.database.close()
        self._remove()


@lru_cache
def migrated(branches: tuple[Branch, ...]) -> bytes:
    """An empty SQLite file with the hub's tables and those of these plugins."""
    with tempfile.TemporaryDirectory(prefix="hub-kit-") as folder:
        path = Path(folder) / "empty.db"
        upgrade(f"sqlite:///{path}", branches)
        return path.read_bytes()


def made_secret(number: int) -> str:
    """A signing secret that every scheme takes: base64 behind a prefix, letters and digits only."""
    return "whsec_" + base64.b64encode(f"kit-secret-{number:013d}".encode()).decode()


def unsigned(sample: Fixture, manifest: Manifest, body: bytes | None = None) -> Outgoing:
    """The sample as a request, with the first content type of the manifest unless it names one."""
    usual = manifest.content_types[0] if manifest.content_types else "application/json"
    headers = {"Content-Type": usual, **sample.headers}
    return Outgoing(body=sample.body if body is None else body, headers=headers)


def usual(scheme: Scheme | None) -> Scheme | None:
    """The way that always counts, where a connection may allow further ones."""
    return scheme.first if isinstance(scheme, Permitted) else scheme


def carries_credential(scheme: Scheme | None) -> bool:
    """Whether the usual way sends the secret itself, so that the body is not signed."""
    places = ("credential_headers", "credential_query", "credential_fields")
    return any(getattr(usual(scheme), place, ()) for place in places)


def _body(raw: bytes) -> Any:
    try:
        return jsontext.decode(raw)
    except jsontext.JsonError:
        return raw.decode("utf-8", "replace")
