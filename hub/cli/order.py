"""``hub order``: web orders in the inbox."""

import click

from hub.cli.common import json_option, opened, parse_id, print_one, tenant_row
from hub.records import listing, orders


@click.group()
def order() -> None:
    """Web orders in the inbox."""


@order.command()
@click.argument("tenant")
@click.argument("order_id", metavar="ID")
@json_option
def process(tenant: str, order_id: str, as_json: bool) -> None:
    """Mark a new order as processed; effects such as the confirmation to the customer follow."""
    with opened() as hub:
        row = tenant_row(hub, tenant)
        entry = hub.registry.entry(tenant)
        assert entry is not None  # noqa: S101 - the row is there
        on = {plugin for plugin, _ in entry.targets}
        with hub.database.write() as unit:
            source, persisted = orders.process(
                unit,
                tenant=entry.tenant,
                tenant_id=row["id"],
                order_id=parse_id(order_id),
                now=hub.clock(),
            )
            hub.announcer.announce(unit, source, on, [persisted])
            shown = listing.record(unit, "order", persisted.id)
    print_one(shown or {}, as_json=as_json)
