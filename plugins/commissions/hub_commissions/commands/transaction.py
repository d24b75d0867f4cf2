"""``hub transaction``: giving sales to partners by hand."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import click

from hub.cli.common import err, json_option, opened, print_rows, tenant_row
from hub.records.database import Unit
from hub_commissions import assigning
from hub_commissions.commands import plainly
from hub_commissions.records import lines

COLUMNS = ["external_id", "partner", "level", "amount", "currency", "status", "kind"]
MOST = 10_000

Outcome = tuple[Sequence[dict[str, Any]], Sequence[dict[str, Any]]]
"""Lines, and sales without any."""

connection_option = click.option(
    "--connection", metavar="PLUGIN/NAME", help="Which connection's, if several know the id."
)


@click.group()
def transaction() -> None:
    """Sales: to whom they belong."""


@transaction.command()
@click.argument("tenant")
@click.argument("external_ids", metavar="EXTERNAL_ID…", nargs=-1, required=True)
@click.option("--partner", required=True, metavar="CODE", help="Whose sales they are.")
@click.option("--reassign", is_flag=True, help="Also take them from another partner.")
@connection_option
@json_option
def assign(
    tenant: str,
    external_ids: tuple[str, ...],
    partner: str,
    reassign: bool,
    connection: str | None,
    as_json: bool,
) -> None:
    """Give sales to a partner, all or none. The commissions are those that the sales would have
    given when they arrived."""
    with plainly(), opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"]
        with hub.database.write() as unit:
            found = assigning.assign(
                unit,
                tenant_id,
                external_ids,
                partner,
                now=hub.clock(),
                connection=connection,
                reassign=reassign,
            )
            outcome = _outcome(unit, tenant_id, external_ids, found)
    _print(outcome, as_json=as_json)


@transaction.command()
@click.argument("tenant")
@click.argument("external_ids", metavar="EXTERNAL_ID…", nargs=-1, required=True)
@connection_option
@json_option
def recompute(tenant: str, external_ids: tuple[str, ...], connection: str | None, as_json: bool) -> None:
    """Decide anew by which plan and for whom sales pay: such as those that had no plan, or arrived
    while the plugin was off."""
    with plainly(), opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"]
        with hub.database.write() as unit:
            found = assigning.recompute(unit, tenant_id, external_ids, now=hub.clock(), connection=connection)
            outcome = _outcome(unit, tenant_id, external_ids, found)
    _print(outcome, as_json=as_json)


def _outcome(unit: Unit, tenant_id: UUID, external_ids: Sequence[str], found: Sequence[UUID]) -> Outcome:
    """The commissions of these sales, and those of them that gave none."""
    given = [
        row
        for name in dict.fromkeys(external_ids)
        for row in lines.lines(unit, tenant_id, transaction=name, limit=MOST)
    ]
    return given, lines.without(unit, tenant_id, among=found, limit=MOST)


def _print(outcome: Outcome, *, as_json: bool) -> None:
    given, without = outcome
    print_rows(given, COLUMNS, as_json=as_json)
    for sale in without:
        err.print(f"{sale['external_id']} gives no commission: {sale['reason']}")
