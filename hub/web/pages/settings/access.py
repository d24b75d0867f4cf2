"""Zugriffsschlüssel: keys with which a company's own programs use the API, each with what it may do."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length

from hub.records import access, scopes
from hub.web.forms import Form, SelectChoice, one_line
from hub.web.pages.settings.common import pages
from hub.web.reference import DOCUMENT
from hub.web.rights import Right
from hub.web.visit import Visit

TEXTS: dict[str, Any] = {
    scopes.READ_RECORDS: _l(
        "Kunden, Bestellungen, Tickets, Rechnungen, Zahlungen und Umsätze lesen und exportieren"
    ),
    scopes.READ_EVENTS: _l("Ereignisse lesen, ohne ihren Inhalt"),
    scopes.READ_PAYLOADS: _l("Den Inhalt von Ereignissen lesen; persönliche Angaben sind darin verdeckt"),
    scopes.REPLAY_EVENTS: _l("Ereignisse erneut verarbeiten"),
    scopes.READ_CONNECTIONS: _l("Integrationen und ihre Einstellungen lesen, ohne Geheimnisse"),
    scopes.WRITE_CONNECTIONS: _l("Integrationen anlegen, ändern und anhalten"),
    scopes.READ_ENDPOINTS: _l("Ausgehende Webhooks und ihre Zustellungen lesen"),
    scopes.WRITE_ENDPOINTS: _l("Ausgehende Webhooks anlegen, ändern und löschen, Zustellungen wiederholen"),
}
"""What each scope opens, in the words of the UI."""

FOREVER = "0"


class NewKey(Form):
    """What the key is for, what it may do, and how long."""

    name = StringField(
        _l("Wofür ist der Schlüssel?"), [InputRequired(), Length(max=access.MAX_NAME)], filters=[one_line]
    )
    scopes = SelectMultipleField(
        _l("Berechtigungen"),
        [InputRequired(_l("Wählen Sie mindestens eine Berechtigung."))],
        choices=[SelectChoice(scope, text) for scope, text in TEXTS.items()],
    )
    days = SelectField(
        _l("Gültig"),
        choices=[
            SelectChoice("30", _l("30 Tage")),
            SelectChoice("90", _l("90 Tage")),
            SelectChoice("365", _l("1 Jahr")),
            SelectChoice(FOREVER, _l("bis er widerrufen wird")),
        ],
        default="365",
    )


@pages.get("/settings/access", needs=Right.ADMIN)
def access_keys(visit: Visit) -> ResponseReturnValue:
    """The keys, and the form for another one."""
    return _page(visit, NewKey(data={"scopes": [scopes.READ_RECORDS]}))


@pages.post("/settings/access", needs=Right.ADMIN)
def issue_access_key(visit: Visit) -> ResponseReturnValue:
    """A new key, which this page shows once."""
    form = NewKey(request.form)
    if not form.accepts():
        return _page(visit, form), 422
    days = int(form.days.data)
    with visit.write() as unit:
        issued = access.issue(
            unit,
            visit.tenant_id,
            name=str(form.name.data),
            scopes=list(form.scopes.data or ()),
            now=visit.now,
            expires_at=visit.now + timedelta(days=days) if days else None,
        )
        visit.note(
            unit,
            "access_key.issued",
            kind="access_key",
            object_id=issued.id,
            after={"name": form.name.data, "masked": issued.masked, "scopes": sorted(form.scopes.data or ())},
        )
    return render_template("settings/access_key.html", key=issued.key, address=_address())


@pages.post("/settings/access/<uuid:key_id>/revoke", needs=Right.ADMIN)
def revoke_access_key(visit: Visit, key_id: UUID) -> ResponseReturnValue:
    """End it for good."""
    with visit.write() as unit:
        known = {key["id"]: key for key in access.of_tenant(unit, visit.tenant_id)}
        if key_id not in known:
            abort(404)
        key = known[key_id]
        if access.revoke(unit, visit.tenant_id, key_id, visit.now):
            before = {"name": key["name"], "masked": key["masked"]}
            visit.note(unit, "access_key.revoked", kind="access_key", object_id=key_id, before=before)
    flash(_("Der Zugriffsschlüssel „%(name)s“ ist widerrufen.", name=key["name"]), "success")
    return redirect(url_for("settings.access_keys"), 303)


def _page(visit: Visit, form: NewKey) -> str:
    with visit.read() as unit:
        keys = access.of_tenant(unit, visit.tenant_id)
    valid = [key for key in keys if access.is_valid(key, visit.now)]
    return render_template(
        "settings/access.html",
        form=form,
        valid=valid,
        ended=[key for key in keys if key not in valid],
        texts=TEXTS,
        address=_address(),
    )


def _address() -> str:
    """Where the API is."""
    document: dict[str, Any] = current_app.extensions[DOCUMENT]()
    return str(document["servers"][0]["url"])
