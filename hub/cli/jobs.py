"""``hub jobs``: what plugins do every so often for each tenant."""

from typing import Any

import click

from hub.app import Hub
from hub.cli.common import err, json_option, opened, print_rows
from hub.records import periodic as store

COLUMNS = ["name", "every", "last_started_at", "last_finished_at", "next_at", "claimed_by", "last_error"]


@click.group()
def jobs() -> None:
    """What plugins do every so often for each tenant."""


@jobs.command("list")
@json_option
def list_jobs(as_json: bool) -> None:
    """All periodic jobs: their last round, what failed in it, and the next. While a worker makes a round
    it holds the job until the next time shown, and is named."""
    with opened() as hub:
        rows = _rows(hub)
    if as_json:
        rows = [{**row, "every": row["every"].total_seconds()} for row in rows]
    else:
        rows = [{**row, "last_error": _first_line(row["last_error"])} for row in rows]
    print_rows(rows, COLUMNS, as_json=as_json)


@jobs.command()
@click.argument("name")
def run(name: str) -> None:
    """Let a worker make the round of a job now."""
    with opened() as hub:
        if name not in hub.plugins.jobs():
            raise click.ClickException(f"there is no job {name!r}; `hub jobs list` shows all")
        with hub.database.write() as unit:
            if not store.make_due(unit, name, hub.clock()):
                raise click.ClickException(f"a worker is at {name} now; `hub jobs list` shows which")
    err.print(f"{name} is due now. A running worker sees it within ten seconds.")


def _rows(hub: Hub) -> list[dict[str, Any]]:
    """The jobs that the installed plugins declare, each with its row if a worker has made one."""
    with hub.database.read() as unit:
        known = {row["name"]: row for row in store.rows(unit)}
    empty = dict.fromkeys(store.JOBS.columns.keys())
    return [
        {**empty, **known.get(name, {}), "name": name, "every": job.every}
        for name, job in hub.plugins.jobs().items()
    ]


def _first_line(error: str | None) -> str:
    """What stands above the traceback."""
    return (error or "").partition("\n")[0]
