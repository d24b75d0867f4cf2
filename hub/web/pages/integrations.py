"""Integrationen: what can be connected, what is, and what can be done with a connection."""

from datetime import timedelta
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField
from wtforms.validators import Optional

from hub.records import audit, events
from hub.records.events import Wanted
from hub.registry.connecting import ConnectingError
from hub.registry.quality import tier_of
from hub.web import connected, naming, settings_form, words
from hub.web.connected import Connected
from hub.web.forms import Form, SelectChoice, one_line
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.settings_form import SECRETS
from hub.web.visit import Visit

pages = Pages("integrations")

SHOWN_EVENTS = 5


class Rotation(Form):
    """A new signing secret."""

    value = PasswordField(_l("Neues Secret"), [Optional()], filters=[one_line])
    hours = SelectField(
        _l("Altes Secret gilt noch"),
        choices=[
            SelectChoice("24", _l("24 Stunden")),
            SelectChoice("168", _l("7 Tage")),
            SelectChoice("1", _l("1 Stunde")),
            SelectChoice("0", _l("gar nicht mehr")),
        ],
        default="24",
    )


@pages.get("/integrations", needs=Right.ADMIN)
def index(visit: Visit) -> ResponseReturnValue:
    """All installed plugins, with this tenant's connections."""
    mine = [connected.connected(visit, view) for view in connected.connections(visit).list(visit.tenant.slug)]
    installed = visit.rooms.plugins.installed
    gone = sorted({one.view.plugin for one in mine if one.installed is None})
    catalogue = sorted(installed.values(), key=lambda one: (not one.manifest.is_source, one.manifest.slug))
    return render_template(
        "integrations/index.html",
        catalogue=catalogue,
        connections={slug: [one for one in mine if one.view.plugin == slug] for slug in (*installed, *gone)},
        gone=gone,
        tiers={slug: tier_of(one.plugin) for slug, one in installed.items()},
        spoken=naming.spoken,
        words=words,
    )


@pages.get("/integrations/<uuid:connection_id>", needs=Right.ADMIN)
def show(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """One connection: its address, its settings and what came lately."""
    return _page(visit, connected.found(visit, connection_id), Rotation())


@pages.get("/integrations/<uuid:connection_id>/settings", needs=Right.ADMIN)
def edit(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """The form to change the settings."""
    one = connected.found(visit, connection_id)
    model = one.plugin.manifest.settings
    return _settings_page(one, settings_form.settings_form(model, present=one.view.settings))


@pages.post("/integrations/<uuid:connection_id>/settings", needs=Right.ADMIN)
def change(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """Other settings."""
    one = connected.found(visit, connection_id)
    model = one.plugin.manifest.settings
    form = settings_form.settings_form(model, request.form)
    if not form.accepts():
        return _settings_page(one, form), 422
    try:
        after = connected.connections(visit).change(*one.address, settings_form.texts_of(model, form))
    except ConnectingError as error:
        settings_form.blame(form, error)
        return _settings_page(one, form), 422
    differing = {name for name, value in after.settings.items() if one.view.settings.get(name) != value}
    connected.note(
        visit,
        "integration.changed",
        after,
        before={name: one.view.settings.get(name) for name in differing},
        after={name: after.settings[name] for name in differing},
    )
    flash(_("Die Einstellungen sind gespeichert."), "success")
    return redirect(url_for("integrations.show", connection_id=connection_id), 303)


@pages.post("/integrations/<uuid:connection_id>/rotate", needs=Right.ADMIN)
def rotate(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """Another signing secret, which is shown now and never again; the old one counts a while longer."""
    one = connected.found(visit, connection_id)
    form = Rotation(request.form)
    if not one.has_secrets:
        abort(404)
    if not form.accepts():
        return _page(visit, one, form), 422
    overlap = timedelta(hours=int(form.hours.data))
    fresh = connected.connections(visit).rotate(*one.address, value=form.value.data or None, overlap=overlap)
    connected.note(visit, "integration.rotated", one.view, after={"overlap_hours": int(form.hours.data)})
    if form.value.data:
        flash(_("Das neue Secret ist gespeichert."), "success")
        return redirect(url_for("integrations.show", connection_id=connection_id), 303)
    return connected.secret_once(visit, one, fresh)


@pages.post("/integrations/<uuid:connection_id>/pause", needs=Right.ADMIN)
def pause(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """Refuse what comes, until it is switched on again."""
    one = connected.found(visit, connection_id)
    connected.connections(visit).enable(*one.address, on=False)
    connected.note(
        visit, "integration.paused", one.view, before={"enabled": one.view.enabled}, after={"enabled": False}
    )
    flash(_("Die Integration pausiert. Was jetzt gesendet wird, wird abgelehnt."), "success")
    return redirect(url_for("integrations.show", connection_id=connection_id), 303)


@pages.post("/integrations/<uuid:connection_id>/resume", needs=Right.ADMIN)
def resume(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """Take again what comes."""
    one = connected.found(visit, connection_id)
    connected.connections(visit).enable(*one.address, on=True)
    connected.note(
        visit, "integration.resumed", one.view, before={"enabled": one.view.enabled}, after={"enabled": True}
    )
    flash(_("Die Integration ist eingeschaltet."), "success")
    return redirect(url_for("integrations.show", connection_id=connection_id), 303)


@pages.post("/integrations/<uuid:connection_id>/disconnect", needs=Right.ADMIN)
def disconnect(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """Switch it off and forget its secrets; what it received stays."""
    one = connected.found(visit, connection_id)
    try:
        connected.connections(visit).disconnect(*one.address)
    except ConnectingError:
        flash(_("Diese Integration kann nur pausiert werden: Sie braucht ihre Zugangsdaten."), "error")
        return redirect(url_for("integrations.show", connection_id=connection_id), 303)
    connected.note(visit, "integration.disconnected", one.view)
    flash(_("Die Integration ist getrennt, ihre Zugangsdaten sind gelöscht."), "success")
    return redirect(url_for("integrations.index"), 303)


def _settings_page(one: Connected, form: Form) -> str:
    manifest = one.plugin.manifest
    return render_template(
        "integrations/settings.html",
        one=one,
        title=naming.spoken(manifest.title),
        form=form,
        hints=settings_form.hints(manifest.settings),
    )


def _page(visit: Visit, one: Connected, rotation: Rotation) -> str:
    manifest = one.installed.manifest if one.installed else None
    with visit.read() as unit:
        latest = events.find(unit, visit.tenant_id, Wanted(plugin=one.view.plugin), limit=SHOWN_EVENTS).rows
        history = audit.about(unit, visit.tenant_id, one.view.id)
    return render_template(
        "integrations/show.html",
        one=one,
        title=naming.title(visit.rooms.plugins, one.view.plugin),
        weak=connected.weak_proofs(visit, one),
        settings=settings_form.shown(manifest.settings if manifest else None, one.view.settings),
        secrets=one.view.settings.get(SECRETS) or [],
        rotation=rotation,
        latest=latest if one.is_source else None,
        history=history,
        words=words,
    )
