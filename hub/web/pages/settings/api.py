"""API / Schnittstellen: the keys, the address that takes them, and what follows a web order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.contract.proofs import takes_api_keys
from hub.records import tenants
from hub.registry.connecting import ConnectionView
from hub.web import texts
from hub.web.pages.settings.common import base, connect, connections_in, enable, first, pages, save
from hub.web.rights import Right
from hub.web.settings_form import told
from hub.web.visit import Visit


@dataclass(frozen=True)
class Switch:
    """*Web-Bestellungen (API)*: a check box for a setting of a plugin (``hub.web_orders``). ``checked`` is
    what is stored, ``counts`` whether the plugin is on."""

    plugin: str
    setting: str
    text: str
    checked: bool
    counts: bool

    @property
    def name(self) -> str:
        """Of the check box in the form."""
        return f"{self.plugin}.{self.setting}"


MOST_OLD_KEYS = 5


@pages.get("/settings/api", needs=Right.ADMIN)
def api(visit: Visit) -> ResponseReturnValue:
    """The keys, the address that takes them, and what follows a web order."""
    with visit.read() as unit:
        keys = tenants.keys_of(unit, visit.tenant_id)
        connected = connections_in(visit, unit).list(visit.tenant.slug)
    active = [key for key in reversed(keys) if key["deactivated_at"] is None]
    old = [key for key in reversed(keys) if key["deactivated_at"] is not None]
    door = _door(visit, connected)
    return render_template(
        "settings/api.html",
        active=active,
        old=old[:MOST_OLD_KEYS],
        door_open=door is not None and door.enabled,
        address=_address(visit),
        switches=_switches(visit, connected),
    )


@pages.post("/settings/api/keys", needs=Right.ADMIN)
def issue_key(visit: Visit) -> ResponseReturnValue:
    """A new key, which this page shows once. The present ones count until they are deactivated, so that
    no sender is cut off; what takes keys is switched on if it never was."""
    with visit.write() as unit:
        row = tenants.tenant_by_slug(unit, visit.tenant.slug) or abort(404)
        issued = tenants.issue_key(
            unit, tenant_id=visit.tenant_id, tenant_number=row["number"], now=visit.now
        )
        visit.note(unit, "key.issued", kind="key", object_id=issued.id, after={"masked": issued.masked})
        connections = connections_in(visit, unit)
        if _door(visit, connections.list(visit.tenant.slug)) is None and (taker := _taker(visit)):
            connect(visit, unit, connections, taker, {})
    return render_template("settings/key.html", key=issued.key, address=_address(visit))


@pages.post("/settings/api/keys/<uuid:key_id>/deactivate", needs=Right.ADMIN)
def deactivate_key(visit: Visit, key_id: UUID) -> ResponseReturnValue:
    """Off for good."""
    with visit.write() as unit:
        key = next((key for key in tenants.keys_of(unit, visit.tenant_id) if key["id"] == key_id), None)
        if key is None:
            abort(404)
        if tenants.deactivate_key(unit, key_id, visit.now):
            visit.note(
                unit, "key.deactivated", kind="key", object_id=key_id, before={"masked": key["masked"]}
            )
    flash(_("Der API-Key %(key)s ist deaktiviert.", key=key["masked"]), "success")
    return redirect(url_for("settings.api"), 303)


@pages.post("/settings/api/on", needs=Right.ADMIN)
def open_door(visit: Visit) -> ResponseReturnValue:
    """Take API keys again."""
    with visit.write() as unit:
        connections = connections_in(visit, unit)
        door = _door(visit, connections.list(visit.tenant.slug))
        if door is not None:
            enable(visit, unit, connections, door)
        elif taker := _taker(visit):
            connect(visit, unit, connections, taker, {})
    flash(_("Die API-Schnittstelle ist eingeschaltet."), "success")
    return redirect(url_for("settings.api"), 303)


@pages.post("/settings/api/orders", needs=Right.ADMIN)
def save_switches(visit: Visit) -> ResponseReturnValue:
    """The check boxes. A plugin is switched on if one of its own needs it."""
    with visit.write() as unit:
        connections = connections_in(visit, unit)
        switches = _switches(visit, connections.list(visit.tenant.slug)) or abort(404)
        for plugin, its in groupby(switches, lambda switch: switch.plugin):
            chosen = {switch.setting: switch.name in request.form for switch in its}
            save(visit, unit, plugin, {name: [str(on).lower()] for name, on in chosen.items()}, shown=chosen)
            view = first(connections.list(visit.tenant.slug), plugin)
            if view is not None and not view.enabled and any(chosen.values()):
                enable(visit, unit, connections, view)
    flash(_("Die Einstellungen sind gespeichert."), "success")
    return redirect(url_for("settings.api"), 303)


def _switches(visit: Visit, connected: Sequence[ConnectionView]) -> list[Switch]:
    """What installed plugins can do about a web order, plugin by plugin."""
    return [
        Switch(
            plugin,
            setting,
            text,
            checked=view is not None and bool(view.settings.get(setting)),
            counts=view is None or view.enabled,
        )
        for plugin, installed in visit.rooms.plugins.installed.items()
        for view in [first(connected, plugin)]
        for setting, info in installed.manifest.settings.model_fields.items()
        if (text := told(info, "web_orders", texts.language()))
    ]


def _taker(visit: Visit) -> str | None:
    """A plugin that takes API keys."""
    installed = visit.rooms.plugins.installed.items()
    return next((slug for slug, one in installed if takes_api_keys(one.manifest.scheme)), None)


def _door(visit: Visit, connected: Sequence[ConnectionView]) -> ConnectionView | None:
    taker = _taker(visit)
    return first(connected, taker) if taker else None


def _address(visit: Visit) -> str:
    """Where senders with an API key post to."""
    taker = _taker(visit)
    return base(visit) + visit.rooms.plugins.installed[taker].manifest.routes[0] if taker else ""
