"""``hub key``: API keys of a tenant."""

import click

from hub.app import Hub
from hub.cli.common import connections, err, json_option, opened, parse_id, print_one, print_rows, tenant_row
from hub.contract.proofs import takes_api_keys
from hub.records import tenants


@click.group()
def key() -> None:
    """API keys of a tenant."""


@key.command()
@click.argument("tenant")
@json_option
def create(tenant: str, as_json: bool) -> None:
    """Make an API key for TENANT; it is shown once."""
    with opened() as hub:
        row = tenant_row(hub, tenant)
        closed = _command_that_opens_a_door(hub, tenant)
        with hub.database.write() as unit:
            issued = tenants.issue_key(
                unit, tenant_id=row["id"], tenant_number=row["number"], now=hub.clock()
            )
    shown = {"key": issued.key, "id": issued.id, "masked": issued.masked, "created_at": issued.created_at}
    print_one(shown, as_json=as_json)
    if as_json:
        return
    err.print("Keep the key: it is not shown again.")
    if closed:
        err.print(f"Nothing takes API keys for {tenant} yet. Switch it on: {closed}")


@key.command("list")
@click.argument("tenant")
@json_option
def list_keys(tenant: str, as_json: bool) -> None:
    """The keys of TENANT, masked."""
    with opened() as hub:
        row = tenant_row(hub, tenant)
        with hub.database.read() as unit:
            rows = tenants.keys_of(unit, row["id"])
    print_rows(rows, ["id", "masked", "created_at", "deactivated_at"], as_json=as_json)


@key.command()
@click.argument("key_id", metavar="ID")
@json_option
def deactivate(key_id: str, as_json: bool) -> None:
    """Switch a key off for good."""
    wanted = parse_id(key_id)
    with opened() as hub, hub.database.write() as unit:
        if not tenants.deactivate_key(unit, wanted, hub.clock()):
            raise click.ClickException("there is no active key with this id")
    print_one({"id": wanted, "active": False}, as_json=as_json)


def _command_that_opens_a_door(hub: Hub, tenant: str) -> str | None:
    """How to switch on a plugin that takes API keys; ``None`` if one is on already."""
    plugins = hub.plugins.installed.items()
    takers = [slug for slug, installed in plugins if takes_api_keys(installed.manifest.scheme)]
    on = {view.plugin for view in connections(hub).list(tenant) if view.enabled}
    if on & set(takers):
        return None
    return " or ".join(f"`hub connection create {tenant} {slug}`" for slug in takers) or None
