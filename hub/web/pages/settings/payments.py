"""Online-Zahlung: the keys of a payment provider, and what is still missing. Which keys these are and where
they are found says the provider's plugin."""

from datetime import timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.contract.manifest import Manifest
from hub.contract.paying import PaymentSetup
from hub.records import events
from hub.records.database import Unit
from hub.records.vault import VaultError
from hub.registry.connecting import ConnectingError
from hub.web import naming, settings_form, words
from hub.web.pages.settings.common import base, connections_in, enable, first, pages, save
from hub.web.payment_form import Keys, keys_form, placeholder
from hub.web.rights import Right
from hub.web.settings_form import SECRETS
from hub.web.visit import Visit

OVERLAP = timedelta(hours=24)
"""How long a signing secret that was replaced still counts: the provider does not change it everywhere at
once."""


@pages.get("/settings/payments/<plugin>", needs=Right.ADMIN)
def payments(visit: Visit, plugin: str) -> ResponseReturnValue:
    """The keys of the payment provider, and what is still missing."""
    manifest, setup = _provider(visit, plugin)
    return _payments(visit, manifest, keys_form(manifest, setup))


@pages.post("/settings/payments/<plugin>", needs=Right.ADMIN)
def save_payments(visit: Visit, plugin: str) -> ResponseReturnValue:
    """Store the keys that were filled in."""
    manifest, setup = _provider(visit, plugin)
    form = keys_form(manifest, setup, request.form)
    if not form.accepts():
        return _payments(visit, manifest, form), 422
    try:
        with visit.write() as unit:
            _save_keys(visit, unit, plugin, form.given())
    except (ConnectingError, VaultError) as error:
        if isinstance(error, ConnectingError) and error.fields:
            settings_form.blame(form, error)
        else:
            flash(
                _("Die gespeicherten Schlüssel sind nicht lesbar. Bitte wenden Sie sich an den Betreiber."),
                "error",
            )
        return _payments(visit, manifest, form), 422
    flash(_("Die Schlüssel sind gespeichert."), "success")
    return redirect(url_for("settings.payments", plugin=plugin), 303)


@pages.post("/settings/payments/<plugin>/<key>/remove", needs=Right.ADMIN)
def remove_payment_key(visit: Visit, plugin: str, key: str) -> ResponseReturnValue:
    """Forget one of the keys: invoices no longer offer online payment."""
    _manifest, setup = _provider(visit, plugin)
    if key not in {one.setting for one in setup.keys}:
        abort(404)
    with visit.write() as unit:
        if first(connections_in(visit, unit).list(visit.tenant.slug), plugin) is None:
            abort(404)
        save(visit, unit, plugin, {key: []}, shown={"removed": key})
    flash(_("Der Schlüssel ist entfernt."), "success")
    return redirect(url_for("settings.payments", plugin=plugin), 303)


@pages.post("/settings/payments/<plugin>/on", needs=Right.ADMIN)
def open_payments(visit: Visit, plugin: str) -> ResponseReturnValue:
    """Take payments again."""
    _provider(visit, plugin)
    with visit.write() as unit:
        connections = connections_in(visit, unit)
        view = first(connections.list(visit.tenant.slug), plugin) or abort(404)
        enable(visit, unit, connections, view)
    flash(_("Die Online-Zahlung ist eingeschaltet."), "success")
    return redirect(url_for("settings.payments", plugin=plugin), 303)


def _provider(visit: Visit, plugin: str) -> tuple[Manifest, PaymentSetup]:
    """An installed payment provider, whether or not the tenant has it; not found if it is none."""
    installed = visit.rooms.plugins.installed.get(plugin)
    if installed is None or installed.manifest.paying is None:
        abort(404)
    return installed.manifest, installed.manifest.paying


def _payments(visit: Visit, manifest: Manifest, form: Keys) -> str:
    with visit.read() as unit:
        connected = connections_in(visit, unit).list(visit.tenant.slug)
        last = events.find(unit, visit.tenant_id, events.Wanted(plugin=manifest.slug), limit=1).rows
    view = first(connected, manifest.slug)
    stored = {key.setting: view is not None and view.settings.get(key.setting) for key in form.setup.keys}
    route = view.paths[0] if view else manifest.routes[0].replace("<tenant>", visit.tenant.slug)
    return render_template(
        "settings/payments.html",
        form=form,
        plugin=manifest.slug,
        provider=naming.spoken(manifest.title),
        stored=stored,
        missing=[form[name].label.text for name, value in stored.items() if not value],
        begins={key.setting: placeholder(key) for key in form.setup.keys},
        steps=[
            (naming.spoken(step.text), step.copied.replace("{url}", base(visit) + route))
            for step in form.setup.steps
        ],
        note=naming.spoken(form.setup.note),
        paused=view is not None and not view.enabled,
        words=words,
        last=last[0] if last else None,
    )


def _save_keys(visit: Visit, unit: Unit, plugin: str, given: dict[str, list[str]]) -> None:
    """A signing secret beside which there is one already replaces it with an overlap."""
    view = first(connections_in(visit, unit).list(visit.tenant.slug), plugin)
    fresh = given.pop(SECRETS, None) if view and view.settings.get(SECRETS) else None
    if given:
        save(visit, unit, plugin, given, shown={"changed": sorted(given)})
    if fresh and view:
        connections_in(visit, unit).rotate(
            visit.tenant.slug, plugin, view.name, value=fresh[0], overlap=OVERLAP
        )
        visit.note(unit, "integration.rotated", kind="connection", object_id=view.id)
