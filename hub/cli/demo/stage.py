"""The stage of the demonstration: an installation of its own under ``var/demo``, made anew each time,
with one tenant, for whom every plugin is on that brings a demonstration."""

import os
import secrets as random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

import click
import requests

from hub.app import Hub, create_hub
from hub.cli.common import connections, load_config
from hub.config import Config
from hub.contract.reading import Payload
from hub.records import invoices, people, tenants
from hub.records.migrating import upgrade
from hub.records.vault import new_key
from hub.registry.connecting import DEFAULT
from hub.registry.demonstrating import Demo, demo_of
from hub.registry.discovery import Installed
from hub.support import passwords

TENANT, TENANT_NAME = "musterfirma", "Musterfirma GmbH"
OWNER = "erika@musterfirma.example"
START_SECONDS = 30
STOP_SECONDS = 15
PAUSE_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True)
class Player:
    """A plugin with its demonstration; ``credential`` is what its samples are signed with."""

    installed: Installed
    told: Demo
    credential: str = field(repr=False)


@contextmanager
def built(port: int, settings: Mapping[str, str]) -> Iterator[Hub]:
    """The rooms of the installation. From here on the environment of this process names it, and no
    other setting than these, so that every command and the server work on it."""
    folder = load_config().var_dir / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    for name in [name for name in os.environ if name.startswith("HUB_")]:
        del os.environ[name]
    os.environ.update(
        {
            "HUB_VAR_DIR": str(folder),
            "HUB_SECRET_KEY": new_key(),
            "HUB_BASE_URL": f"http://127.0.0.1:{free_port(port)}",
            "HUB_LOG_LEVEL": "warning",
            **settings,
        }
    )
    hub = create_hub(load_config())
    try:
        upgrade(hub.config.resolved_database_url, hub.plugins.branches())
        yield hub
    finally:
        hub.database.close()


def connected(hub: Hub) -> list[Player]:
    """The tenant, with every plugin connected that has a demonstration."""
    with hub.database.write() as unit:
        tenant_id = tenants.create_tenant(
            unit,
            slug=TENANT,
            name=TENANT_NAME,
            locale="de",
            currency="EUR",
            timezone="Europe/Berlin",
            now=hub.clock(),
        )
    told = [(installed, demo_of(installed.plugin)) for installed in hub.plugins.installed.values()]
    return [_connected(hub, tenant_id, installed, demo) for installed, demo in told if demo is not None]


def sign_in_data(hub: Hub) -> tuple[str, str]:
    """Address and password of an owner of the tenant: of the first one that a demonstration brought, or of
    one that is made here."""
    password = random.token_urlsafe(9)
    with hub.database.write() as unit:
        row = tenants.tenant_by_slug(unit, TENANT)
        assert row is not None  # noqa: S101 - made above
        owner = next(iter(people.owners(unit, row["id"])), None) or tenants.add_member(
            unit, tenant_id=row["id"], email=OWNER, name="Erika Muster", role="owner", now=hub.clock()
        )
        people.set_password(unit, owner, passwords.hash_password(password))
        person = people.by_id(unit, owner)
    return (person.email if person else OWNER), password


def _connected(hub: Hub, tenant_id: UUID, installed: Installed, told: Demo) -> Player:
    connections(hub).create(TENANT, installed.manifest.slug, DEFAULT, told.settings)
    _open_invoices(hub, tenant_id, told)
    return Player(installed=installed, told=told, credential=_credential(hub, tenant_id, told))


def _credential(hub: Hub, tenant_id: UUID, told: Demo) -> str:
    """The signing secret, or an API key if there is none; nothing for a plugin that sends nothing."""
    if not told.steps or "secrets" in told.settings:
        return told.settings.get("secrets", [""])[0]
    with hub.database.write() as unit:
        return tenants.issue_key(unit, tenant_id=tenant_id, tenant_number=1, now=hub.clock()).key


def _open_invoices(hub: Hub, tenant_id: UUID, told: Demo) -> None:
    for invoice in told.invoices:
        total = Payload(invoice.total, "total").money("EUR")
        with hub.database.write() as unit:
            invoices.create(
                unit, tenant_id=tenant_id, number=invoice.number, total=total, email=None, now=hub.clock()
            )


@contextmanager
def serving(config: Config) -> Iterator[subprocess.Popen[bytes]]:
    """``hub serve`` on the stage, ready; stopped at the end."""
    port = config.base_url.rpartition(":")[2]
    command = [sys.executable, "-m", "hub", "serve", "--port", port]
    server = subprocess.Popen(command)  # noqa: S603 - our own command
    try:
        _await_server(config.base_url, server)
        yield server
    finally:
        _stop(server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def stay(server: subprocess.Popen[bytes]) -> None:
    """Leave the server running until somebody stops it. Looks again and again: a signal that another
    thread gets does not end a wait."""
    with suppress(KeyboardInterrupt):
        while server.poll() is None:
            time.sleep(PAUSE_SECONDS)


def direct() -> requests.Session:
    """To this machine, without the proxy that the environment may name."""
    session = requests.Session()
    session.trust_env = False
    return session


def free_port(wanted: int) -> int:
    """That port, or another if it is taken; 0 wants any."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise click.ClickException("no port is free")


def _await_server(base_url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with direct() as session:
                if session.get(f"{base_url}/readyz", timeout=2).status_code == 200:
                    return
        except requests.RequestException:
            pass
        time.sleep(PAUSE_SECONDS)
    raise click.ClickException("the server did not start")
