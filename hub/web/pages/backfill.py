"""Fehlende Ereignisse: what a provider tells and the hub never received, compared and taken."""

from datetime import timedelta
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import SelectField

from hub.contract.backfill import BackfillError, Lookback
from hub.pipeline.backfilling import BusyError, Findings
from hub.records import backfills
from hub.registry.registry import Target
from hub.web import connected, naming, settings_form, words
from hub.web.connected import Connected
from hub.web.forms import Form, SelectChoice
from hub.web.page import Pages
from hub.web.remedies import remedy
from hub.web.rights import Right
from hub.web.visit import Visit

pages = Pages("integrations")

COMPARED, TAKEN = 3, 5
"""Pages of the provider's that one look compares, and that one import takes: somebody waits for it."""

RECORDS = {
    "order": _l("Bestellung"),
    "transaction": _l("Transaktion"),
    "invoice": _l("Rechnung"),
    "payment": _l("Zahlung"),
    "ticket": _l("Ticket"),
    "customer": _l("Kunde"),
}

FAULTS = {
    "key_refused": _l("Der Anbieter lehnt den API-Schlüssel ab. Prüfen Sie ihn in den Einstellungen."),
    "not_found": _l("Unter dieser Adresse antwortet keine Schnittstelle des Anbieters."),
    "too_often": _l("Der Anbieter wurde zu oft gefragt. Versuchen Sie es später noch einmal."),
    "address_refused": _l(
        "Diese Adresse liegt in einem gesperrten Netz. Der Betreiber der Installation kann sie freigeben."
    ),
    "no_answer": _l("Der Anbieter antwortet nicht. Versuchen Sie es später noch einmal."),
    "settings_missing": _l("Es fehlen Einstellungen."),
}
_FAILED = _l("Der Anbieter gab keine brauchbare Antwort.")


class Span(Form):
    """How far back to compare."""

    days = SelectField(
        _l("Zeitraum"),
        choices=[
            SelectChoice("1", _l("24 Stunden")),
            SelectChoice("7", _l("7 Tage")),
            SelectChoice("30", _l("30 Tage")),
        ],
        default="7",
    )


@pages.get("/integrations/<uuid:connection_id>/missing", needs=Right.ADMIN)
def missing(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """How far the provider was asked, and a form to ask it."""
    return _page(visit, _asked(visit, connection_id), Span())


@pages.post("/integrations/<uuid:connection_id>/missing", needs=Right.ADMIN)
def compare(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """Ask the provider, and show what the hub has not."""
    one, form = _asked(visit, connection_id), Span(request.form)
    if not form.accepts():
        return _page(visit, one, form), 422
    since = visit.now - timedelta(days=int(form.days.data))
    try:
        found = visit.rooms.backfiller.compare(_target(visit, one), since, pages=COMPARED)
    except BackfillError as error:
        flash(_fault(error), "error")
        return _back(connection_id)
    return _page(visit, one, form, found)


@pages.post("/integrations/<uuid:connection_id>/missing/import", needs=Right.ADMIN)
def take(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """Take what is missing; without a span, go on with what was begun."""
    one, form = _asked(visit, connection_id), Span(request.form)
    since = None
    if "days" in request.form:
        if not form.accepts():
            return _page(visit, one, form), 422
        since = visit.now - timedelta(days=int(form.days.data))
    try:
        found = visit.rooms.backfiller.run(_target(visit, one), since, pages=TAKEN)
    except BusyError:
        flash(
            _("Es wird gerade schon abgeglichen. Versuchen Sie es in einigen Minuten noch einmal."), "error"
        )
        return _back(connection_id)
    except BackfillError as error:
        flash(_fault(error), "error")
        return _back(connection_id)
    counts = {"imported": found.missing, "refused": found.refused, "known": found.known}
    connected.note(visit, "integration.backfilled", one.view, after=counts)
    _tell(found)
    return _back(connection_id)


def _asked(visit: Visit, connection_id: UUID) -> Connected:
    one = connected.found(visit, connection_id)
    if not one.can_be_asked:
        abort(404)
    return one


def _target(visit: Visit, one: Connected) -> Target:
    """The connection with its hooks. Raises BackfillError if it is off."""
    with visit.read() as unit:
        entry = visit.rooms.registry.current_entry(unit, visit.tenant.slug)
    target = entry.targets.get((one.view.plugin, one.view.name)) if entry else None
    if target is None:
        raise BackfillError("the connection is off")
    return target


def _lookback(visit: Visit, one: Connected) -> Lookback | None:
    try:
        return visit.rooms.backfiller.lookback(_target(visit, one))
    except BackfillError:
        return None


def _fault(error: BackfillError) -> str:
    said = str(FAULTS.get(error.code, _FAILED))
    if error.retry_after:
        minutes = -(-error.retry_after // 60)
        wait = ngettext("in einer Minute", "in %(num)d Minuten", minutes)
        return f"{said} {_('Er möchte frühestens %(wait)s wieder gefragt werden.', wait=wait)}"
    return said


def _tell(found: Findings) -> None:
    """What became of an import."""
    if found.missing:
        taken = ngettext("Ein Ereignis importiert.", "%(num)d Ereignisse importiert.", found.missing)
    else:
        taken = _("Es fehlte nichts.")
    more = "" if found.done else " " + _("Es gibt noch mehr: Setzen Sie den Import fort.")
    flash(taken + more, "success")
    if found.refused:
        refused = ngettext(
            "Ein Ereignis konnte nicht übernommen werden; es steht im Ereignis-Log.",
            "%(num)d Ereignisse konnten nicht übernommen werden; sie stehen im Ereignis-Log.",
            found.refused,
        )
        flash(refused, "error")


def _back(connection_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("integrations.missing", connection_id=connection_id), 303)


def _page(visit: Visit, one: Connected, form: Span, found: Findings | None = None) -> str:
    said = _lookback(visit, one)
    with visit.read() as unit:
        state = backfills.get(unit, one.view.id)
    fields = one.plugin.manifest.settings.model_fields
    return render_template(
        "integrations/missing.html",
        one=one,
        title=naming.title(visit.rooms.plugins, one.view.plugin),
        form=form,
        found=found,
        state=state,
        lookback=said,
        lacking=[settings_form.label(name, fields[name]) for name in (said.missing if said else ())],
        records=RECORDS,
        remedy=remedy,
        words=words,
    )
