"""``hub backfill``: asking a provider for events that never arrived."""

import re
import sys
from datetime import datetime, timedelta
from typing import Any

import click

from hub.app import Hub
from hub.cli.common import err, json_option, opened, out, print_json, print_rows
from hub.contract.backfill import BackfillError
from hub.pipeline.backfilling import BusyError, Findings
from hub.registry.connecting import DEFAULT
from hub.registry.registry import Target

UNITS = {"h": "hours", "d": "days"}
COLUMNS = ["state", "event_type", "about", "at", "amount", "records", "reason"]


@click.command()
@click.argument("tenant")
@click.argument("plugin")
@click.option("--connection", default=DEFAULT, show_default=True, help="Which of several connections.")
@click.option(
    "--since",
    metavar="30d|12h",
    help="Ask for so far back. Without it a run that was not finished goes on, or a new one begins where the "
    "last one ended.",
)
@click.option("--dry-run", is_flag=True, help="Only show what is missing.")
@json_option
def backfill(
    tenant: str, plugin: str, connection: str, since: str | None, dry_run: bool, as_json: bool
) -> None:
    """Compare with PLUGIN's provider what happened for TENANT, and take what is missing."""
    with opened() as hub:
        target = _target(hub, tenant, plugin, connection)
        start = _start(since, hub.clock())
        ask = hub.backfiller.compare if dry_run else hub.backfiller.run
        try:
            found = ask(target, start)
        except BusyError:
            raise click.ClickException("somebody else is asking at this moment; try again later") from None
        except BackfillError as error:
            raise click.ClickException(_words(error)) from None
    _print(found, dry_run=dry_run, as_json=as_json)


def _target(hub: Hub, tenant: str, plugin: str, connection: str) -> Target:
    entry = hub.registry.entry(tenant)
    target = entry.targets.get((plugin, connection)) if entry else None
    if target is None:
        raise click.ClickException(
            f"the connection {plugin}/{connection} of {tenant!r} does not exist or is off; "
            f"`hub connection list {tenant}` shows all"
        )
    return target


def _start(text: str | None, now: datetime) -> datetime | None:
    if text is None:
        return None
    if (given := re.fullmatch(r"([1-9][0-9]{0,3})([hd])", text)) is None:
        raise click.ClickException("--since is a number of days or hours, such as 30d or 12h")
    return now - timedelta(**{UNITS[given[2]]: int(given[1])})


def _words(error: BackfillError) -> str:
    wait = f"; it wants to be asked again in {error.retry_after} s" if error.retry_after else ""
    return f"{error.message}{wait}"


def _print(found: Findings, *, dry_run: bool, as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {
            "state": gap.state if dry_run or gap.state != "missing" else "imported",
            "event_type": gap.event_type,
            "about": gap.about,
            "at": gap.at,
            "amount": str(gap.amount) if gap.amount else None,
            "records": ", ".join(gap.records) or None,
            "reason": gap.reason,
            "message": gap.message,
            "event_id": gap.event_id,
        }
        for gap in found.gaps
    ]
    counts = {"known": found.known, "missing": found.missing, "refused": found.refused}
    if as_json:
        print_json({"since": found.since, "dry_run": dry_run, **counts, "events": rows})
    else:
        if rows:
            print_rows(rows, COLUMNS, as_json=False)
        did = "missing" if dry_run else "imported"
        out.print(
            f"Since {found.since:%Y-%m-%d %H:%M} UTC: {found.known} known, {found.missing} {did}, "
            f"{found.refused} refused."
        )
    if dry_run:
        err.print("Dry run: nothing was changed.")
    if found.refused:
        sys.exit(1)
