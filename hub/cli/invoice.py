"""``hub invoice``: bills that customers pay online."""

import click

from hub.cli.common import json_option, opened, print_one, tenant_row
from hub.contract.errors import PayloadError
from hub.contract.reading import Payload
from hub.records import invoices, listing


@click.group()
def invoice() -> None:
    """Bills that customers pay online."""


@invoice.command()
@click.argument("tenant")
@click.argument("number")
@click.option("--total", required=True, help='Amount in the tenant\'s currency, such as "119.00".')
@click.option("--email", help="Address of the customer.")
@json_option
def create(tenant: str, number: str, total: str, email: str | None, as_json: bool) -> None:
    """Add an open invoice with this NUMBER."""
    with opened() as hub:
        row = tenant_row(hub, tenant)
        try:
            amount = Payload(total, "total").money(row["currency"])
        except PayloadError as error:
            raise click.ClickException(error.message) from None
        with hub.database.write() as unit:
            invoice_id = invoices.create(
                unit, tenant_id=row["id"], number=number, total=amount, email=email, now=hub.clock()
            )
            shown = listing.record(unit, "invoice", invoice_id)
    print_one(shown or {}, as_json=as_json)
