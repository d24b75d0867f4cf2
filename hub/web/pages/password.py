"""Setting a password by a link: after an invitation, or because it was forgotten."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, PasswordField
from wtforms.validators import EqualTo, InputRequired

from hub.deliveries import mailing
from hub.records import people
from hub.records.people import Person
from hub.support import passwords
from hub.web.forms import Form, good_password, one_line
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit

pages = Pages("password")


class Forgotten(Form):
    """Whose password is to be set anew."""

    email = EmailField(_l("E-Mail-Adresse"), [InputRequired()], filters=[one_line])


class NewPassword(Form):
    """The password, twice."""

    password = PasswordField(_l("Neues Passwort"), [InputRequired(), good_password])
    again = PasswordField(
        _l("Neues Passwort wiederholen"),
        [InputRequired(), EqualTo("password", _l("Die beiden Eingaben sind verschieden."))],
    )


@pages.get("/password/forgotten", needs=Right.ANYBODY)
def ask(visit: Visit) -> ResponseReturnValue:
    """The form, or whom to ask where no e-mail can be sent."""
    return render_template(
        "password/ask.html", form=Forgotten(), possible=mailing.possible(visit.rooms.config), sent=False
    )


@pages.post("/password/forgotten", needs=Right.ANYBODY, limit="5 per 15 minutes")
def send(visit: Visit) -> ResponseReturnValue:
    """Send a link, if there is such a person; the answer is the same if there is none."""
    form = Forgotten(request.form)
    possible = mailing.possible(visit.rooms.config)
    if not form.accepts() or not possible:
        return render_template("password/ask.html", form=form, possible=possible, sent=False), 422
    with visit.write() as unit:
        person = people.by_email(unit, form.email.data or "")
        token = people.issue_token(unit, person.id, people.RESET, visit.now) if person else None
    if person and token:
        _post(visit, person, token)
    return render_template("password/ask.html", form=form, possible=True, sent=True)


@pages.get("/password/set/<token>", needs=Right.ANYBODY)
def choose(visit: Visit, token: str) -> ResponseReturnValue:
    """The form behind a link; a used or old link says so."""
    with visit.read() as unit:
        person = people.token_owner(unit, token, visit.now)
    status = 200 if person else 404
    return render_template("password/choose.html", form=NewPassword(), person=person, token=token), status


@pages.post("/password/set/<token>", needs=Right.ANYBODY, limit="20 per 5 minutes")
def set_(visit: Visit, token: str) -> ResponseReturnValue:
    """Set the password. Then one signs in with it: the second factor is still needed."""
    form = NewPassword(request.form)
    if not form.accepts():
        with visit.read() as unit:
            person = people.token_owner(unit, token, visit.now)
        return render_template("password/choose.html", form=form, person=person, token=token), 422
    hashed = passwords.hash_password(form.password.data or "")
    with visit.write() as unit:
        person = people.redeem(unit, token, hashed, visit.now)
        if person:
            Visit(visit.rooms, person).note(unit, "member.password_set", kind="member", object_id=person.id)
    if person is None:
        return render_template("password/choose.html", form=form, person=None, token=token), 404
    flash(_("Ihr Passwort ist gesetzt. Bitte melden Sie sich damit an."), "success")
    return redirect(url_for("sign_in.show"), 303)


def link(visit: Visit, token: str) -> str:
    """The whole address of a link: from the settings, because a request's Host may be forged."""
    return visit.rooms.config.base_url.rstrip("/") + url_for("password.choose", token=token)


def _post(visit: Visit, person: Person, token: str) -> None:
    mailing.post(
        visit.rooms.config,
        to=person.email,
        subject=_("Ihr neues Passwort für CloudCRM"),
        text=_(
            "Guten Tag %(name)s,\n\nüber diesen Link setzen Sie ein neues Passwort:\n\n%(link)s\n\n"
            "Er gilt eine Stunde lang und nur einmal. Haben Sie kein neues Passwort verlangt, "
            "brauchen Sie nichts zu tun.\n",
            name=person.name,
            link=link(visit, token),
        ),
    )
