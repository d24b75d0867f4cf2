"""``hub payout``: what is paid together, and the files for it."""

import sys
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import click

from hub.cli.common import err, json_option, opened, parse_id, print_json, print_one, print_rows, tenant_row
from hub.records import tenants
from hub.records.database import Unit
from hub_commissions import exporting
from hub_commissions.commands import amount, plainly
from hub_commissions.records import payouts

ITEMS = ["partner", "name", "amount", "currency", "lines"]


@click.group()
def payout() -> None:
    """Payouts: matured commissions that are paid together."""


@payout.command()
@click.argument("tenant")
@click.option("--minimum", default="0", show_default=True, help="Who would get less waits for the next one.")
@click.option("--currency", metavar="EUR", help="Only what is in this currency; SEPA pays euros.")
@json_option
def create(tenant: str, minimum: str, currency: str | None, as_json: bool) -> None:
    """Gather what is matured, less what was clawed back, for each partner and currency."""
    with plainly(), opened() as hub:
        row = tenant_row(hub, tenant)
        only = currency.upper() if currency else None
        least = amount(minimum, only or row["currency"]).amount
        with hub.database.write() as unit:
            payout_id = payouts.create(unit, row["id"], hub.clock(), least, only)
            shown = payouts.shown(unit, payout_id) if payout_id else None
    if shown is None:
        if as_json:
            print_json({"id": None, "items": [], "totals": {}})
        else:
            err.print("Nothing is to be paid: no commission has matured.")
        return
    _print(shown, as_json=as_json)


@payout.command("list")
@click.argument("tenant")
@json_option
def list_payouts(tenant: str, as_json: bool) -> None:
    """The payouts of TENANT, newest first."""
    with plainly(), opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"]
        with hub.database.read() as unit:
            rows = payouts.listed(unit, tenant_id)
    print_rows(rows, ["id", "number", "status", "totals", "created_at", "paid_at"], as_json=as_json)


@payout.command()
@click.argument("payout_id", metavar="ID")
@json_option
def show(payout_id: str, as_json: bool) -> None:
    """A payout and who gets what."""
    with plainly(), opened() as hub, hub.database.read() as unit:
        shown = payouts.shown(unit, parse_id(payout_id))
    _print(shown, as_json=as_json)


@payout.command()
@click.argument("payout_id", metavar="ID")
@click.option("--format", "kind", type=click.Choice(["csv", "sepa"]), required=True)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Day of the transfer; today if not given.")
@click.option("--output", type=click.Path(dir_okay=False, writable=True), help="File; otherwise printed.")
def export(payout_id: str, kind: str, on: datetime | None, output: str | None) -> None:
    """A payout as CSV, or as a SEPA credit transfer (pain.001)."""
    with plainly(), opened() as hub, hub.database.read() as unit:
        row = payouts.find(unit, parse_id(payout_id))
        if row["status"] == "cancelled":
            raise click.ClickException(f"the payout {row['number']} was cancelled; nobody is paid by it")
        items = payouts.items(unit, row["id"])
        if kind == "csv":
            data = exporting.to_csv(row["number"], items).encode()
        else:
            day = on.date() if on else hub.clock().astimezone(_zone(unit, row["tenant_id"])).date()
            data = exporting.to_sepa(row, items, _settings(unit, row["tenant_id"]), day)
    if output is None:
        sys.stdout.buffer.write(data)
        return
    with open(output, "wb") as file:
        file.write(data)


@payout.command()
@click.argument("payout_id", metavar="ID")
@json_option
def pay(payout_id: str, as_json: bool) -> None:
    """Mark a payout as paid."""
    with plainly(), opened() as hub, hub.database.write() as unit:
        payouts.pay(unit, parse_id(payout_id), hub.clock())
        shown = payouts.shown(unit, parse_id(payout_id))
    _print(shown, as_json=as_json)


@payout.command()
@click.argument("payout_id", metavar="ID")
@json_option
def cancel(payout_id: str, as_json: bool) -> None:
    """Give an open payout's commissions back, to be gathered again."""
    with plainly(), opened() as hub, hub.database.write() as unit:
        payouts.cancel(unit, parse_id(payout_id), hub.clock())
        shown = payouts.shown(unit, parse_id(payout_id))
    _print(shown, as_json=as_json)


def _print(shown: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_one(shown, as_json=True)
        return
    print_one({name: value for name, value in shown.items() if name != "items"}, as_json=False)
    print_rows(shown["items"], ITEMS, as_json=False)


def _settings(unit: Unit, tenant_id: UUID) -> dict[str, Any]:
    """Of the tenant's connections of this plugin the first that names an account."""
    rows = tenants.connections_of(unit, tenant_id)
    found = [row["settings"] for row in rows if row["plugin"] == "commissions"]
    return next((settings for settings in found if settings.get("debtor_iban")), {})


def _zone(unit: Unit, tenant_id: UUID) -> ZoneInfo:
    row = next(row for row in tenants.list_tenants(unit) if row["id"] == tenant_id)
    return ZoneInfo(row["timezone"])
