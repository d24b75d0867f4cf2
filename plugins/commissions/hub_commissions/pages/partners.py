"""Partner: who sells, and who sponsors whom."""

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import EmailField, SelectField, StringField
from wtforms.validators import Email, InputRequired, Length, Optional

from hub.records import audit
from hub.web import paging
from hub.web.forms import Form, SelectChoice, one_line
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit
from hub.web.words import action
from hub_commissions.errors import CommissionsError
from hub_commissions.pages import words
from hub_commissions.records import browsing, partners

pages = Pages("partners", plugin="commissions")

ERROR_FIELDS = {
    "partner_unknown": "sponsor",
    "own_sponsor": "sponsor",
    "circle": "sponsor",
    "iban": "iban",
    "extra": "iban",
    "bic": "bic",
    "partner_taken": "code",
    "length": "code",
}
"""The field that an error belongs to."""


class Change(Form):
    """What can be changed of a partner."""

    name = StringField(_l("Name"), [Optional(), Length(max=200)], filters=[one_line])
    email = EmailField(_l("E-Mail-Adresse"), [Optional(), Email()], filters=[one_line])
    sponsor = StringField(_l("Sponsor"), [Optional(), Length(max=255)], filters=[one_line])
    status = SelectField(
        _l("Status"),
        choices=[SelectChoice(status, words.PARTNER_STATUS[status].text) for status in partners.STATUSES],
        default="active",
    )
    account_name = StringField(_l("Kontoinhaber"), [Optional(), Length(max=70)], filters=[one_line])
    iban = StringField(_l("IBAN"), [Optional(), Length(max=50)], filters=[one_line])
    bic = StringField(_l("BIC"), [Optional(), Length(max=20)], filters=[one_line])


class Create(Change):
    """A new partner."""

    code = StringField(_l("Code"), [InputRequired(), Length(max=255)], filters=[one_line])


@pages.get("/partners", needs=Right.STAFF)
def index(visit: Visit) -> ResponseReturnValue:
    """The partners, newest first."""
    text = request.args.get("q", "").strip()
    status = request.args.get("status") if request.args.get("status") in partners.STATUSES else None
    with visit.read() as unit:
        rows = browsing.partners(
            unit, visit.tenant_id, text=text, status=status, before=paging.cursor(), limit=paging.SIZE + 1
        )
    return render_template(
        "commissions/partners/index.html",
        shown=paging.shown(rows),
        text=text,
        status=status,
        filters={"q": text or None, "status": status},
        words=words,
    )


@pages.get("/partners/new", needs=Right.ADMIN)
def new(visit: Visit) -> ResponseReturnValue:
    """The form for a new partner."""
    return _form(visit, Create(code=request.args.get("code"), sponsor=request.args.get("sponsor")))


@pages.post("/partners", needs=Right.ADMIN)
def create(visit: Visit) -> ResponseReturnValue:
    """A new partner."""
    form = Create(request.form)
    if not form.accepts():
        return _form(visit, form), 422
    values = {name: value for name, value in form.data.items() if name != "code"}
    try:
        with visit.write() as unit:
            code = str(form.code.data)
            partner_id = partners.create(unit, visit.tenant_id, code, now=visit.now, **values)
            _note(visit, unit, "commissions.partner_created", partner_id, None)
            waiting = len(partners.waiting(unit, visit.tenant_id, code))
    except CommissionsError as error:
        return _form(visit, _with_fault(form, error)), 422
    flash(_("Der Partner %(code)s ist angelegt.", code=code), "success")
    if waiting:
        flash(
            ngettext(
                "%(num)d nicht zugeordnete Transaktion nennt diesen Code. Sie können sie jetzt zuordnen.",
                "%(num)d nicht zugeordnete Transaktionen nennen diesen Code. Sie können sie jetzt zuordnen.",
                waiting,
            ),
            "warning",
        )
    return redirect(url_for("commissions.partners.show", partner_id=partner_id), 303)


@pages.get("/partners/<uuid:partner_id>", needs=Right.STAFF)
def show(visit: Visit, partner_id: UUID) -> ResponseReturnValue:
    """One partner: what they have earned, who stands above and below, and the latest commissions."""
    with visit.read() as unit:
        partner = browsing.partner(unit, visit.tenant_id, partner_id) or abort(404)
        found = {
            "above": browsing.above(unit, visit.tenant_id, partner_id),
            "below": browsing.below(unit, visit.tenant_id, partner_id),
            "balances": browsing.balances(unit, visit.tenant_id, partner_id),
            "lines": browsing.lines(unit, visit.tenant_id, partner_id=partner_id, limit=10),
            "history": audit.about(unit, visit.tenant_id, partner_id),
        }
    return render_template(
        "commissions/partners/show.html", partner=partner, masked=_masked, action=action, words=words, **found
    )


@pages.get("/partners/<uuid:partner_id>/change", needs=Right.ADMIN)
def edit(visit: Visit, partner_id: UUID) -> ResponseReturnValue:
    """The form with what is known."""
    with visit.read() as unit:
        partner = browsing.partner(unit, visit.tenant_id, partner_id) or abort(404)
    return _form(visit, Change(data=partner), partner)


@pages.post("/partners/<uuid:partner_id>/change", needs=Right.ADMIN)
def change(visit: Visit, partner_id: UUID) -> ResponseReturnValue:
    """Change a partner. Sales that arrived before are still reckoned by what was true then."""
    form = Change(request.form)
    with visit.read() as unit:
        partner = browsing.partner(unit, visit.tenant_id, partner_id) or abort(404)
    if not form.accepts():
        return _form(visit, form, partner), 422
    values = {name: value or "" for name, value in form.data.items()}
    try:
        with visit.write() as unit:
            partners.change(unit, visit.tenant_id, partner["code"], now=visit.now, **values)
            _note(visit, unit, "commissions.partner_changed", partner_id, partner)
    except CommissionsError as error:
        return _form(visit, _with_fault(form, error), partner), 422
    flash(_("Die Änderungen sind gespeichert."), "success")
    return redirect(url_for("commissions.partners.show", partner_id=partner_id), 303)


@pages.post("/partners/<uuid:partner_id>/status", needs=Right.ADMIN)
def set_status(visit: Visit, partner_id: UUID) -> ResponseReturnValue:
    """Let a partner rest, or take part again."""
    status = request.form.get("status", "")
    if status not in partners.STATUSES:
        abort(400)
    with visit.write() as unit:
        partner = browsing.partner(unit, visit.tenant_id, partner_id) or abort(404)
        partners.change(unit, visit.tenant_id, partner["code"], now=visit.now, status=status)
        _note(visit, unit, "commissions.partner_changed", partner_id, partner)
    flash(
        _("Der Partner ist jetzt inaktiv und bekommt für neue Verkäufe nichts.")
        if status == "inactive"
        else _("Der Partner ist jetzt wieder aktiv."),
        "success",
    )
    return redirect(url_for("commissions.partners.show", partner_id=partner_id), 303)


def _form(visit: Visit, form: Any, partner: Any = None) -> str:
    with visit.read() as unit:
        choices = browsing.choices(unit, visit.tenant_id)
    return render_template("commissions/partners/form.html", form=form, partner=partner, choices=choices)


def _with_fault(form: Any, error: CommissionsError) -> Any:
    field = getattr(form, ERROR_FIELDS.get(error.code, "name"))
    field.errors = [words.fault(error)]
    return form


def _note(visit: Visit, unit: Any, what: str, partner_id: UUID, before: Any) -> None:
    """What is different, account numbers masked."""
    after = browsing.partner(unit, visit.tenant_id, partner_id) or {}
    names = ("code", "name", "email", "sponsor", "status", "account_name", "iban", "bic")
    changed = [name for name in names if before is None or before[name] != after[name]]
    visit.note(
        unit,
        what,
        kind="partner",
        object_id=partner_id,
        before={name: _shown(name, before[name]) for name in changed} if before else None,
        after={name: _shown(name, after[name]) for name in changed},
    )


def _shown(name: str, value: Any) -> Any:
    return _masked(value) if name == "iban" else value


def _masked(iban: str | None) -> str | None:
    return f"{iban[:4]} … {iban[-4:]}" if iban else None
