"""Connections: plugins that are switched on for the company, with their settings."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import Field

from hub.api.call import Call
from hub.api.operation import Resource
from hub.api.problems import Problem, not_found
from hub.api.shapes import Given, Page, PageAsked, Shape
from hub.records.database import Unit
from hub.records.scopes import READ_CONNECTIONS, WRITE_CONNECTIONS
from hub.records.vault import VaultError
from hub.registry.connecting import DEFAULT, ConnectingError, Connections, ConnectionView, TakenError
from hub.registry.secrets import is_secret

resource = Resource(
    "connections",
    "Plugins that are switched on for the company, with their settings. A stored secret is never told again.",
)

Value = str | int | bool | None | list[str]


class Connection(Shape):
    """A plugin that is switched on, or paused."""

    id: UUID
    plugin: str
    name: str
    enabled: bool
    settings: dict[str, Any] = Field(description="Without the secret ones.")
    secrets: dict[str, bool] = Field(description="The secret settings, and whether each is stored.")
    addresses: list[str] = Field(
        description="Where its sender posts to; none for a plugin that receives nothing."
    )
    disconnected_at: datetime | None
    disconnect_reason: str | None


class ConnectionGiven(Given):
    """A connection to be made."""

    plugin: str = Field(min_length=1, max_length=100, description="Which plugin.", examples=["custom"])
    name: str = Field(
        DEFAULT,
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        description="Tells connections of one plugin apart; it stands in the address.",
    )
    settings: dict[str, Value] = Field(
        default_factory=dict, description="By name, as the plugin's page in the documentation lists them."
    )


class ConnectionChange(Given):
    """What is to change; what is not given stays."""

    enabled: bool | None = Field(None, description="False pauses the connection: what comes is refused.")
    settings: dict[str, Value] | None = Field(
        None, description="Those to change. Null or an empty list brings a setting's default back."
    )


class ConnectionRotation(Given):
    """Another signing secret."""

    value: str | None = Field(
        None, min_length=1, max_length=500, description="The sender's secret; without it one is made."
    )
    overlap_hours: int = Field(24, ge=0, le=168, description="How long the present one goes on to count.")


class ConnectionSecret(Shape):
    """The secret, shown this once."""

    id: UUID
    secret: str = Field(description="Enter it at the sender; it is not told again.")


@resource.get("/connections", scope=READ_CONNECTIONS)
def list_connections(call: Call, asked: PageAsked) -> Page[Connection]:
    """List connections.

    There are few of a company: all stand on the first page, the oldest first, whatever ``limit`` says.
    """
    with call.read() as unit:
        views = call.connections(unit).list(call.tenant.slug)
    return call.page([_told(call, view) for view in views], None, asked)


@resource.get("/connections/<uuid:connection_id>", scope=READ_CONNECTIONS)
def get_connection(call: Call, connection_id: UUID) -> Connection:
    """Get one connection."""
    with call.read() as unit:
        return _told(call, _found(call, unit, connection_id))


@resource.post("/connections", scope=WRITE_CONNECTIONS, status=201)
def create_connection(call: Call, given: ConnectionGiven) -> Connection:
    """Switch a plugin on."""
    if given.plugin not in call.rooms.plugins.installed:
        known = ", ".join(sorted(call.rooms.plugins.installed))
        detail = f"no plugin is called so; there are: {known}"
        raise Problem("invalid", f"{detail}.", errors=[{"pointer": "/plugin", "detail": detail}])
    with call.write() as unit:
        try:
            view = call.connections(unit).create(
                call.tenant.slug, given.plugin, given.name, _texts(given.settings)
            )
        except TakenError:
            raise Problem(
                "conflict", f"There is a connection {given.plugin}/{given.name} already; change that one."
            ) from None
        except ConnectingError as error:
            raise _unfit(error) from None
        after = {"plugin": view.plugin, "name": view.name}
        call.note(unit, "integration.connected", kind="connection", object_id=view.id, after=after)
    return _told(call, view)


@resource.patch("/connections/<uuid:connection_id>", scope=WRITE_CONNECTIONS)
def change_connection(call: Call, connection_id: UUID, given: ConnectionChange) -> Connection:
    """Change settings, pause or resume.

    What a paused connection received stays; what comes meanwhile is refused, and kept for a while.
    """
    with call.write() as unit:
        connections = call.connections(unit)
        view = _found(call, unit, connection_id)
        if given.settings:
            view = _set(call, unit, connections, view, given.settings)
        if given.enabled is not None and given.enabled != view.enabled:
            view = _switch(call, unit, connections, view, on=given.enabled)
    return _told(call, view)


@resource.post("/connections/<uuid:connection_id>/rotate", scope=WRITE_CONNECTIONS)
def rotate_connection(call: Call, connection_id: UUID, given: ConnectionRotation) -> ConnectionSecret:
    """Put another signing secret in front; the present one counts a while longer."""
    with call.write() as unit:
        view = _found(call, unit, connection_id)
        try:
            fresh = call.connections(unit).rotate(
                view.tenant,
                view.plugin,
                view.name,
                value=given.value,
                overlap=timedelta(hours=given.overlap_hours),
            )
        except (ConnectingError, VaultError) as error:
            raise Problem("conflict", f"It cannot be rotated: {error}.") from None
        after = {"overlap_hours": given.overlap_hours}
        call.note(unit, "integration.rotated", kind="connection", object_id=view.id, after=after)
    return ConnectionSecret(id=connection_id, secret=fresh)


def _found(call: Call, unit: Unit, connection_id: UUID) -> ConnectionView:
    for view in call.connections(unit).list(call.tenant.slug):
        if view.id == connection_id:
            return view
    raise not_found("connection")


def _set(
    call: Call, unit: Unit, connections: Connections, view: ConnectionView, settings: Mapping[str, Value]
) -> ConnectionView:
    try:
        after = connections.change(view.tenant, view.plugin, view.name, _texts(settings))
    except ConnectingError as error:
        raise _unfit(error) from None
    except VaultError:
        raise Problem("conflict", "The stored settings cannot be read; ask the operator.") from None
    differing = [name for name, value in after.settings.items() if view.settings.get(name) != value]
    call.note(
        unit,
        "integration.changed",
        kind="connection",
        object_id=view.id,
        before={name: view.settings.get(name) for name in differing},
        after={name: after.settings[name] for name in differing},
    )
    return after


def _switch(
    call: Call, unit: Unit, connections: Connections, view: ConnectionView, *, on: bool
) -> ConnectionView:
    call.note(
        unit,
        "integration.resumed" if on else "integration.paused",
        kind="connection",
        object_id=view.id,
        before={"enabled": view.enabled},
        after={"enabled": on},
    )
    return connections.enable(view.tenant, view.plugin, view.name, on=on)


def _texts(settings: Mapping[str, Value]) -> dict[str, list[str]]:
    """As settings are given everywhere: texts by name."""
    return {name: _listed(value) for name, value in settings.items()}


def _listed(value: Value) -> list[str]:
    match value:
        case None:
            return []
        case bool():
            return [str(value).lower()]
        case list():
            return value
        case _:
            return [str(value)]


def _unfit(error: ConnectingError) -> Problem:
    errors = [{"pointer": f"/settings/{name}", "detail": "does not fit"} for name in error.fields]
    return Problem("invalid", f"The settings do not fit: {error}.", errors=errors)


def _told(call: Call, view: ConnectionView) -> Connection:
    installed = call.rooms.plugins.installed.get(view.plugin)
    fields = installed.manifest.settings.model_fields if installed else {}
    hidden = [name for name, field in fields.items() if is_secret(field)]
    base = call.rooms.config.base_url.rstrip("/")
    return Connection(
        id=view.id,
        plugin=view.plugin,
        name=view.name,
        enabled=view.enabled,
        settings={name: value for name, value in view.settings.items() if name not in hidden},
        secrets={name: bool(view.settings.get(name)) for name in hidden},
        addresses=[base + path for path in view.paths],
        disconnected_at=view.disconnected_at,
        disconnect_reason=view.disconnect_reason,
    )
