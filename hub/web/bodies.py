"""The body of an event as a page shows it: readable, and without what is personal."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

import msgspec

from hub.contract import forms, multipart
from hub.contract.errors import PayloadError
from hub.contract.mapping import hidden_paths
from hub.records import tenants
from hub.records.database import Row
from hub.support import jsontext
from hub.support.redaction import MASK, masked
from hub.web.rights import Right
from hub.web.visit import Visit

LONGEST_BODY = 100_000
"""Characters of a body that a page shows."""


@dataclass(frozen=True)
class Body:
    """A body as a page shows it. ``hidden`` says that only admins see it, because what is personal in it
    cannot be found."""

    text: str
    redacted: bool = False
    cut: bool = False
    hidden: bool = False


def body_of(visit: Visit, event: Row) -> Body:
    """The body with what its plugin declares as personal masked. What cannot be read as fields cannot be
    masked either: that admins alone see."""
    installed = visit.rooms.plugins.installed.get(event["plugin"])
    paths = hidden_paths(installed.manifest.redact, _mapping(visit, event)) if installed else ()
    readable = _readable(event, paths)
    if readable is not None:
        return Body(readable[:LONGEST_BODY], redacted=MASK in readable, cut=len(readable) > LONGEST_BODY)
    if not visit.may(Right.ADMIN):
        return Body("", hidden=True)
    raw = event["body"].decode("utf-8", "replace")
    return Body(raw[:LONGEST_BODY], cut=len(raw) > LONGEST_BODY)


def _mapping(visit: Visit, event: Row) -> list[str]:
    """The field mapping of the event's connection."""
    with visit.read() as unit:
        rows = tenants.connections_of(unit, visit.tenant_id)
    return next(
        (row["settings"].get("mapping", []) for row in rows if row["id"] == event["connection_id"]), []
    )


def _readable(event: Row, paths: Iterable[str]) -> str | None:
    """Indented JSON, or lines of a form; ``None`` for anything else."""
    if not event["body"]:
        return ""
    kinds = [value for name, value in event["headers"] if name.lower() == "content-type"]
    if kinds and (pairs := _fields(event["body"], kinds[0])):
        return "\n".join(f"{name} = {_field(name, value, paths)}" for name, value in pairs)
    try:
        value = masked(jsontext.decode(event["body"]), paths)
    except jsontext.JsonError:
        return None
    return msgspec.json.format(jsontext.encode(value), indent=2).decode()


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
