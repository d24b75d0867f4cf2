"""``hub events``: the log of everything that came in, and its replay."""

import sys
from typing import Any

import click

from hub.app import Hub
from hub.cli.common import (
    err,
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
from hub.contract.outcome import OutcomeKind
from hub.pipeline.replaying import Replay, ReplayRefusedError
from hub.records import events as log
from hub.records import listing

COLUMNS = ["id", "received_at", "plugin", "event_type", "outcome", "status", "reason", "key"]


@click.group()
def events() -> None:
    """The log of everything that came in."""


@events.command("list")
@click.option("--tenant", help="Only of this tenant; without it all, also those that were nobody's.")
@click.option("--outcome", type=click.Choice([kind.value for kind in OutcomeKind]), help="Only these.")
@limit_option
@json_option
def list_events(tenant: str | None, outcome: str | None, limit: int, as_json: bool) -> None:
    """Events, newest first."""
    with opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"] if tenant else None
        with hub.database.read() as unit:
            rows = log.search(unit, tenant_id=tenant_id, outcome=outcome, limit=limit)
    print_rows(rows, COLUMNS, as_json=as_json)


@events.command()
@click.argument("event_id", metavar="ID")
@click.option("--raw", is_flag=True, help="Print the body's bytes and nothing else.")
@json_option
def show(event_id: str, raw: bool, as_json: bool) -> None:
    """One event, and the records that it made."""
    wanted = parse_id(event_id)
    with opened() as hub, hub.database.read() as unit:
        row = log.get(unit, wanted)
        made = listing.made_by(unit, wanted)
    if row is None:
        raise click.ClickException("there is no such event")
    if raw:
        sys.stdout.buffer.write(row["body"])
        return
    shown = {**row, "body": row["body"].decode("utf-8", "replace"), "records": made}
    print_one(shown, as_json=as_json)


@events.command()
@click.argument("event_ids", metavar="ID…", nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Only show what would be made or changed.")
@json_option
def replay(event_ids: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Run stored events through the present adapter."""
    wanted = [parse_id(text) for text in event_ids]
    with opened() as hub:
        results: list[dict[str, Any]] = []
        with click.progressbar(wanted, label="Replaying", file=sys.stderr, hidden=len(wanted) < 2) as bar:
            for one in bar:
                results.append(_replayed(hub, one, dry_run))
    _print_replays(results, dry_run=dry_run, as_json=as_json)


@events.command()
@click.argument("event_id", metavar="ID")
@json_option
def reverify(event_id: str, as_json: bool) -> None:
    """Verify a rejected event again, against the time it was received, and process it."""
    wanted = parse_id(event_id)
    with opened() as hub:
        try:
            result = _shown(hub.replayer.reverify(wanted))
        except ReplayRefusedError as error:
            raise click.ClickException(str(error)) from None
    _print_replays([result], dry_run=False, as_json=as_json)


def _replayed(hub: Hub, event_id: Any, dry_run: bool) -> dict[str, Any]:
    try:
        return _shown(hub.replayer.replay(event_id, dry_run=dry_run))
    except ReplayRefusedError as error:
        return {"event_id": event_id, "error": str(error)}


def _shown(replay: Replay) -> dict[str, Any]:
    changes = [
        {"kind": change.kind, "id": change.id, "action": change.action, "fields": change.fields}
        for change in replay.changes
    ]
    return {
        "event_id": replay.event_id,
        "before": replay.before,
        "after": replay.after,
        "reason": replay.reason,
        "message": replay.message,
        "changes": changes,
    }


def _print_replays(results: list[dict[str, Any]], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(results)
    else:
        for result in results:
            _print_replay(result)
    if dry_run:
        err.print("Dry run: nothing was changed.")
    if any("error" in result for result in results):
        sys.exit(1)


def _print_replay(result: dict[str, Any]) -> None:
    if "error" in result:
        err.print(f"{result['event_id']}: {result['error']}", markup=False)
        return
    reason = f" ({result['reason']})" if result["reason"] else ""
    out.print(f"{result['event_id']}: {result['before']} → {result['after']}{reason}", markup=False)
    for change in result["changes"]:
        out.print(f"  {change['kind']} {change['id']} {change['action']}", markup=False)
        for name, (old, new) in change["fields"].items():
            out.print(f"    {name}: {old} → {new}", markup=False)
