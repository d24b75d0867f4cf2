"""``hub effects``: what the receivers of the plugins did about each record."""

import click

from hub.app import Hub
from hub.cli.common import json_option, limit_option, opened, print_rows, tenant_row
from hub.cli.retrying import BATCH, one_of, retry_all_dead, retry_some
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


@effects.command()
@click.argument("run_ids", metavar="ID…", nargs=-1)
@click.option("--all-dead", is_flag=True, help="All that were given up.")
@click.option("--tenant", help="Whose, with --all-dead.")
def retry(run_ids: tuple[str, ...], all_dead: bool, tenant: str | None) -> None:
    """Let a worker call receivers again that failed, are dead or were skipped."""
    one_of(run_ids, all_dead, tenant)
    with opened() as hub:
        if tenant and all_dead:
            _retry_all(hub, tenant)
        else:
            refusal = "there is no such call, or it is done"
            retry_some(hub, run_ids, lambda unit, ids: store.retry(unit, ids, hub.clock()), refusal)


def _retry_all(hub: Hub, tenant: str) -> None:
    retry_all_dead(
        hub,
        tenant,
        lambda unit, tenant_id, after: store.dead_ids(unit, tenant_id, after=after, limit=BATCH),
        lambda unit, ids: store.retry(unit, ids, hub.clock()),
    )


def _last_line(reason: str | None) -> str:
    """Of a traceback the line that says what it was."""
    return (reason or "").strip().rpartition("\n")[2]
