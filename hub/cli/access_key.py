"""``hub access-key``: keys with which a tenant's own programs use the API."""

from datetime import UTC, datetime, time

import click

from hub.cli.common import err, json_option, opened, parse_id, print_one, print_rows, tenant_row
from hub.records import access
from hub.records.scopes import SCOPES


@click.group("access-key")
def access_key() -> None:
    """Access keys of the API, for a tenant's own programs."""


@access_key.command()
@click.argument("tenant")
@click.option("--name", required=True, help="What the key is for, such as the program's name.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(list(SCOPES)),
    help="What the key may do; several can be given.",
)
@click.option(
    "--expires",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day on which it counts, in UTC. Without: until it is revoked.",
)
@json_option
def create(tenant: str, name: str, scopes: tuple[str, ...], expires: datetime | None, as_json: bool) -> None:
    """Make an access key for TENANT; it is shown once."""
    ends = datetime.combine(expires, time.max, UTC) if expires else None
    with opened() as hub:
        row = tenant_row(hub, tenant)
        if ends is not None and ends <= hub.clock():
            raise click.ClickException("that day is over")
        with hub.database.write() as unit:
            issued = access.issue(
                unit, row["id"], name=name[: access.MAX_NAME], scopes=scopes, now=hub.clock(), expires_at=ends
            )
    shown = {"key": issued.key, "id": issued.id, "masked": issued.masked, "scopes": sorted(set(scopes))}
    print_one(shown, as_json=as_json)
    if not as_json:
        err.print("Keep the key: it is not shown again.")


@access_key.command("list")
@click.argument("tenant")
@json_option
def list_keys(tenant: str, as_json: bool) -> None:
    """The access keys of TENANT, masked."""
    with opened() as hub:
        row = tenant_row(hub, tenant)
        with hub.database.read() as unit:
            rows = access.of_tenant(unit, row["id"])
    columns = ["id", "name", "masked", "scopes", "created_at", "last_used_at", "expires_at", "revoked_at"]
    print_rows(rows, columns, as_json=as_json)


@access_key.command()
@click.argument("tenant")
@click.argument("key_id", metavar="ID")
@json_option
def revoke(tenant: str, key_id: str, as_json: bool) -> None:
    """End an access key of TENANT for good."""
    wanted = parse_id(key_id)
    with opened() as hub:
        row = tenant_row(hub, tenant)
        with hub.database.write() as unit:
            if not access.revoke(unit, row["id"], wanted, hub.clock()):
                raise click.ClickException(f"{tenant} has no access key with this id that is not revoked yet")
    print_one({"id": wanted, "revoked": True}, as_json=as_json)
