"""``hub commission``: the ledger, and why each line is as it is."""

import click

from hub.cli.common import MOST_ROWS, json_option, opened, parse_id, print_one, print_rows, tenant_row
from hub_commissions.commands import plainly
from hub_commissions.records import lines, payouts
from hub_commissions.settling import STATUSES

COLUMNS = ["id", "partner", "level", "amount", "currency", "status", "kind", "external_id", "matures_at"]
WITHOUT = ["external_id", "status", "partner_code", "reason", "gross", "currency"]

limit_option = click.option(
    "--limit", type=click.IntRange(1, MOST_ROWS), default=10_000, show_default=True, help="How many."
)


@click.group()
def commission() -> None:
    """The ledger: who gets what for which sale, and why."""


@commission.command("list")
@click.option("--tenant", required=True, help="Whose commissions.")
@click.option("--partner", metavar="CODE", help="Only of this partner.")
@click.option("--transaction", metavar="EXTERNAL_ID", help="Only of this sale.")
@click.option("--status", type=click.Choice(STATUSES), help="Only these.")
@limit_option
@json_option
def list_lines(
    tenant: str, partner: str | None, transaction: str | None, status: str | None, limit: int, as_json: bool
) -> None:
    """Lines of the ledger, newest first. They sum up to what partners are owed or were paid."""
    with plainly(), opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"]
        with hub.database.read() as unit:
            rows = lines.lines(
                unit, tenant_id, partner=partner, status=status, transaction=transaction, limit=limit
            )
    print_rows(rows, COLUMNS, as_json=as_json)


@commission.command()
@click.argument("line_id", metavar="ID")
@json_option
def explain(line_id: str, as_json: bool) -> None:
    """Why a line is as it is, and the way back to the sale, the event and its bytes."""
    wanted = parse_id(line_id)
    with plainly(), opened() as hub, hub.database.read() as unit:
        row = lines.line(unit, wanted)
    if row is None:
        raise click.ClickException("there is no such commission; `hub commission list` shows all")
    explanation = row.pop("explanation")
    print_one({**row, "explanation": explanation} if as_json else {**row, **explanation}, as_json=as_json)


@commission.command()
@click.option("--tenant", required=True, help="Whose sales.")
@limit_option
@json_option
def without(tenant: str, limit: int, as_json: bool) -> None:
    """Sales that gave no commission, and why."""
    with plainly(), opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"]
        with hub.database.read() as unit:
            rows = lines.without(unit, tenant_id, limit=limit)
    print_rows(rows, WITHOUT, as_json=as_json)


@commission.command()
@click.option("--tenant", required=True, help="Whose commissions.")
@json_option
def mature(tenant: str, as_json: bool) -> None:
    """Mature what has been held back long enough."""
    with plainly(), opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"]
        with hub.database.write() as unit:
            matured = payouts.mature(unit, hub.clock(), tenant_id)
    print_one({"matured": matured}, as_json=as_json)
