"""Stripe (Online-Zahlung): the keys, and what is still missing."""

from datetime import timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField, ValidationError
from wtforms.validators import Optional, Regexp

from hub.records import events
from hub.records.database import Unit
from hub.records.vault import VaultError
from hub.registry.connecting import ConnectingError
from hub.web import words
from hub.web.forms import Form, one_line
from hub.web.pages.settings.common import base, connections_in, enable, first, pages, save
from hub.web.rights import Right
from hub.web.visit import Visit

PAYING = "stripe"
PAYING_EVENT = "checkout.session.completed"
"""*Stripe (Online-Zahlung)*: the plugin whose keys are the fields of ``Keys``, and what it must send."""

OVERLAP = timedelta(hours=24)
"""How long a signing secret that was replaced still counts: the provider does not change it everywhere at
once."""


class Keys(Form):
    """The keys of the payment provider, named as the plugin's settings. One that is left empty stays as it
    is."""

    publishable_key = StringField(
        _l("Veröffentlichbarer Schlüssel (Publishable Key)"),
        [
            Optional(),
            Regexp(
                r"^pk_(live|test)_\w+$", message=_l("Dieser Schlüssel beginnt mit pk_live_ oder pk_test_.")
            ),
        ],
        filters=[one_line],
    )
    secret_key = PasswordField(
        _l("Geheimer Schlüssel (Secret Key)"),
        [
            Optional(),
            Regexp(
                r"^[sr]k_(live|test)_\w+$", message=_l("Dieser Schlüssel beginnt mit sk_live_ oder sk_test_.")
            ),
        ],
        filters=[one_line],
    )
    secrets = PasswordField(
        _l("Webhook Signing Secret"),
        [Optional(), Regexp(r"^whsec_\S+$", message=_l("Dieser Schlüssel beginnt mit whsec_."))],
        filters=[one_line],
    )

    def validate_secret_key(self, field: PasswordField) -> None:
        """Keys for tests and for real payments do not go together."""
        modes = {str(key.data).split("_")[1] for key in (self.publishable_key, field) if key.data}
        if len(modes) > 1 and not self.publishable_key.errors:
            raise ValidationError(
                _("Ein Schlüssel ist für Tests (test), der andere für echte Zahlungen (live).")
            )


KEYS = ("publishable_key", "secret_key", "secrets")


@pages.get("/settings/payments", needs=Right.ADMIN)
def payments(visit: Visit) -> ResponseReturnValue:
    """The keys of the payment provider, and what is still missing."""
    return _payments(visit, Keys())


@pages.post("/settings/payments", needs=Right.ADMIN)
def save_payments(visit: Visit) -> ResponseReturnValue:
    """Store the keys that were filled in."""
    form = Keys(request.form)
    if PAYING not in visit.rooms.plugins.installed:
        abort(404)
    if not form.accepts():
        return _payments(visit, form), 422
    given = {name: [text] for name, text in form.data.items() if text}
    try:
        with visit.write() as unit:
            _save_keys(visit, unit, given)
    except (ConnectingError, VaultError):
        flash(
            _("Die gespeicherten Schlüssel sind nicht lesbar. Bitte wenden Sie sich an den Betreiber."),
            "error",
        )
        return _payments(visit, form), 422
    flash(_("Die Schlüssel sind gespeichert."), "success")
    return redirect(url_for("settings.payments"), 303)


@pages.post("/settings/payments/<key>/remove", needs=Right.ADMIN)
def remove_payment_key(visit: Visit, key: str) -> ResponseReturnValue:
    """Forget one of the keys: invoices no longer offer online payment."""
    if key not in KEYS or PAYING not in visit.rooms.plugins.installed:
        abort(404)
    with visit.write() as unit:
        if first(connections_in(visit, unit).list(visit.tenant.slug), PAYING) is None:
            abort(404)
        save(visit, unit, PAYING, {key: []}, shown={"removed": key})
    flash(_("Der Schlüssel ist entfernt."), "success")
    return redirect(url_for("settings.payments"), 303)


@pages.post("/settings/payments/on", needs=Right.ADMIN)
def open_payments(visit: Visit) -> ResponseReturnValue:
    """Take payments again."""
    with visit.write() as unit:
        connections = connections_in(visit, unit)
        view = first(connections.list(visit.tenant.slug), PAYING) or abort(404)
        enable(visit, unit, connections, view)
    flash(_("Die Online-Zahlung ist eingeschaltet."), "success")
    return redirect(url_for("settings.payments"), 303)


def _payments(visit: Visit, form: Keys) -> str:
    with visit.read() as unit:
        connected = connections_in(visit, unit).list(visit.tenant.slug)
        last = events.find(unit, visit.tenant_id, events.Wanted(plugin=PAYING), limit=1).rows
    view = first(connected, PAYING)
    stored = {name: view.settings.get(name) for name in KEYS} if view else dict.fromkeys(KEYS)
    return render_template(
        "settings/payments.html",
        form=form,
        installed=PAYING in visit.rooms.plugins.installed,
        stored=stored,
        missing=[form[name].label.text for name, value in stored.items() if not value],
        paused=view is not None and not view.enabled,
        address=base(visit) + (view.paths[0] if view else _route(visit)),
        event=PAYING_EVENT,
        words=words,
        last=last[0] if last else None,
    )


def _route(visit: Visit) -> str:
    """Where the provider's events go, before it is connected."""
    installed = visit.rooms.plugins.installed.get(PAYING)
    routes = installed.manifest.routes if installed else ("",)
    return routes[0].replace("<tenant>", visit.tenant.slug)


def _save_keys(visit: Visit, unit: Unit, given: dict[str, list[str]]) -> None:
    """A signing secret beside which there is one already replaces it with an overlap."""
    view = first(connections_in(visit, unit).list(visit.tenant.slug), PAYING)
    fresh = given.pop("secrets", None) if view and view.settings.get("secrets") else None
    if given:
        save(visit, unit, PAYING, given, shown={"changed": sorted(given)})
    if fresh and view:
        connections_in(visit, unit).rotate(
            visit.tenant.slug, PAYING, view.name, value=fresh[0], overlap=OVERLAP
        )
        visit.note(unit, "integration.rotated", kind="connection", object_id=view.id)
