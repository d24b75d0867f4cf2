"""Signing in and out, the second factor, and the language of the page."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired

from hub.records import factors, people
from hub.records.people import Person
from hub.support import jsontext, passwords
from hub.web import totp
from hub.web.forms import Form, one_line
from hub.web.guarding import signed_in
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.texts import LANGUAGES
from hub.web.visit import Visit

pages = Pages("sign_in")

ATTEMPTS = "10 per 5 minutes"
PENDING, PENDING_SINCE = "pending", "pending_since"
PENDING_TIME = timedelta(minutes=10)


class SignIn(Form):
    """Address and password."""

    email = EmailField(_l("E-Mail-Adresse"), [InputRequired()], filters=[one_line])
    password = PasswordField(_l("Passwort"), [InputRequired()])


class Code(Form):
    """The second factor."""

    code = StringField(_l("Code"), [InputRequired()], filters=[one_line])


@pages.get("/", needs=Right.PERSON)
def home(visit: Visit) -> ResponseReturnValue:
    """To where the person works: the tenant visited last, or the first."""
    place = visit.around or next(iter(visit.places), None)
    if place:
        return redirect(url_for("dashboard.show", tenant=place.tenant.slug), 303)
    return render_template("sign_in/nowhere.html")


@pages.get("/sign-in", needs=Right.ANYBODY)
def show(visit: Visit) -> ResponseReturnValue:
    """The form, unless somebody signed in already."""
    if visit.somebody:
        return redirect(_next(), 303)
    return render_template("sign_in/show.html", form=SignIn())


@pages.post("/sign-in", needs=Right.ANYBODY, limit=ATTEMPTS)
def enter(visit: Visit) -> ResponseReturnValue:
    """Check address and password; whoever has a second factor is asked for it next."""
    form = SignIn(request.form)
    person = _known(visit, form) if form.accepts() else None
    if person is None:
        flash(_("E-Mail-Adresse oder Passwort ist nicht richtig."), "error")
        return render_template("sign_in/show.html", form=form), 422
    with visit.read() as unit:
        needs_code = factors.confirmed(unit, person.id) is not None
    if needs_code:
        session[PENDING], session[PENDING_SINCE] = person.stamp, visit.now.timestamp()
        return redirect(url_for("sign_in.code", next=request.args.get("next")), 303)
    return _enter(visit, person, "password")


@pages.get("/sign-in/code", needs=Right.ANYBODY)
def code(visit: Visit) -> ResponseReturnValue:
    """The form for the second factor."""
    if _pending(visit) is None:
        return redirect(url_for("sign_in.show"), 303)
    return render_template("sign_in/code.html", form=Code())


@pages.post("/sign-in/code", needs=Right.ANYBODY, limit=ATTEMPTS)
def enter_code(visit: Visit) -> ResponseReturnValue:
    """Check the app's code, or a recovery code."""
    person = _pending(visit)
    if person is None:
        return redirect(url_for("sign_in.show"), 303)
    form = Code(request.form)
    how = _factor(visit, person, form.code.data or "") if form.accepts() else None
    if how is None:
        flash(_("Dieser Code ist nicht richtig oder wurde schon benutzt."), "error")
        return render_template("sign_in/code.html", form=form), 422
    return _enter(visit, person, how)


@pages.post("/sign-out", needs=Right.ANYBODY)
def leave(_visit: Visit) -> ResponseReturnValue:
    """End this session; those on other devices go on."""
    session.clear()
    flash(_("Sie sind abgemeldet."), "success")
    return redirect(url_for("sign_in.show"), 303)


@pages.post("/language", needs=Right.ANYBODY)
def speak(visit: Visit) -> ResponseReturnValue:
    """Speak another language, now and at the next visit."""
    language = request.form.get("language")
    if language in LANGUAGES:
        session["locale"] = language
        if visit.somebody:
            with visit.write() as unit:
                people.change(unit, visit.person.id, locale=language)
    return redirect(_next(request.form.get("next")), 303)


def _known(visit: Visit, form: SignIn) -> Person | None:
    """The person with that address and password. It takes as long for an unknown address."""
    password = form.password.data or ""
    with visit.read() as unit:
        person = people.by_email(unit, form.email.data or "")
        stored = people.password_hash(unit, person.id) if person else None
    if not passwords.fits(password, stored) or person is None or stored is None:
        return None
    if passwords.outdated(stored):
        with visit.write() as unit:
            people.refresh_hash(unit, person.id, passwords.hash_password(password))
    return person


def _pending(visit: Visit) -> Person | None:
    """Who gave the right password a short while ago."""
    since = datetime.fromtimestamp(session.get(PENDING_SINCE, 0), UTC)
    if not timedelta() <= visit.now - since < PENDING_TIME:
        return None
    with visit.read() as unit:
        return people.by_stamp(unit, session.get(PENDING, ""))


def _factor(visit: Visit, person: Person, code: str) -> str | None:
    """How the person proved who they are; ``None`` if they did not. Each code counts once."""
    with visit.write() as unit:
        factor = factors.confirmed(unit, person.id)
        if factor is None:
            return None
        key = jsontext.decode_stored(visit.rooms.vault.open(factor["secrets"]))["totp"]
        step = totp.matching_step(key, code, visit.now)
        if step is not None:
            return "code" if factors.use_step(unit, person.id, step) else None
        return "recovery_code" if factors.use_code(unit, person.id, code, visit.now) else None


def _enter(visit: Visit, person: Person, how: str) -> ResponseReturnValue:
    signed_in(person, person.stamp)
    with visit.write() as unit:
        Visit(visit.rooms, person).note(
            unit, "member.signed_in", kind="member", object_id=person.id, after={"by": how}
        )
    return redirect(_next(), 303)


def _next(wanted: str | None = None) -> str:
    """Where to go from here: within the hub only."""
    wanted = wanted or request.args.get("next") or "/"
    parts = urlsplit(wanted)
    inside = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
    return wanted if inside and wanted.isprintable() else "/"
