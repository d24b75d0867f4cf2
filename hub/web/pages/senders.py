"""How a sender is set up, with code and notes for this tenant's address, and a test event for it."""

from uuid import UUID

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.contract.settings import active_secrets
from hub.records.vault import VaultError
from hub.registry.connecting import ConnectingError
from hub.registry.sampling import shown_of, tests_of
from hub.registry.snippets import file_of, snippets
from hub.web import connected, knocking, naming
from hub.web.connected import Connected
from hub.web.fork import DOOR
from hub.web.guided import guides_of
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit

pages = Pages("integrations")


@pages.get("/integrations/<uuid:connection_id>/setup", needs=Right.ADMIN)
def setup(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """How a sender is set up: code with this tenant's address, and notes for tools without code."""
    one = connected.found(visit, connection_id)
    if not one.is_source:
        abort(404)
    manifest = one.plugin.manifest
    fixture = shown_of(one.plugin.plugin)
    secret = _("IHR_SECRET") if one.has_secrets else _("IHR_API_KEY")
    code = (
        snippets(manifest.scheme, one.urls[0], fixture.body.decode(), secret, fixture.headers)
        if fixture
        else {}
    )
    return render_template(
        "integrations/setup.html",
        one=one,
        title=naming.spoken(manifest.title),
        snippets=code,
        body_file=file_of(code.get("curl", "")),
        guides=guides_of(one, secret),
        event_types=list(manifest.events),
        tests=list(tests_of(one.plugin.plugin)),
        asks_key=not one.has_secrets,
    )


@pages.post("/integrations/<uuid:connection_id>/test", needs=Right.ADMIN)
def test(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """Send a test event through the real door, signed as its sender would."""
    one = connected.found(visit, connection_id)
    sample = tests_of(one.plugin.plugin).get(request.form.get("sample", ""))
    scheme = one.plugin.manifest.scheme
    if sample is None or scheme is None:
        abort(404)
    secret = _secret_of(visit, one) if one.has_secrets else request.form.get("key", "").strip()
    if not secret:
        missing = (
            _("Hinterlegen Sie zuerst ein Secret.") if one.has_secrets else _("Tragen Sie den API-Key ein.")
        )
        return _to_setup(connection_id, missing)
    outgoing = scheme.sign(knocking.fresh(sample), secret, visit.now)
    door = current_app.extensions[DOOR]
    answer = knocking.knock(door, one.urls[0], outgoing, remote_addr=request.remote_addr)
    connected.note(
        visit, "integration.tested", one.view, after={"sample": sample.name, "status": answer.status}
    )
    if answer.status >= 300:
        return _to_setup(
            connection_id, _("Das Testereignis wurde abgelehnt (Antwort %(status)d).", status=answer.status)
        )
    flash(_("Das Testereignis ist angekommen (Antwort %(status)d).", status=answer.status), "success")
    if answer.event_id is None:
        return redirect(url_for("integrations.setup", connection_id=connection_id), 303)
    return redirect(url_for("events.show", event_id=answer.event_id), 303)


def _secret_of(visit: Visit, one: Connected) -> str:
    """The secret that signs; empty if none is stored or it cannot be read."""
    try:
        known = active_secrets(connected.connections(visit).settings(*one.address), visit.now)
    except (ConnectingError, VaultError):
        return ""
    return known[0] if known else ""


def _to_setup(connection_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "error")
    return redirect(url_for("integrations.setup", connection_id=connection_id), 303)
