"""Installation → Plugins: what is installed, for how many it is on, and what was put aside."""

from dataclasses import dataclass

from flask import current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from hub.records import census
from hub.registry.discovery import Installed
from hub.web import naming
from hub.web.pages.operator.common import pages
from hub.web.plugged import EXTENSION, Brought
from hub.web.rights import Right
from hub.web.visit import Visit

KINDS = {"source": _l("Quelle"), "effect": _l("Folge"), "channel": _l("Kanal"), "wrapper": _l("Vorschaltung")}


@dataclass(frozen=True, kw_only=True)
class Listed:
    """An installed plugin: for how many tenants it is on, and whether it brings pages (``broken`` says why
    they cannot be used)."""

    installed: Installed
    users: int
    has_pages: bool
    broken: str | None


@pages.get("/plugins", needs=Right.OPERATOR)
def plugins(visit: Visit) -> ResponseReturnValue:
    """All plugins."""
    known = visit.rooms.plugins
    brought: Brought = current_app.extensions[EXTENSION]
    with visit.read() as unit:
        users = census.users_of_plugins(unit)
    listed = [
        Listed(
            installed=one,
            users=users.get(slug, 0),
            has_pages=one.manifest.pages is not None,
            broken=brought.broken.get(slug),
        )
        for slug, one in sorted(known.installed.items())
    ]
    return render_template(
        "operator/plugins.html",
        plugins=listed,
        quarantined=known.quarantined,
        spoken=naming.spoken,
        kinds=KINDS,
    )
