"""``hub campaign``: which plan pays the sales of a campaign."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from hub.cli.common import json_option, opened, print_one, print_rows, tenant_row
from hub_commissions.commands import plainly
from hub_commissions.records import plans

DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])


@click.group()
def campaign() -> None:
    """Campaigns: which plan pays the sales that name them."""


@campaign.command()
@click.argument("tenant")
@click.argument("slug")
@click.option("--plan", required=True, help="Name of the plan.")
@click.option("--from", "start", type=DAY, help="First instant, in the tenant's time zone.")
@click.option("--to", "end", type=DAY, help="First instant after it.")
@json_option
def create(
    tenant: str, slug: str, plan: str, start: datetime | None, end: datetime | None, as_json: bool
) -> None:
    """Add a campaign; SLUG is what sales name."""
    with plainly(), opened() as hub:
        row = tenant_row(hub, tenant)
        zone = ZoneInfo(row["timezone"])
        with hub.database.write() as unit:
            plans.create_campaign(
                unit,
                row["id"],
                slug,
                plan,
                now=hub.clock(),
                valid_from=_instant(start, zone),
                valid_to=_instant(end, zone),
            )
            shown: dict[str, Any] = next(
                one for one in plans.campaigns(unit, row["id"]) if one["slug"] == slug.strip()
            )
    print_one(shown, as_json=as_json)


@campaign.command("list")
@click.argument("tenant")
@json_option
def list_campaigns(tenant: str, as_json: bool) -> None:
    """The campaigns of TENANT."""
    with plainly(), opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"]
        with hub.database.read() as unit:
            rows = plans.campaigns(unit, tenant_id)
    print_rows(rows, ["slug", "plan", "valid_from", "valid_to"], as_json=as_json)


def _instant(local: datetime | None, zone: ZoneInfo) -> datetime | None:
    return local.replace(tzinfo=zone).astimezone(UTC) if local else None
