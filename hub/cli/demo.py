"""``hub demo``: a fresh installation that receives every installed plugin's own samples."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import click
import requests
from pydantic import SecretStr
from rich.table import Table

from hub.app import Hub, create_hub
from hub.cli.common import connections, err, load_config, out
from hub.cli.send import endpoint, signed
from hub.config import Config
from hub.contract.reading import Payload
from hub.records import events, invoices, listing, tenants
from hub.records.migrating import upgrade
from hub.records.vault import new_key
from hub.registry.connecting import DEFAULT
from hub.registry.demonstrating import Demo, Step, demo_of
from hub.registry.discovery import Installed
from hub.registry.fixtures import fixtures_of

TENANT, TENANT_NAME = "musterfirma", "Musterfirma GmbH"
START_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Line:
    """One request of the demonstration and what became of it."""

    sender: str
    sample: str
    how: str
    status: int
    outcome: str
    expected: str
    record: str

    @property
    def right(self) -> bool:
        """Whether the outcome is the one that the plugin promises."""
        return self.outcome == self.expected


@click.command()
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port to serve on; another if it is taken.",
)
def demo(port: int) -> None:
    """Set up a fresh hub under var/demo, send samples over HTTP, show what became of them.

    The server is left running until Ctrl-C; HUB_DEMO_EXIT=1 ends it after the table.
    """
    config = _fresh_config(port)
    hub = create_hub(config)
    upgrade(config.resolved_database_url, hub.plugins.branches())
    credentials = dict(_connect_all(hub))
    server = _start_server(config)
    try:
        _await_server(config.base_url, server)
        lines = [
            line
            for installed, told, key in _demos(hub, credentials)
            for line in _play(hub, installed, told, key)
        ]
        _print(lines)
        wrong = [line for line in lines if not line.right]
        if wrong:
            err.print(f"{len(wrong)} of {len(lines)} requests did not end as promised.")
        if os.environ.get("HUB_DEMO_EXIT") != "1":
            _stay(hub, server)
    finally:
        server.terminate()
        server.wait()
        hub.database.close()
    sys.exit(1 if wrong else 0)


def _fresh_config(port: int) -> Config:
    """An installation of its own, made anew each time."""
    folder = load_config().var_dir / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    free = _free_port(port)
    return Config(
        var_dir=folder,
        database_url=f"sqlite:///{folder / 'hub.db'}",
        secret_key=SecretStr(new_key()),
        base_url=f"http://127.0.0.1:{free}",
    )


def _free_port(wanted: int) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise click.ClickException("no port is free")


def _connect_all(hub: Hub) -> Iterator[tuple[str, str]]:
    """Connect every plugin that has a demonstration; gives what its samples are signed with."""
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
    for slug, installed in hub.plugins.installed.items():
        told = demo_of(installed.plugin)
        if told is None:
            continue
        connections(hub).create(TENANT, slug, DEFAULT, told.settings)
        _open_invoices(hub, tenant_id, told)
        yield slug, told.settings["secrets"][0] if "secrets" in told.settings else _issue_key(hub, tenant_id)


def _open_invoices(hub: Hub, tenant_id: UUID, told: Demo) -> None:
    for invoice in told.invoices:
        total = Payload(invoice.total, "total").money("EUR")
        with hub.database.write() as unit:
            invoices.create(
                unit, tenant_id=tenant_id, number=invoice.number, total=total, email=None, now=hub.clock()
            )


def _issue_key(hub: Hub, tenant_id: UUID) -> str:
    with hub.database.write() as unit:
        return tenants.issue_key(unit, tenant_id=tenant_id, tenant_number=1, now=hub.clock()).key


def _start_server(config: Config) -> subprocess.Popen[bytes]:
    key = config.secret_keys()[0]
    environment = {
        **os.environ,
        "HUB_VAR_DIR": str(config.var_dir),
        "HUB_DATABASE_URL": config.database_url,
        "HUB_SECRET_KEY": key,
        "HUB_BASE_URL": config.base_url,
        "HUB_LOG_LEVEL": "warning",
    }
    port = config.base_url.rpartition(":")[2]
    command = [sys.executable, "-m", "hub", "serve", "--port", port]
    return subprocess.Popen(command, env=environment)  # noqa: S603 - our own command


def _await_server(base_url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        try:
            with _direct() as session:
                if session.get(f"{base_url}/readyz", timeout=2).status_code == 200:
                    return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise click.ClickException("the server did not start")


def _demos(hub: Hub, credentials: dict[str, str]) -> Iterator[tuple[Installed, Demo, str]]:
    for slug, credential in credentials.items():
        installed = hub.plugins.installed[slug]
        told = demo_of(installed.plugin)
        if told is not None:
            yield installed, told, credential


def _play(hub: Hub, installed: Installed, told: Demo, credential: str) -> Iterator[Line]:
    for step in told.steps:
        answer = _send(hub, installed, step, credential)
        outcome, record = _became(hub, answer.headers.get("X-Event-Id"))
        yield Line(
            sender=installed.manifest.title["de"],
            sample=step.send,
            how="" if step.how == "plain" else step.how,
            status=answer.status_code,
            outcome=outcome,
            expected=step.outcome,
            record=record,
        )


def _send(hub: Hub, installed: Installed, step: Step, credential: str) -> requests.Response:
    scheme = installed.manifest.scheme
    if scheme is None:
        raise click.ClickException(f"{installed.manifest.slug} declares no scheme to sign with")
    sample = fixtures_of(installed.plugin)[step.send]
    at = hub.clock()
    if step.how == "stale":
        at = at.replace(year=at.year - 1)
    outgoing = signed(sample, scheme, credential, at, tamper=step.how == "tamper")
    url = endpoint(installed, TENANT, DEFAULT, hub.config.base_url)
    with _direct() as session:
        return session.post(url, data=outgoing.body, headers=dict(outgoing.headers), timeout=30)


def _direct() -> requests.Session:
    """To this machine, without the proxy that the environment may name."""
    session = requests.Session()
    session.trust_env = False
    return session


def _became(hub: Hub, event_id: str | None) -> tuple[str, str]:
    """The outcome as the event log has it, and the records that the event made."""
    if event_id is None:
        return "unanswered", ""
    with hub.database.read() as unit:
        row = events.get(unit, UUID(event_id))
        made = listing.made_by(unit, UUID(event_id))
        shown = [_label(listing.record(unit, item["kind"], item["id"]), item["kind"]) for item in made]
    outcome = str(row["outcome"]) if row else "unknown"
    reason = f"({row['reason']})" if row and row["reason"] and not shown else ""
    return outcome, ", ".join(shown) or reason


def _label(record: dict[str, Any] | None, kind: str) -> str:
    values = record or {}
    amount = next(
        (values[name] for name in ("gross", "total", "amount") if values.get(name) is not None), None
    )
    money = f" {amount} {values.get('currency')}" if amount is not None else ""
    name = next((values[key] for key in ("email", "number", "external_id", "subject") if values.get(key)), "")
    return f"{kind} {name}{money}"


def _print(lines: list[Line]) -> None:
    table = Table("sender", "sample", "sent", "HTTP", "outcome", "record", header_style="bold")
    for line in lines:
        outcome = line.outcome if line.right else f"[red]{line.outcome}, not {line.expected}[/red]"
        table.add_row(line.sender, line.sample, line.how, str(line.status), outcome, line.record)
    out.print(table)
    right = sum(line.right for line in lines)
    out.print(f"{right} of {len(lines)} requests ended as promised.")


def _stay(hub: Hub, server: subprocess.Popen[bytes]) -> None:
    """Leave the server running until somebody stops it."""
    out.print(f"\nThe hub is running at {hub.config.base_url} (Ctrl-C ends it). Its addresses:")
    for view in connections(hub).list(TENANT):
        for path in view.paths:
            out.print(f"  {view.plugin:<10} {hub.config.base_url}{path}")
    out.print(f"  {'health':<10} {hub.config.base_url}/readyz")
    try:
        server.wait()
    except KeyboardInterrupt:
        out.print("Stopped.")
