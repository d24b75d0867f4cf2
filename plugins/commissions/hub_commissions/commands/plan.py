"""``hub plan``: what is paid, in versions."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from hub.cli.common import json_option, opened, print_one, print_rows, tenant_row
from hub.records.database import Row
from hub_commissions.commands import amount, plainly
from hub_commissions.records import plans
from hub_commissions.terms import BASES, PERIODS, Terms, levels_of, override_to_json, rate_of, tiers_of

CommandT = TypeVar("CommandT", bound=Callable[..., Any])
COLUMNS = [
    "name",
    "version",
    "default",
    "percent",
    "fixed",
    "levels",
    "tiers",
    "base",
    "hold_days",
    "renewals",
]


@click.group()
def plan() -> None:
    """Plans: what is paid, in versions that never change."""


def _rates(command: CommandT) -> CommandT:
    for name, text in (
        ("--levels", "Percent for the sponsors above, from level 1: 5,2,1. At most 10."),
        ("--fixed", "Amount for the seller, in the tenant's currency: 5.00."),
        ("--percent", "Percent for the seller: 10."),
    ):
        command = click.option(name, help=text)(command)
    return command


def _terms(command: CommandT) -> CommandT:
    options = (
        click.option("--test-sales/--no-test-sales", "tests", default=None, help="Whether test sales pay."),
        click.option(
            "--compress/--no-compress",
            default=None,
            help="Whether the next active sponsor takes the level of an inactive one.",
        ),
        click.option("--renewals", help="How many renewals of a subscription pay: all, none or a number."),
        click.option(
            "--hold-days", type=click.IntRange(0, 3650), help="Days from the sale until it matures."
        ),
        click.option(
            "--base",
            type=click.Choice(BASES),
            help="What rates are of; told: net where the sender says it, otherwise gross.",
        ),
        click.option("--period", type=click.Choice(PERIODS), help="Whose turnover tiers count."),
        click.option("--tiers", help="Other percents for the seller from a turnover on: 1000:12,5000:15."),
    )
    for option in options:
        command = option(command)
    return _rates(command)


@plan.command()
@click.argument("tenant")
@click.argument("name")
@_terms
@json_option
def create(tenant: str, name: str, as_json: bool, **given: Any) -> None:
    """Add a plan. Without more it holds nothing back, and all renewals pay."""
    with plainly(), opened() as hub:
        row = tenant_row(hub, tenant)
        with hub.database.write() as unit:
            plans.create(unit, row["id"], name, Terms(**_changes(row, given)), hub.clock())
            shown = _one(plans.listed(unit, row["id"]), name)
    print_one(shown, as_json=as_json)


@plan.command()
@click.argument("tenant")
@click.argument("name")
@_terms
@json_option
def change(tenant: str, name: str, as_json: bool, **given: Any) -> None:
    """Give a plan a new version, for sales that arrive from now on."""
    with plainly(), opened() as hub:
        row = tenant_row(hub, tenant)
        with hub.database.write() as unit:
            plans.change(unit, row["id"], name, _changes(row, given), hub.clock())
            shown = _one(plans.listed(unit, row["id"]), name)
    print_one(shown, as_json=as_json)


@plan.command("list")
@click.argument("tenant")
@json_option
def list_plans(tenant: str, as_json: bool) -> None:
    """The plans of TENANT, each with its newest version."""
    with plainly(), opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"]
        with hub.database.read() as unit:
            rows = plans.listed(unit, tenant_id)
    print_rows(rows, COLUMNS, as_json=as_json)


@plan.command("set-default")
@click.argument("tenant")
@click.argument("name")
@json_option
def set_default(tenant: str, name: str, as_json: bool) -> None:
    """Let this plan pay sales without a campaign, from now on."""
    with plainly(), opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"]
        with hub.database.write() as unit:
            plans.set_default(unit, tenant_id, name, hub.clock())
            shown = _one(plans.listed(unit, tenant_id), name)
    print_one(shown, as_json=as_json)


def _target(command: CommandT) -> CommandT:
    for name in ("--campaign", "--partner", "--product"):
        command = click.option(name, help=f"For this {name[2:]}.")(command)
    return command


@plan.command()
@click.argument("tenant")
@_target
@_rates
@click.option("--end", is_flag=True, help="From now on the plan's own rates count again.")
@json_option
def override(
    tenant: str,
    product: str | None,
    partner: str | None,
    campaign: str | None,
    percent: str | None,
    fixed: str | None,
    levels: str | None,
    end: bool,
    as_json: bool,
) -> None:
    """Set other rates for a product, a partner or a campaign. What is not given stays as in the plan;
    of several the product's count before the partner's, and these before the campaign's."""
    targets = [("product", product), ("partner", partner), ("campaign", campaign)]
    given = [(kind, target) for kind, target in targets if target is not None]
    if len(given) != 1:
        raise click.UsageError("name one of --product, --partner, --campaign")
    ((kind, target),) = given
    with plainly(), opened() as hub:
        row = tenant_row(hub, tenant)
        with hub.database.write() as unit:
            if end:
                plans.end_override(unit, row["id"], kind, target, hub.clock())
            else:
                fields = override_to_json(
                    rate_of(percent) if percent is not None else None,
                    amount(fixed, row["currency"]) if fixed is not None else None,
                    levels_of(levels) if levels is not None else None,
                )
                plans.override(unit, row["id"], kind, target, fields, hub.clock())
            rows = plans.overrides(unit, row["id"])
    print_rows(rows, ["kind", "target", "percent", "fixed", "levels", "since"], as_json=as_json)


@plan.command()
@click.argument("tenant")
@json_option
def overrides(tenant: str, as_json: bool) -> None:
    """The overrides that count now."""
    with plainly(), opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"]
        with hub.database.read() as unit:
            rows = plans.overrides(unit, tenant_id)
    print_rows(rows, ["kind", "target", "percent", "fixed", "levels", "since"], as_json=as_json)


def _changes(tenant: Row, given: dict[str, Any]) -> dict[str, Any]:
    """Options that were given, as fields of the terms."""
    readers: dict[str, Callable[[Any], Any]] = {
        "percent": rate_of,
        "fixed": lambda text: amount(text, tenant["currency"]),
        "levels": levels_of,
        "tiers": tiers_of,
        "renewals": _renewals,
    }
    return {
        name: readers.get(name, lambda value: value)(value)
        for name, value in given.items()
        if value is not None
    }


def _renewals(text: str) -> int | None:
    if text == "all":
        return None
    if text == "none":
        return 0
    if not text.isdecimal():
        raise click.BadParameter("all, none or a number", param_hint="--renewals")
    return int(text)


def _one(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(row for row in rows if row["name"] == name.strip())
