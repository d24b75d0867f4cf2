"""Änderungsprotokoll: who changed what, when and from where."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from hub.records import audit, tenants
from hub.web import columns, links, paging, settings_form, words
from hub.web.page import Pages
from hub.web.pages import settings
from hub.web.rights import Right
from hub.web.visit import Visit, current

pages = Pages("audit")

CUSTOMERS = ("customer_id", "merged", "merged_into")
"""Columns that hold the id of a customer."""


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
        changes=partial(changes, team={str(row["id"]): row["name"] for row in members}),
        filters={"member": member_id} if member_id else {},
    )


def changes(
    entry: Mapping[str, Any], team: Mapping[str, str] | None = None
) -> Iterator[tuple[Any, Any, Any]]:
    """Name, before and after of each value that changed; what there was not before is empty. ``team`` are the
    names of members by id."""
    of = entry["object_kind"] or ""
    tell = current_app.config[words.PLUGIN_VALUES].get(of) or partial(
        _told, of=of, team=team or {}, names=_names(entry)
    )
    before, after = (columns.priced(entry[side] or {}) for side in ("before", "after"))
    for column in {**before, **after}:
        (name, old), (_same, new) = tell(column, before.get(column)), tell(column, after.get(column))
        if old != new or not after:
            yield name, old, new


def _names(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What settings are called: the hub's own, and those of the plugin that was changed."""
    visit, plugin = current(), (entry["after"] or {}).get("plugin")
    installed = visit.rooms.plugins.installed.get(plugin) if visit and plugin else None
    fields = installed.manifest.settings.model_fields if installed else {}
    return {**{name: settings_form.label(name, info) for name, info in fields.items()}, **settings.NAMES}


def _told(
    column: str, given: Any, *, of: str, team: Mapping[str, str], names: Mapping[str, Any]
) -> tuple[Any, Any]:
    name = names.get(column) or columns.name(column)
    if given is None:
        return name, None
    if column == "assigned_to":
        return name, team.get(given, _("Ehemaliges Mitglied"))
    if column in CUSTOMERS and (target := links.to_record("customer", given)):
        return name, Markup('<a href="{}">{}</a>').format(target, _("Kundenakte"))
    return name, _said(column, given, of, names)


def _said(column: str, given: Any, of: str, names: Mapping[str, Any]) -> Any:
    if column == "changed" and isinstance(given, list):
        return ", ".join(str(names.get(name, name)) for name in given)
    if column == "removed":
        return names.get(given, given)
    if column == "role" and given in words.ROLES:
        return words.ROLES[given].text
    return columns.value(column, given, of)


def _chosen() -> UUID | None:
    try:
        return UUID(request.args.get("member", ""))
    except ValueError:
        return None
