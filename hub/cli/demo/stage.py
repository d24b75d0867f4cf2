"""The stage of the demonstration: an installation of its own under ``var/demo``, made anew each time,
with tenants for whom every plugin is on that brings a demonstration."""

import os
import secrets as random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import click
import requests

from hub.app import Hub, create_hub
from hub.cli.common import connections, load_config
from hub.config import Config
from hub.contract.reading import Payload
from hub.records import invoices, issuers, people, tenants
from hub.records.database import Row, Unit
from hub.records.issuers import Issuer
from hub.records.migrating import upgrade
from hub.records.vault import new_key
from hub.registry.connecting import DEFAULT
from hub.registry.demonstrating import Demo, demo_of
from hub.registry.discovery import Installed
from hub.support import passwords

TENANT, TENANT_NAME = "musterfirma", "Musterfirma GmbH"
SECOND, SECOND_NAME = "nordlicht", "Nordlicht & Söhne KG"
OWNER = "erika@musterfirma.example"

TEAM = (("Katrin Vogel", "katrin@musterfirma.example", "admin"),)
"""Who is in the team besides those that plugins bring."""


PRINTED: Mapping[str, Any] = {
    "address": "Musterstraße 1\n12345 Musterstadt",
    "tax_number": "12/345/67890",
    "vat_id": "DE123456789",
    "register_entry": "Amtsgericht Musterstadt, HRB 12345",
    "email": "buchhaltung@musterfirma.example",
    "phone": "030 1234567",
    "iban": "DE89370400440532013000",
    "footer": "Vielen Dank für Ihren Auftrag.",
}
"""What invoices of the demonstration say of who issues them; the account is that of documentation."""

ISSUER = Issuer(
    address="Musterstraße 1\n50667 Köln",
    vat_id="DE123456789",
    register_entry="Amtsgericht Köln, HRB 12345",
    email="buchhaltung@musterfirma.example",
    phone="0221 123456",
    iban="DE89370400440532013000",
)
"""What invoices say of a tenant, besides its name."""

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
        yield hub.for_all_tenants()
    finally:
        hub.database.close()


def connected(hub: Hub, slug: str = TENANT, name: str = TENANT_NAME) -> list[Player]:
    """A new tenant, with every plugin connected that has a demonstration."""
    with hub.database.write() as unit:
        tenant_id = tenants.create_tenant(
            unit,
            slug=slug,
            name=name,
            locale="de",
            currency="EUR",
            timezone="Europe/Berlin",
            now=hub.clock(),
        )
        issuers.save(unit, tenant_id, Issuer(company=name, **PRINTED))
    told = [(installed, demo_of(installed.plugin)) for installed in hub.plugins.installed.values()]
    return [_connected(hub, slug, installed, demo) for installed, demo in told if demo is not None]


def staffed(hub: Hub) -> None:
    """The tenants' team: an owner, if no demonstration brought one, who owns the second tenant too. Both
    can issue invoices."""
    with hub.database.write() as unit:
        first, second = (tenant_of(unit, slug) for slug in (TENANT, SECOND))
        for tenant in (first, second):
            issuers.save(unit, tenant["id"], replace(ISSUER, company=tenant["name"]))
        owner = next(iter(people.owners(unit, first["id"])), None) or tenants.add_member(
            unit, tenant_id=first["id"], email=OWNER, name="Erika Muster", role="owner", now=hub.clock()
        )
        for name, email, role in TEAM:
            tenants.add_member(
                unit, tenant_id=first["id"], email=email, name=name, role=role, now=hub.clock()
            )
        person = people.by_id(unit, owner)
        if person is not None:
            tenants.add_member(
                unit,
                tenant_id=second["id"],
                email=person.email,
                name=person.name,
                role="owner",
                now=hub.clock(),
            )


def sign_in_data(hub: Hub) -> tuple[str, str]:
    """Address and new password of the tenant's first owner."""
    password = random.token_urlsafe(9)
    with hub.database.write() as unit:
        owner = people.owners(unit, tenant_of(unit, TENANT)["id"])[0]
        people.set_password(unit, owner, passwords.hash_password(password))
        person = people.by_id(unit, owner)
    return (person.email if person else OWNER), password


def open_invoices(hub: Hub, cast: Iterable[Player]) -> None:
    """The invoices that samples pay."""
    for invoice in (invoice for player in cast for invoice in player.told.invoices):
        total = Payload(invoice.total, "total").money("EUR")
        with hub.database.write() as unit:
            tenant_id = tenant_of(unit, TENANT)["id"]
            invoices.create(
                unit, tenant_id=tenant_id, number=invoice.number, total=total, email=None, now=hub.clock()
            )


def tenant_of(unit: Unit, slug: str) -> Row:
    """The tenant's row."""
    row = tenants.tenant_by_slug(unit, slug)
    if row is None:
        raise click.ClickException(f"the tenant {slug} is not there")
    return row


def _connected(hub: Hub, slug: str, installed: Installed, told: Demo) -> Player:
    connections(hub).create(slug, installed.manifest.slug, DEFAULT, told.settings)
    return Player(installed=installed, told=told, credential=_credential(hub, slug, told))


def _credential(hub: Hub, slug: str, told: Demo) -> str:
    """The signing secret, or an API key if there is none; nothing for a plugin that sends nothing."""
    if not told.steps or "secrets" in told.settings:
        return told.settings.get("secrets", [""])[0]
    with hub.database.write() as unit:
        row = tenant_of(unit, slug)
        issued = tenants.issue_key(unit, tenant_id=row["id"], tenant_number=row["number"], now=hub.clock())
    return issued.key


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
