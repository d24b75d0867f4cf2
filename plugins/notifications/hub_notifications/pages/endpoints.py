"""Ausgehende Webhooks: where this tenant's events are posted to."""

from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, SelectMultipleField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, Optional

from hub.records import audit
from hub.records.database import Row, Unit
from hub.support.transport import Guard, check_url
from hub.web import paging
from hub.web import words as hub_words
from hub.web.forms import Form, SelectChoice, one_line
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit
from hub_notifications import browsing, endpoints, queries, webhooks
from hub_notifications.endpoints import MIN_FAILURES, PATIENCE
from hub_notifications.pages import words

pages = Pages("webhook_endpoints", plugin="notifications")

KIND = "webhook_endpoint"


class Endpoint(Form):
    """Where to, and what about."""

    url = StringField(_l("Adresse (URL)"), [InputRequired(), Length(max=2000)], filters=[one_line])
    description = StringField(_l("Beschreibung"), [Optional(), Length(max=200)], filters=[one_line])
    events = SelectMultipleField(_l("Ereignisse"), [InputRequired(_l("Wählen Sie mindestens ein Ereignis."))])

    def validate_url(self, field: StringField) -> None:
        """An address that a request can be sent to."""
        try:
            check_url(str(field.data))
        except ValueError:
            raise ValidationError(
                _(
                    "Geben Sie eine vollständige Adresse an, die mit https:// beginnt, ohne Leerzeichen, "
                    "Benutzername und „#“."
                )
            ) from None


class Rotation(Form):
    """A new secret."""

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


@pages.get("/endpoints", needs=Right.ADMIN)
def index(visit: Visit) -> ResponseReturnValue:
    """All endpoints, with how their deliveries go."""
    with visit.read() as unit:
        rows = queries.endpoints(unit, visit.tenant_id)
        tallies = browsing.tallies(unit, visit.tenant_id)
    return render_template(
        "notifications/webhook_endpoints/index.html",
        endpoints=[(row, tallies.get(str(row["id"]), browsing.Tally())) for row in rows],
        words=words,
    )


@pages.get("/endpoints/new", needs=Right.ADMIN)
def new(visit: Visit) -> ResponseReturnValue:
    """The form for another one."""
    return _form(_with_events(Endpoint(data={"events": [words.ALL]})))


@pages.post("/endpoints", needs=Right.ADMIN)
def create(visit: Visit) -> ResponseReturnValue:
    """Add one. Its secret is shown now, and never again."""
    form = _with_events(Endpoint(request.form))
    if not _accepts(visit, form):
        return _form(form), 422
    said = _said(form)
    with visit.write() as unit:
        endpoint_id, secret = endpoints.create(
            unit, visit.rooms.vault, tenant_id=visit.tenant_id, now=visit.now, **said
        )
        visit.note(unit, "notifications.endpoint_created", kind=KIND, object_id=endpoint_id, after=said)
    return _secret_once(visit, endpoint_id, secret)


@pages.get("/endpoints/<uuid:endpoint_id>", needs=Right.ADMIN)
def show(visit: Visit, endpoint_id: UUID) -> ResponseReturnValue:
    """One of them, and what was sent to it."""
    state = request.args.get("state")
    state = state if state in words.STATES else None
    with visit.read() as unit:
        row = _found(unit, visit, endpoint_id)
        rows = browsing.deliveries(
            unit,
            visit.tenant_id,
            endpoint_id,
            state=state,
            before=paging.cursor(),
            limit=paging.SIZE + 1,
        )
        tally = browsing.tallies(unit, visit.tenant_id).get(str(endpoint_id), browsing.Tally())
        history = audit.about(unit, visit.tenant_id, endpoint_id)
    return render_template(
        "notifications/webhook_endpoints/show.html",
        endpoint=row,
        shown=paging.shown(rows),
        state=state,
        tally=tally,
        history=history,
        rotation=Rotation(),
        expiring=endpoints.expiring(visit.rooms.vault, row, visit.now),
        gives_up=(MIN_FAILURES, PATIENCE.days),
        words=words,
        action=hub_words.action,
    )


@pages.get("/endpoints/<uuid:endpoint_id>/edit", needs=Right.ADMIN)
def edit(visit: Visit, endpoint_id: UUID) -> ResponseReturnValue:
    """The form to change it."""
    with visit.read() as unit:
        row = _found(unit, visit, endpoint_id)
    return _form(_with_events(Endpoint(data={**row, "events": _chosen(row["events"])})), row)


@pages.post("/endpoints/<uuid:endpoint_id>/edit", needs=Right.ADMIN)
def change(visit: Visit, endpoint_id: UUID) -> ResponseReturnValue:
    """Another address, description or choice of events."""
    form = _with_events(Endpoint(request.form))
    with visit.write() as unit:
        row = _found(unit, visit, endpoint_id)
        if not _accepts(visit, form):
            return _form(form, row), 422
        said = _said(form)
        queries.change_endpoint(unit, endpoint_id, updated_at=visit.now, **said)
        differing = [name for name, value in said.items() if row[name] != value]
        visit.note(
            unit,
            "notifications.endpoint_changed",
            kind=KIND,
            object_id=endpoint_id,
            before={name: row[name] for name in differing},
            after={name: said[name] for name in differing},
        )
    flash(_("Die Änderungen sind gespeichert."), "success")
    return _back(endpoint_id)


@pages.post("/endpoints/<uuid:endpoint_id>/rotate", needs=Right.ADMIN)
def rotate(visit: Visit, endpoint_id: UUID) -> ResponseReturnValue:
    """Another secret, shown now and never again; for a while requests are signed with the old one too."""
    form = Rotation(request.form)
    if not form.accepts():
        abort(400)
    hours = int(form.hours.data)
    with visit.write() as unit:
        _found(unit, visit, endpoint_id)
        fresh = endpoints.rotate(
            unit,
            visit.rooms.vault,
            tenant_id=visit.tenant_id,
            endpoint_id=endpoint_id,
            overlap=timedelta(hours=hours),
            now=visit.now,
        )
        visit.note(
            unit,
            "notifications.endpoint_rotated",
            kind=KIND,
            object_id=endpoint_id,
            after={"overlap_hours": hours},
        )
    return _secret_once(visit, endpoint_id, fresh)


@pages.post("/endpoints/<uuid:endpoint_id>/pause", needs=Right.ADMIN)
def pause(visit: Visit, endpoint_id: UUID) -> ResponseReturnValue:
    """Send nothing there until it is switched on again."""
    _switch(visit, endpoint_id, "notifications.endpoint_paused", on=False)
    flash(_("Der Webhook ist angehalten. Bis Sie ihn einschalten, wird nichts gesendet."), "success")
    return _back(endpoint_id)


@pages.post("/endpoints/<uuid:endpoint_id>/resume", needs=Right.ADMIN)
def resume(visit: Visit, endpoint_id: UUID) -> ResponseReturnValue:
    """Send there again; its failures are forgotten."""
    _switch(visit, endpoint_id, "notifications.endpoint_resumed", on=True)
    flash(_("Der Webhook ist eingeschaltet. Was ab jetzt geschieht, wird gesendet."), "success")
    return _back(endpoint_id)


@pages.post("/endpoints/<uuid:endpoint_id>/test", needs=Right.ADMIN)
def test(visit: Visit, endpoint_id: UUID) -> ResponseReturnValue:
    """Send an event that only says that the way is open."""
    with visit.write() as unit:
        row = _found(unit, visit, endpoint_id)
        if not row["enabled"]:
            flash(_("Schalten Sie den Webhook zuerst ein."), "error")
            return _back(endpoint_id)
        delivery_id = webhooks.enqueue_test(unit, visit.tenant_id, endpoint_id, visit.now)
        visit.note(unit, "notifications.endpoint_tested", kind=KIND, object_id=endpoint_id)
    return redirect(url_for("notifications.webhook_endpoints.sending", delivery_id=delivery_id), 303)


@pages.post("/endpoints/<uuid:endpoint_id>/delete", needs=Right.ADMIN)
def delete(visit: Visit, endpoint_id: UUID) -> ResponseReturnValue:
    """Forget it and its secrets. What still waits is not sent any more."""
    with visit.write() as unit:
        row = _found(unit, visit, endpoint_id)
        browsing.cancel(unit, visit.tenant_id, endpoint_id, visit.now)
        browsing.delete(unit, visit.tenant_id, endpoint_id)
        visit.note(
            unit,
            "notifications.endpoint_deleted",
            kind=KIND,
            object_id=endpoint_id,
            before={name: row[name] for name in ("url", "description", "events")},
        )
    flash(_("Der Webhook ist gelöscht."), "success")
    return redirect(url_for("notifications.webhook_endpoints.index"), 303)


def _found(unit: Unit, visit: Visit, endpoint_id: UUID) -> Row:
    return queries.endpoint(unit, visit.tenant_id, endpoint_id) or abort(404)


def _switch(visit: Visit, endpoint_id: UUID, action: str, *, on: bool) -> None:
    with visit.write() as unit:
        before = _found(unit, visit, endpoint_id)
        endpoints.switch(unit, visit.tenant_id, endpoint_id, on=on, now=visit.now)
        visit.note(
            unit,
            action,
            kind=KIND,
            object_id=endpoint_id,
            before={"enabled": before["enabled"], "reason": before["disabled_reason"]},
            after={"enabled": on},
        )


def _form(form: Endpoint, row: Row | None = None) -> str:
    return render_template("notifications/webhook_endpoints/form.html", form=form, endpoint=row)


def _with_events(form: Endpoint) -> Endpoint:
    form.events.choices = [SelectChoice(name, words.event(name)) for name in (words.ALL, *webhooks.EVENTS)]
    return form


def _accepts(visit: Visit, form: Endpoint) -> bool:
    """Whether it can be stored. An address that is written as a number may be one of this network."""
    if not form.accepts():
        return False
    try:
        address = ip_address(urlsplit(str(form.url.data)).hostname or "")
    except ValueError:
        return True
    if Guard(visit.rooms.config.allowed_targets).permits(address):
        return True
    form.url.errors = [_("Diese Adresse ist nicht öffentlich. Dorthin wird nichts gesendet.")]
    return False


def _said(form: Endpoint) -> dict[str, Any]:
    chosen = list(form.events.data or ())
    return {
        "url": str(form.url.data),
        "description": form.description.data or "",
        "events": [words.ALL] if words.ALL in chosen else chosen,
    }


def _chosen(patterns: list[str]) -> list[str]:
    """The boxes that are ticked for these patterns."""
    if words.ALL in patterns:
        return [words.ALL]
    return [name for name in webhooks.EVENTS if webhooks.matches(patterns, name)]


def _secret_once(visit: Visit, endpoint_id: UUID, secret: str) -> str:
    with visit.read() as unit:
        row = _found(unit, visit, endpoint_id)
    return render_template("notifications/webhook_endpoints/secret.html", endpoint=row, secret=secret)


def _back(endpoint_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("notifications.webhook_endpoints.show", endpoint_id=endpoint_id), 303)
