"""Änderungsprotokoll: who changed what, when and from where."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from hub.records import audit, tenants
from hub.web import columns, links, paging, words
from hub.web.page import Pages
from hub.web.pages import settings
from hub.web.rights import Right
from hub.web.visit import Visit

pages = Pages("audit")


@pages.get("/audit", needs=Right.ADMIN)
def index(visit: Visit) -> ResponseReturnValue:
    """The tenant's changes, all or one member's."""
    member_id = _chosen()
    with visit.read() as unit:
        members = tenants.members_of(unit, visit.tenant_id)
        rows = audit.entries(
            unit, visit.tenant_id, member_id=member_id, before=paging.cursor(), limit=paging.SIZE + 1
        )
    return render_template(
        "audit/index.html",
        shown=paging.shown(rows),
        members=members,
        member_id=member_id,
        words=words,
        kind=columns.kind,
        to_record=links.to_record,
        changes=changes,
        filters={"member": member_id} if member_id else {},
    )


def changes(entry: Mapping[str, Any]) -> Iterator[tuple[Any, Any, Any]]:
    """Name, before and after of each value that changed; what there was not before is empty."""
    of = entry["object_kind"] or ""
    before, after = (columns.priced(entry[side] or {}) for side in ("before", "after"))
    for column in {**before, **after}:
        old, new = before.get(column), after.get(column)
        if old != new or not after:
            name = settings.NAMES.get(column) or columns.name(column)
            yield name, _said(column, old, of), _said(column, new, of)


def _said(column: str, given: Any, of: str) -> Any:
    if column == "changed" and isinstance(given, list):
        return ", ".join(str(settings.NAMES.get(name, name)) for name in given)
    if column == "removed":
        return settings.NAMES.get(given, given)
    if column == "role" and given in words.ROLES:
        return words.ROLES[given].text
    return None if given is None else columns.value(column, given, of)


def _chosen() -> UUID | None:
    try:
        return UUID(request.args.get("member", ""))
    except ValueError:
        return None
