"""``hub retention``: how long what is kept."""

import click

from hub.cli.common import err, json_option, opened, print_rows
from hub.deliveries.tidying import Tidying

COLUMNS = ["tenant", "kind", "days", "overdue"]


@click.group()
def retention() -> None:
    """How long what is kept (HUB_RETENTION). Workers let it go by themselves."""


@retention.command()
@click.option("--dry-run", is_flag=True, help="Only show how much is older than its period.")
@click.option("--tenant", help="Only of this tenant.")
@json_option
def run(dry_run: bool, tenant: str | None, as_json: bool) -> None:
    """Let go now what was kept long enough."""
    with opened() as hub:
        tidying = Tidying(hub.database, hub.registry, hub.config, hub.clock)
        rows = [row for row in tidying.overdue() if tenant in (None, row["tenant"])]
        if not dry_run:
            for row in rows:
                tidying.let_go(row)
    print_rows(rows, COLUMNS, as_json=as_json)
    if dry_run:
        err.print("Dry run: nothing was changed.")
