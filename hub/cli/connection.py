"""``hub connection``: plugins switched on for a tenant."""

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any, BinaryIO, TypeVar
from uuid import UUID

import click

from hub.app import Hub
from hub.cli.common import connections, err, json_option, opened, print_one, print_rows
from hub.contract.describing import describe
from hub.contract.inbound import Inbound
from hub.pipeline.logging import inbound_of
from hub.pipeline.previewing import pasted
from hub.pipeline.previewing import preview as tried
from hub.records import events
from hub.registry.connecting import DEFAULT, ConnectionView

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

MOST_HOURS = 24 * 365
"""The longest overlap of two secrets."""


@click.group()
def connection() -> None:
    """Plugins switched on for a tenant."""


def _addressed(command: CommandT) -> CommandT:
    name = click.option("--name", default=DEFAULT, show_default=True, help="Which of several connections.")
    return click.argument("tenant")(click.argument("plugin")(name(command)))


def _settings(command: CommandT) -> CommandT:
    return click.option(
        "--set", "pairs", multiple=True, metavar="KEY=VALUE", help="A setting; lists take it several times."
    )(command)


@connection.command()
@_addressed
@_settings
@json_option
def create(tenant: str, plugin: str, name: str, pairs: tuple[str, ...], as_json: bool) -> None:
    """Switch PLUGIN on for TENANT."""
    with opened() as hub:
        view = connections(hub).create(tenant, plugin, name, _parsed(pairs))
        print_one(_shown(hub, view), as_json=as_json)
        _warn_without_secret(view)


@connection.command("list")
@click.argument("tenant")
@json_option
def list_connections(tenant: str, as_json: bool) -> None:
    """The connections of TENANT."""
    with opened() as hub:
        rows = [_shown(hub, view) for view in connections(hub).list(tenant)]
    print_rows(rows, ["plugin", "name", "enabled", "urls"], as_json=as_json)


@connection.command()
@_addressed
@json_option
def show(tenant: str, plugin: str, name: str, as_json: bool) -> None:
    """One connection, its secrets masked."""
    with opened() as hub:
        print_one(_shown(hub, connections(hub).show(tenant, plugin, name)), as_json=as_json)


@connection.command("set")
@_addressed
@_settings
@json_option
def set_settings(tenant: str, plugin: str, name: str, pairs: tuple[str, ...], as_json: bool) -> None:
    """Replace settings and keep the others."""
    with opened() as hub:
        view = connections(hub).change(tenant, plugin, name, _parsed(pairs))
        print_one(_shown(hub, view), as_json=as_json)


@connection.command()
@_addressed
@_settings
@click.option(
    "--body", type=click.File("rb"), help="A file with the body of a request; - reads it from here."
)
@click.option("--event", type=click.UUID, help="A request that was received.")
@json_option
def preview(
    tenant: str,
    plugin: str,
    name: str,
    pairs: tuple[str, ...],
    body: BinaryIO | None,
    event: UUID | None,
    as_json: bool,
) -> None:
    """Show what a request would become, with other settings too; nothing is stored.

    Try out a field mapping: --set mapping='total = betrag | decimal_comma', once for each line.
    """
    if (body is None) == (event is None):
        raise click.ClickException("give either --body or --event")
    with opened() as hub:
        view = connections(hub).show(tenant, plugin, name)
        settings = connections(hub).changed(tenant, plugin, name, _parsed(pairs))
        inbound = pasted(body.read(), hub.clock()) if body else _received(hub, event, view)
        entry = hub.registry.entry(tenant)
        if entry is None:
            raise click.ClickException(f"there is no tenant {tenant!r}")
        found = tried(hub.registry, entry, (plugin, name), settings, inbound, view.id)
    told = {
        "outcome": found.kind.value,
        "reason": found.reason,
        "message": found.message,
        "facts": [describe(fact) for fact in found.facts],
    }
    print_one(told, as_json=as_json)
    if found.kind.value in ("rejected", "failed"):
        sys.exit(1)


def _received(hub: Hub, event: UUID | None, view: ConnectionView) -> Inbound:
    with hub.database.read() as unit:
        row = events.get(unit, event) if event else None
    if row is None or row["connection_id"] != view.id:
        raise click.ClickException(f"this connection has no event {event}")
    return inbound_of(row)


@connection.command()
@_addressed
@json_option
def enable(tenant: str, plugin: str, name: str, as_json: bool) -> None:
    """Switch a connection on again."""
    _switch(tenant, plugin, name, as_json, on=True)


@connection.command()
@_addressed
@json_option
def disable(tenant: str, plugin: str, name: str, as_json: bool) -> None:
    """Switch a connection off: requests are refused, records stay."""
    _switch(tenant, plugin, name, as_json, on=False)


@connection.command()
@_addressed
@json_option
def disconnect(tenant: str, plugin: str, name: str, as_json: bool) -> None:
    """Switch a connection off and forget its secrets: what it received stays."""
    with opened() as hub:
        view = connections(hub).disconnect(tenant, plugin, name)
        print_one(_shown(hub, view), as_json=as_json)


@connection.command("rotate-secret")
@_addressed
@click.option("--value", help="The new secret, where the sender made it. Otherwise one is made here.")
@click.option(
    "--overlap",
    type=click.FloatRange(0, MOST_HOURS),
    default=24.0,
    show_default=True,
    help="Hours that the old secret still counts.",
)
@json_option
def rotate_secret(
    tenant: str, plugin: str, name: str, value: str | None, overlap: float, as_json: bool
) -> None:
    """Change the signing secret without losing an event."""
    with opened() as hub:
        fresh = connections(hub).rotate(tenant, plugin, name, value=value, overlap=timedelta(hours=overlap))
    shown = {"plugin": plugin, "name": name, "secret": fresh if value is None else "***"}
    print_one(shown, as_json=as_json)
    if value is None:
        err.print("Keep the secret: it is not shown again.")


def _switch(tenant: str, plugin: str, name: str, as_json: bool, *, on: bool) -> None:
    with opened() as hub:
        view = connections(hub).enable(tenant, plugin, name, on=on)
        print_one(_shown(hub, view), as_json=as_json)


def _parsed(pairs: tuple[str, ...]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise click.ClickException("settings are written KEY=VALUE")
        given.setdefault(key.strip(), []).append(value)
    return given


def _shown(hub: Hub, view: ConnectionView) -> dict[str, Any]:
    base = hub.config.base_url.rstrip("/")
    return {
        "id": view.id,
        "tenant": view.tenant,
        "plugin": view.plugin,
        "name": view.name,
        "enabled": view.enabled,
        "settings": view.settings,
        "urls": [base + path for path in view.paths],
        "disconnected_at": view.disconnected_at,
        "disconnect_reason": view.disconnect_reason,
    }


def _warn_without_secret(view: ConnectionView) -> None:
    if "secrets" in view.settings and not view.settings["secrets"]:
        err.print(
            "No signing secret is stored, so every request is refused. Store the sender's with "
            f"`hub connection set {view.tenant} {view.plugin} --set secrets=…`, or make one with "
            f"`hub connection rotate-secret {view.tenant} {view.plugin}`."
        )
