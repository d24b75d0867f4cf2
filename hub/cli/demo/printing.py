"""What the demonstration shows: a table of requests, then one for each scene."""

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from hub.app import Hub
from hub.cli.common import connections, err, out
from hub.cli.demo.catchers import Catchers
from hub.cli.demo.samples import Line
from hub.cli.demo.scenes import Effect, View
from hub.cli.demo.stage import TENANT, sign_in_data
from hub.registry.discovery import Plugins


def show(lines: Sequence[Line], views: Sequence[View]) -> bool:
    """Print all of it. Gives whether everything is as promised."""
    out.print(_requests(lines))
    for view in views:
        _show_scene(view)
    effects = [effect for view in views for effect in view.effects]
    right, arrived = sum(line.right for line in lines), sum(effect.arrived for effect in effects)
    out.print(
        f"\n{right} of {len(lines)} requests ended as promised. "
        f"{arrived} of {len(effects)} effects arrived as promised."
    )
    return right == len(lines) and arrived == len(effects)


def show_quarantined(plugins: Plugins) -> bool:
    """Print which plugins were put aside, so that nothing of them can be seen. Gives whether none was."""
    for aside in plugins.quarantined:
        err.print(f"{aside.name} was put aside: {aside.reason}", markup=False)
    return not plugins.quarantined


def show_addresses(hub: Hub, catchers: Catchers) -> None:
    """Print where the hub and the catchers listen, and how to sign in."""
    email, password = sign_in_data(hub)
    out.print(f"\nThe hub is running at {hub.config.base_url} (Ctrl-C ends it). Sign in there as:")
    out.print(f"  {'e-mail':<14} {email}\n  {'password':<14} {password}", markup=False)
    out.print("Its addresses for senders:")
    for view in connections(hub).list(TENANT):
        for path in view.paths:
            out.print(f"  {view.plugin:<14} {hub.config.base_url}{path}")
    out.print(f"  {'health':<14} {hub.config.base_url}/readyz")
    out.print(f"  {'mail server':<14} {hub.config.smtp_host}:{hub.config.smtp_port}")
    out.print(f"  {'receiver':<14} {catchers.web.url}")


def _requests(lines: Sequence[Line]) -> Table:
    table = Table("sender", "sample", "sent", "HTTP", "outcome", "record", header_style="bold")
    for line in lines:
        outcome = line.outcome if line.right else f"[red]{line.outcome}, not {line.expected}[/red]"
        table.add_row(line.sender, line.sample, line.how, str(line.status), outcome, line.record)
    return table


def _show_scene(view: View) -> None:
    out.print(f"\n{view.scene.title}", style="bold", markup=False)
    table = Table(*view.scene.columns, "arrived", header_style="bold")
    for effect in view.effects:
        for row in effect.rows or [effect.promise]:
            cells = [escape(row.get(heading, "")) for heading in view.scene.columns]
            table.add_row(*cells, _arrived(effect), style=None if effect.arrived else "red")
    out.print(table)
    if view.others:
        out.print(f"and {view.others} more")


def _arrived(effect: Effect) -> str:
    return {0: "missing", 1: "yes"}.get(len(effect.rows), f"{len(effect.rows)} times")
