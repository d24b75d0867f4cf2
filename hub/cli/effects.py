"""``hub effects``: what the receivers of the plugins did about each record."""

import click

from hub.cli.common import json_option, limit_option, opened, print_rows, tenant_row
from hub.cli.retrying import retry_command
from hub.records import effects as store

COLUMNS = ["id", "created_at", "receiver", "signal", "record_id", "state", "attempts", "next_at", "why"]


@click.group()
def effects() -> None:
    """What plugins did about each record: done, pending, failed, dead, or skipped."""


@effects.command("list")
@click.option("--tenant", help="Only of this tenant.")
@click.option("--state", type=click.Choice(store.STATES), help="Only these.")
@limit_option
@json_option
def list_effects(tenant: str | None, state: str | None, limit: int, as_json: bool) -> None:
    """Calls of receivers, newest first, with the record and the event that they are about."""
    with opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"] if tenant else None
        with hub.database.read() as unit:
            rows = store.search(unit, tenant_id=tenant_id, state=state, limit=limit)
    if not as_json:
        rows = [{**row, "why": _last_line(row["reason"])} for row in rows]
    print_rows(rows, COLUMNS, as_json=as_json)


effects.add_command(
    retry_command(
        store,
        about="Let a worker call receivers again that failed, are dead or were skipped.",
        refusal="there is no such call, or it is done",
    )
)


def _last_line(reason: str | None) -> str:
    """Of a traceback the line that says what it was."""
    return (reason or "").strip().rpartition("\n")[2]
