"""``hub records``: what was made of the events."""

import click

from hub.cli.common import json_option, limit_option, opened, print_rows, tenant_row
from hub.records import listing

COLUMNS = {
    "customers": ["id", "email", "first_name", "last_name", "created_at"],
    "orders": ["id", "number", "external_id", "status", "payment_status", "email", "total", "currency"],
    "tickets": ["id", "status", "subject", "email", "customer_id", "created_at"],
    "invoices": ["id", "number", "status", "total", "paid", "currency", "email"],
    "payments": ["id", "invoice_ref", "status", "amount", "currency", "occurred_at"],
    "transactions": ["id", "external_id", "status", "partner_code", "gross", "refunded", "currency"],
    "reversals": ["id", "transaction_id", "kind", "status", "amount", "currency", "external_id"],
    "privacy_requests": ["id", "kind", "status", "due_at", "external_id"],
}


@click.command()
@click.argument("kind", type=click.Choice(list(listing.KINDS)))
@click.option("--tenant", required=True, help="Whose records.")
@limit_option
@json_option
def records(kind: str, tenant: str, limit: int, as_json: bool) -> None:
    """Records of a KIND, newest first."""
    with opened() as hub:
        row = tenant_row(hub, tenant)
        with hub.database.read() as unit:
            rows = listing.records(unit, kind, row["id"], limit)
    print_rows(rows, COLUMNS[kind], as_json=as_json)
