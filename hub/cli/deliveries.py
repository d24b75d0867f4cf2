"""``hub deliveries``: what left the machine, what waits, and what was given up."""

import click

from hub.cli.common import (
    json_option,
    limit_option,
    opened,
    out,
    parse_id,
    print_json,
    print_one,
    print_rows,
    tenant_row,
)
from hub.cli.retrying import retry_command
from hub.records import deliveries as store

COLUMNS = ["id", "created_at", "channel", "target", "state", "attempts", "next_at", "last_error"]
ATTEMPT_COLUMNS = ["number", "at", "milliseconds", "status", "error", "answer", "next_at"]


@click.group()
def deliveries() -> None:
    """What leaves the machine, and how that went."""


@deliveries.command("list")
@click.option("--tenant", required=True, help="Whose deliveries.")
@click.option("--state", type=click.Choice(store.STATES), help="Only these.")
@limit_option
@json_option
def list_deliveries(tenant: str, state: str | None, limit: int, as_json: bool) -> None:
    """Deliveries, newest first, with the record and the event that they are about."""
    with opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"]
        with hub.database.read() as unit:
            rows = store.search(unit, tenant_id=tenant_id, state=state, limit=limit)
    print_rows(rows, COLUMNS, as_json=as_json)


@deliveries.command()
@click.argument("delivery_id", metavar="ID")
@json_option
def show(delivery_id: str, as_json: bool) -> None:
    """One delivery with every attempt. Its event (`hub events show`) holds the bytes it goes back to."""
    wanted = parse_id(delivery_id)
    with opened() as hub, hub.database.read() as unit:
        row = store.get(unit, wanted)
        attempts = [{**attempt} for attempt in store.attempts_of(unit, wanted)]
    if row is None:
        raise click.ClickException("there is no such delivery")
    if as_json:
        print_json({**row, "attempt_log": attempts})
        return
    print_one(row, as_json=False)
    out.print()
    print_rows(attempts, ATTEMPT_COLUMNS, as_json=False)


deliveries.add_command(
    retry_command(
        store,
        about="Send dead or waiting deliveries now, with the same id as before; their schedule begins anew.",
        refusal="there is none, it has arrived, or a worker has it now",
    )
)
