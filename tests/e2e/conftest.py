"""A real ``hub serve`` on each engine, and a tenant of its own for each test."""

import importlib
import json
import os
import re
import secrets as random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil
import pytest
import requests
from click.testing import CliRunner, Result
from pydantic import SecretStr

import hub
from hub.app import Hub, create_hub
from hub.config import Config
from hub.records import events, listing, tenants
from hub.records.migrating import upgrade
from hub.registry.connecting import Connections
from hub.registry.discovery import discover
from hub.support import jsontext

COMMANDS = importlib.import_module("hub.cli.main")
SETTINGS = tuple(f"HUB_{name.upper()}" for name in Config.model_fields)
SECRET_KEY = "the-vault-key-of-the-tests"
SECONDS = 30
"""How long anything may take on a busy machine."""


@dataclass(frozen=True)
class Server:
    """A running ``hub serve``."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    environment: Mapping[str, str]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def log_lines(self) -> list[dict[str, Any]]:
        """All lines so far."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]

    def worker_pids(self, but: int | None = None) -> list[int]:
        """The worker processes, once there are two of them without the one that was killed."""

        def pids() -> list[int]:
            return [child.pid for child in psutil.Process(self.process.pid).children()]

        assert wait_until(lambda: len(pids()) > 1 and but not in pids())
        return pids()

    def terminate(self) -> int:
        """SIGTERM, and the status that it ends with."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS)


def wait_until(condition: Callable[[], bool]) -> bool:
    """Whether it became true before long."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return False


@dataclass(frozen=True)
class Firm:
    """A tenant with a connection of every source, on a running server."""

    server: Server
    rooms: Hub
    slug: str
    key: str
    """Of the lead API."""
    secrets: Mapping[str, str]

    def sign(self, plugin: str, body: bytes, secret: str | None = None) -> dict[str, str]:
        """The headers that the sender would give the body now."""
        scheme = self.rooms.plugins.installed[plugin].manifest.scheme
        assert scheme is not None
        outgoing = hub.Outgoing(body=body, headers={"Content-Type": "application/json"})
        return dict(scheme.sign(outgoing, secret or self.secrets[plugin], datetime.now(UTC)).headers)

    def address(self, plugin: str = "custom") -> str:
        route = self.rooms.plugins.installed[plugin].manifest.routes[0]
        return self.server.url + route.replace("<tenant>", self.slug)

    def post(
        self, body: Any, *, plugin: str = "custom", secret: str | None = None, url: str | None = None
    ) -> requests.Response:
        """Send a signed request."""
        raw = body if isinstance(body, bytes) else jsontext.encode(body)
        headers = self.sign(plugin, raw, secret)
        return requests.post(url or self.address(plugin), data=raw, headers=headers, timeout=SECONDS)

    def hub(self, *words: str) -> Result:
        """Run a command beside the server."""
        env = {**dict.fromkeys(SETTINGS), **self.server.environment, "HUB_BASE_URL": self.server.url}
        with patch.object(COMMANDS, "set_up_logs"):
            return CliRunner().invoke(
                COMMANDS.hub, list(words), env=env, obj=self.rooms.plugins, catch_exceptions=False
            )

    def json(self, *words: str) -> Any:
        result = self.hub(*words, "--json")
        assert result.exit_code == 0, result.stderr
        return jsontext.decode_stored(result.stdout)

    def records(self, kind: str) -> list[dict[str, Any]]:
        """The tenant's records of a kind, newest first."""
        with self.rooms.database.read() as unit:
            return list(listing.records(unit, kind, self._id(unit)))

    def outcomes(self) -> list[str]:
        """What became of the tenant's events, oldest first."""
        with self.rooms.database.read() as unit:
            rows = events.search(unit, tenant_id=self._id(unit), limit=1000)
        return [row["outcome"] for row in rows][::-1]

    def _id(self, unit: Any) -> Any:
        row = tenants.tenant_by_slug(unit, self.slug)
        assert row is not None
        return row["id"]


Serve = Callable[..., AbstractContextManager[Server]]


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Serve:
    """Starts servers: ``with serve(database_url, "--workers", "3", HUB_BODY_LIMIT="9") as server:``."""

    @contextmanager
    def run(database_url: str, *options: str, **settings: str) -> Iterator[Server]:
        folder = tmp_path_factory.mktemp("server")
        environment = {
            "HUB_VAR_DIR": str(folder / "var"),
            "HUB_DATABASE_URL": database_url,
            "HUB_SECRET_KEY": SECRET_KEY,
            **settings,
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        log = folder / "log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "hub", "serve", "--port", "0", *options],
                env={**inherited, **environment},
                stderr=stream,
                stdout=stream,
            )
        try:
            assert wait_until(lambda: b"\n" in log.read_bytes() or process.poll() is not None)
            serving = re.match(r'\{"url":"([^"]+)",.*"event":"serving"', log.read_text("utf-8"))
            assert serving, log.read_text("utf-8")
            url = serving[1]
            assert requests.get(f"{url}/readyz", timeout=SECONDS).json() == {"status": "ready"}
            yield Server(url, process, log, environment)
        finally:
            process.terminate()
            try:
                process.wait(SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    return run


@pytest.fixture(scope="session")
def fresh_database(
    request: pytest.FixtureRequest, migrated_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str]:
    """Makes a migrated, empty database on an engine: ``fresh_database("postgresql")``."""

    def make(engine: str) -> str:
        if engine == "sqlite":
            return f"sqlite:///{shutil.copy(migrated_file, tmp_path_factory.mktemp('database') / 'hub.db')}"
        url: str = request.getfixturevalue("postgres")(f"e2e_{random.token_hex(3)}")
        upgrade(url, discover().branches())
        return url

    return make


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def running(
    request: pytest.FixtureRequest, serve: Serve, fresh_database: Callable[[str], str]
) -> Iterator[Server]:
    """One server for all tests of this process, on each engine."""
    with serve(fresh_database(request.param)) as server:
        yield server


@pytest.fixture
def make_firm() -> Iterator[Callable[[Server], Firm]]:
    """Adds a tenant to a server's database: ``make_firm(server)``."""
    opened: list[Hub] = []

    def make(server: Server) -> Firm:
        config = Config(database_url=server.environment["HUB_DATABASE_URL"], secret_key=SecretStr(SECRET_KEY))
        rooms = create_hub(config).for_all_tenants()
        opened.append(rooms)
        slug = f"musterfirma-{random.token_hex(4)}"
        with rooms.database.write() as unit:
            tenant_id = tenants.create_tenant(
                unit,
                slug=slug,
                name="Musterfirma GmbH",
                locale="de",
                currency="EUR",
                timezone="Europe/Berlin",
                now=rooms.clock(),
            )
            number = tenants.tenant_by_slug(unit, slug)["number"]  # type: ignore[index]
            key = tenants.issue_key(unit, tenant_id=tenant_id, tenant_number=number, now=rooms.clock()).key
        connections = Connections(rooms.database, rooms.plugins, rooms.vault, rooms.clock)
        secrets = {plugin: f"geheim-{random.token_hex(12)}" for plugin in ("custom", "stripe", "shopify")}
        for plugin, secret in secrets.items():
            connections.create(slug, plugin, "default", {"secrets": [secret]})
        connections.create(slug, "lead", "default", {})
        return Firm(server, rooms, slug, key, {**secrets, "lead": key})

    yield make
    for rooms in opened:
        rooms.database.close()


@pytest.fixture
def firm(running: Server, make_firm: Callable[[Server], Firm]) -> Firm:
    """A tenant on the running server, with custom webhook, lead API, Stripe and Shopify."""
    return make_firm(running)


@pytest.fixture(autouse=True, scope="session")
def _no_proxy() -> Iterator[None]:
    """All traffic stays on this machine, whatever the environment says."""
    with pytest.MonkeyPatch.context() as patched:
        for name in ("NO_PROXY", "no_proxy"):
            patched.setenv(name, "*")
        yield


@pytest.fixture
def program() -> Callable[[str], str]:
    """The path of a program that a sender uses; skips where it is missing, fails in CI."""

    def find(name: str, *check: str) -> str:
        path = shutil.which(name)
        works = path is not None and subprocess.run([path, *check], capture_output=True).returncode == 0
        if not works and os.environ.get("CI") == "true":
            pytest.fail(f"CI needs {name}")
        if not works:
            pytest.skip(f"{name} is not installed")
        return str(path)

    return find
