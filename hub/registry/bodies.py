"""The body of an event, readable and without what its plugin declares as personal."""

from collections.abc import Iterable
from urllib.parse import parse_qsl

import msgspec

from hub.contract import forms, multipart
from hub.contract.errors import PayloadError
from hub.contract.mapping import hidden_paths
from hub.records import tenants
from hub.records.database import Row, Unit
from hub.registry.discovery import Plugins
from hub.support import jsontext
from hub.support.redaction import MASK, masked


def readable(unit: Unit, plugins: Plugins, event: Row) -> str | None:
    """Indented JSON, or lines of a form, with what is personal masked; ``None`` for anything else, in which
    it could not be found."""
    installed = plugins.installed.get(event["plugin"])
    paths = hidden_paths(installed.manifest.redact, _mapping(unit, event)) if installed else ()
    if not event["body"]:
        return ""
    kind = content_type(event)
    if kind and (pairs := _fields(event["body"], kind)):
        return "\n".join(f"{name} = {_field(name, value, paths)}" for name, value in pairs)
    try:
        value = masked(jsontext.decode(event["body"]), paths)
    except jsontext.JsonError:
        return None
    return msgspec.json.format(jsontext.encode(value), indent=2).decode()


def content_type(event: Row) -> str | None:
    """The media type that the sender told, with its parameters."""
    return next((value for name, value in event["headers"] if name.lower() == "content-type"), None)


def _mapping(unit: Unit, event: Row) -> list[str]:
    """The field mapping of the event's connection."""
    rows = tenants.connections_of(unit, event["tenant_id"])
    return next(
        (row["settings"].get("mapping", []) for row in rows if row["id"] == event["connection_id"]), []
    )


def _fields(body: bytes, kind: str) -> list[tuple[str, str]] | None:
    """Names and values of a form; ``None`` for what is none, or not to be read as one."""
    if kind.startswith(forms.MEDIA_TYPE):
        return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    try:
        return [(name, value or "") for name, value in multipart.read_parts(body, kind)]
    except PayloadError:
        return None


def _field(name: str, value: str, paths: Iterable[str]) -> str:
    """A field's value, or the mask if it is one of what is personal, or stands in it."""
    path = f"{forms.dotted(name)}."
    return MASK if value and any(path.startswith(f"{hidden}.") for hidden in paths) else value
