"""``hub privacy``: demands to show or erase personal data that providers pass on."""

import click

from hub.cli.common import json_option, limit_option, opened, parse_id, print_json, print_rows, tenant_row
from hub.cli.customer import ACTOR, print_erasure
from hub.records import requests
from hub.registry.privacy import Erasure, Privacy

COLUMNS = ["id", "kind", "status", "due_at", "external_id"]


@click.group()
def privacy() -> None:
    """Demands of providers to show or erase personal data, such as Shopify's."""


@privacy.command("list")
@click.argument("tenant")
@click.option("--status", type=click.Choice(["open", "done"]), help="Only these.")
@limit_option
@json_option
def list_requests(tenant: str, status: str | None, limit: int, as_json: bool) -> None:
    """The demands to TENANT, the most urgent first."""
    with opened() as hub:
        owner = tenant_row(hub, tenant)
        with hub.database.read() as unit:
            rows = requests.some(unit, owner["id"], status=status, limit=limit)
    print_rows(rows, COLUMNS, as_json=as_json)


@privacy.command()
@click.argument("tenant")
@click.argument("request_id", metavar="ID")
@json_option
def fulfil(tenant: str, request_id: str, as_json: bool) -> None:
    """Do what a demand asks for, and close it. A copy is printed as JSON, to be handed over. An erasure
    concerns what came through the provider's connection; three days before it is due a worker carries it
    out by itself."""
    with opened() as hub:
        owner = tenant_row(hub, tenant)
        with hub.database.write() as unit:
            request = requests.held(unit, owner["id"], parse_id(request_id))
            if request is None:
                raise click.ClickException("there is no such demand; `hub privacy list` shows all")
            if request["status"] == "done":
                raise click.ClickException("it was done already")
            done = Privacy(hub.registry).fulfil(unit, request, actor=ACTOR, now=hub.clock())
    if isinstance(done, Erasure):
        print_erasure(done, as_json=as_json)
    else:
        print_json(done)
