"""``hub trace``: from the id of anything to the event and the bytes that it goes back to."""

import sys
from collections.abc import Mapping
from typing import Any

import click
from rich.text import Text
from rich.tree import Tree

from hub.cli.common import cell, err, json_option, opened, out, parse_id, print_json, tenant_row
from hub.records import events as log
from hub.records import tenants
from hub.records.database import Unit
from hub.records.lineage import MOST
from hub.registry.tracing import Node, Trace

UP, DOWN = "comes from", "set off"


@click.command()
@click.argument("wanted", metavar="ID")
@click.option("--tenant", help="Only if it is this tenant's.")
@click.option("--body", is_flag=True, help="Print the bytes that it goes back to and nothing else.")
@json_option
def trace(wanted: str, tenant: str | None, body: bool, as_json: bool) -> None:
    """Where the thing with this ID comes from: commission, payout, notification, delivery, effect,
    record, event. Of a record and of an event also what it set off."""
    searched = parse_id(wanted)
    with opened() as hub:
        tenant_id = tenant_row(hub, tenant)["id"] if tenant else None
        with hub.database.read() as unit:
            found = hub.tracer.trace(unit, searched, tenant_id)
            if found is None:
                raise click.ClickException(f"nothing has the id {searched}")
            if body:
                sys.stdout.buffer.write(_body(unit, found))
                return
            owner = tenants.slug_by_id(unit, found.tenant_id)
    _print(found, owner, as_json=as_json)


def _body(unit: Unit, found: Trace) -> bytes:
    """The bytes of the event that set it off, or else of the only one that it goes back to."""
    if not found.events:
        raise click.ClickException("it does not go back to an event: a person made it")
    if found.root.event_id not in found.events and len(found.events) > 1:
        raise click.ClickException(f"it goes back to {len(found.events)} events; trace one of them")
    row = log.get(unit, found.events[0])
    if row is None:
        raise click.ClickException("its event is there no more")
    body: bytes = row["body"]
    return body


def _print(found: Trace, owner: str | None, *, as_json: bool) -> None:
    if as_json:
        missing = {"cut": found.cut, "silent": found.silent}
        print_json({"tenant": owner, **_plain(found.root), "events": found.events, **missing})
    else:
        out.print(_tree(found.root, owner))
    if found.cut:
        err.print(f"There is more: no more than {MOST} of a kind are shown.")
    for plugin, fault in found.silent.items():
        err.print(f"The plugin {plugin} could not say what is its own: {fault}", markup=False)


def _plain(node: Node) -> dict[str, Any]:
    return {
        "kind": node.kind,
        "id": node.id,
        "plugin": node.plugin,
        "event_id": node.event_id,
        "shown": node.shown,
        "comes_from": [_plain(one) for one in node.comes_from],
        "set_off": [_plain(one) for one in node.set_off],
    }


def _tree(root: Node, owner: str | None) -> Tree:
    tree = Tree(_label(f"{root.kind} {root.id} of {owner or 'nobody'}", root.shown))
    _grow(tree, root)
    return tree


def _grow(tree: Tree, node: Node) -> None:
    for word, others in ((UP, node.comes_from), (DOWN, node.set_off)):
        for other in others:
            name = f"{other.kind} {other.id}" if other.id else other.kind
            _grow(tree.add(_label(f"{word} {name}", other.shown)), other)


def _label(head: str, shown: Mapping[str, Any]) -> Text:
    """A line that names a thing, and one that tells of it."""
    told = ", ".join(f"{name}: {_short(value)}" for name, value in shown.items() if value is not None)
    return Text.assemble((head, "bold"), "\n", told)


def _short(value: Any) -> str:
    """Of a traceback the line that says what it was."""
    return cell(value).strip().rpartition("\n")[2]
