"""What the pages of the settings share: their group, and the tenant's connections that they change.

The document that these pages follow puts settings of plugins in fixed places. A part whose plugin is not
installed is not shown. Every connection can be set up in *Integrationen*."""

from collections.abc import Sequence
from typing import Any

from hub.records.database import Joined, Unit
from hub.registry.connecting import DEFAULT, Connections, ConnectionView
from hub.web.page import Pages
from hub.web.visit import Visit

pages = Pages("settings")


def save(
    visit: Visit, unit: Unit, plugin: str, given: dict[str, list[str]], *, shown: dict[str, Any]
) -> None:
    """Change the tenant's connection of the plugin, or make it; ``shown`` is what the audit log tells."""
    connections = connections_in(visit, unit)
    view = first(connections.list(visit.tenant.slug), plugin)
    if view is None:
        connect(visit, unit, connections, plugin, given, shown=shown)
        return
    before = {name: view.settings.get(name) for name in shown if name in view.settings}
    connections.change(visit.tenant.slug, plugin, view.name, given)
    after = {"plugin": plugin, **shown}
    visit.note(unit, "integration.changed", kind="connection", object_id=view.id, before=before, after=after)


def connect(
    visit: Visit,
    unit: Unit,
    connections: Connections,
    plugin: str,
    given: dict[str, list[str]],
    *,
    shown: dict[str, Any] | None = None,
) -> None:
    """Make the tenant's connection of the plugin."""
    view = connections.create(visit.tenant.slug, plugin, DEFAULT, given)
    visit.note(
        unit,
        "integration.connected",
        kind="connection",
        object_id=view.id,
        after={"plugin": plugin, **(shown or {})},
    )


def enable(visit: Visit, unit: Unit, connections: Connections, view: ConnectionView) -> None:
    """Switch a connection on."""
    connections.enable(visit.tenant.slug, view.plugin, view.name, on=True)
    visit.note(
        unit,
        "integration.resumed",
        kind="connection",
        object_id=view.id,
        before={"enabled": view.enabled},
        after={"enabled": True},
    )


def connections_in(visit: Visit, unit: Unit) -> Connections:
    """Changes connections in the page's own transaction, as the command line does in one of its own."""
    rooms = visit.rooms
    return Connections(Joined(unit), rooms.plugins, rooms.vault, rooms.clock)


def first(connected: Sequence[ConnectionView], plugin: str) -> ConnectionView | None:
    """The tenant's connection of the plugin, the one named *default* before others."""
    ours = [view for view in connected if view.plugin == plugin]
    return min(ours, key=lambda view: view.name != DEFAULT, default=None)


def base(visit: Visit) -> str:
    """The address of the installation from outside."""
    return visit.rooms.config.base_url.rstrip("/")
