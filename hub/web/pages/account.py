"""One's own account: password, second factor, and signing out everywhere."""

from typing import Any

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired

from hub.records import factors, people, push
from hub.records.database import Row, Unit
from hub.support import jsontext, passwords
from hub.web import totp
from hub.web.forms import Form, good_password, one_line
from hub.web.guarding import WHO
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit

pages = Pages("account")

ATTEMPTS = "10 per 5 minutes"


class ChangePassword(Form):
    """The present password, and another one."""

    present = PasswordField(_l("Jetziges Passwort"), [InputRequired()])
    password = PasswordField(_l("Neues Passwort"), [InputRequired(), good_password])
    again = PasswordField(
        _l("Neues Passwort wiederholen"),
        [InputRequired(), EqualTo("password", _l("Die beiden Eingaben sind verschieden."))],
    )


class Confirm(Form):
    """A first code of the authenticator app."""

    code = StringField(_l("Code aus der App"), [InputRequired()], filters=[one_line])


class Proof(Form):
    """The password once more, before something that weakens the account."""

    present = PasswordField(_l("Ihr Passwort"), [InputRequired()])


@pages.get("/account", needs=Right.PERSON)
def show(visit: Visit) -> ResponseReturnValue:
    """What there is to change."""
    return _page(visit)


@pages.post("/account/password", needs=Right.PERSON, limit=ATTEMPTS)
def change_password(visit: Visit) -> ResponseReturnValue:
    """Another password; other devices are signed out."""
    form = ChangePassword(request.form)
    if not form.accepts() or not _proved(visit, form):
        return _page(visit, form), 422
    hashed = passwords.hash_password(form.password.data or "")
    with visit.write() as unit:
        session[WHO] = people.set_password(unit, visit.person.id, hashed)
        _note(visit, unit, "member.password_changed")
    flash(_("Ihr Passwort ist geändert. Andere Geräte sind abgemeldet."), "success")
    return redirect(url_for("account.show"), 303)


@pages.post("/account/sign-out-everywhere", needs=Right.PERSON)
def leave_everywhere(visit: Visit) -> ResponseReturnValue:
    """End all sessions but this one, and tell no device anything more."""
    with visit.write() as unit:
        session[WHO] = people.renew_stamp(unit, visit.person.id)
        push.remove_all(unit, visit.person.id)
        _note(visit, unit, "member.sessions_ended")
    flash(_("Alle anderen Geräte sind abgemeldet."), "success")
    return redirect(url_for("account.show"), 303)


@pages.get("/account/second-factor", needs=Right.PERSON)
def set_up(visit: Visit) -> ResponseReturnValue:
    """The picture for the app; its key is made anew until a first code confirms it."""
    with visit.write() as unit:
        if factors.confirmed(unit, visit.person.id):
            return redirect(url_for("account.show"), 303)
        factor = factors.get(unit, visit.person.id)
        key = _key(visit, factor) if factor else totp.new_key()
        if factor is None:
            sealed = visit.rooms.vault.seal(jsontext.encode_text({"totp": key}))
            factors.begin(unit, visit.person.id, sealed, visit.now)
    return _picture(visit, key, Confirm())


@pages.post("/account/second-factor", needs=Right.PERSON, limit=ATTEMPTS)
def confirm(visit: Visit) -> ResponseReturnValue:
    """The app shows the right code: from now on it is needed. The recovery codes are shown this once."""
    form = Confirm(request.form)
    with visit.write() as unit:
        factor = factors.get(unit, visit.person.id)
        if factor is None or factor["confirmed_at"]:
            return redirect(url_for("account.show"), 303)
        key = _key(visit, factor)
        step = totp.matching_step(key, form.code.data or "", visit.now) if form.accepts() else None
        if step is not None and factors.use_step(unit, visit.person.id, step):
            codes = factors.confirm(unit, visit.person.id, visit.now)
            _note(visit, unit, "member.second_factor_on")
            return render_template("account/codes.html", codes=codes)
    form.code.errors = [_("Dieser Code ist nicht richtig. Stimmt die Uhrzeit Ihres Telefons?")]
    return _picture(visit, key, form)


@pages.post("/account/recovery-codes", needs=Right.PERSON, limit=ATTEMPTS)
def renew_codes(visit: Visit) -> ResponseReturnValue:
    """Fresh recovery codes in place of the old ones."""
    form = Proof(request.form)
    if not form.accepts() or not _proved(visit, form):
        return _page(visit, proof=form), 422
    with visit.write() as unit:
        if not factors.confirmed(unit, visit.person.id):
            return redirect(url_for("account.show"), 303)
        codes = factors.renew_codes(unit, visit.person.id)
        _note(visit, unit, "member.recovery_codes")
    return render_template("account/codes.html", codes=codes)


@pages.post("/account/second-factor/remove", needs=Right.PERSON, limit=ATTEMPTS)
def remove(visit: Visit) -> ResponseReturnValue:
    """By password alone again."""
    form = Proof(request.form)
    if not form.accepts() or not _proved(visit, form):
        return _page(visit, proof=form), 422
    with visit.write() as unit:
        factors.remove(unit, visit.person.id)
        _note(visit, unit, "member.second_factor_off")
    flash(_("Der zweite Faktor ist entfernt."), "success")
    return redirect(url_for("account.show"), 303)


def _page(visit: Visit, form: ChangePassword | None = None, proof: Proof | None = None) -> str:
    with visit.read() as unit:
        factor = factors.confirmed(unit, visit.person.id)
        left = factors.codes_left(unit, visit.person.id)
    return render_template(
        "account/show.html", form=form or ChangePassword(), proof=proof or Proof(), factor=factor, left=left
    )


def _picture(visit: Visit, key: str, form: Confirm) -> ResponseReturnValue:
    picture = totp.picture(totp.address(key, visit.person.email))
    shown = " ".join(key[at : at + 4] for at in range(0, len(key), 4))
    page = render_template("account/second_factor.html", picture=picture, key=shown, form=form)
    return page, 422 if form.errors else 200


def _key(visit: Visit, factor: Row) -> str:
    key: str = jsontext.decode_stored(visit.rooms.vault.open(factor["secrets"]))["totp"]
    return key


def _proved(visit: Visit, form: Any) -> bool:
    """Whether the present password is right; else the form says that it is not."""
    with visit.read() as unit:
        stored = people.password_hash(unit, visit.person.id)
    right = passwords.fits(form.present.data or "", stored)
    if not right:
        form.present.errors = [_("Das Passwort ist nicht richtig.")]
    return right


def _note(visit: Visit, unit: Unit, action: str) -> None:
    visit.note(unit, action, kind="member", object_id=visit.person.id)
