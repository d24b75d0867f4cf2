"""The people of a tenant: invited, given another role, and taken out, by owners."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, SelectField, StringField
from wtforms.validators import Email, InputRequired, Length, Optional

from hub.deliveries import mailing
from hub.records import people, tenants
from hub.records.tenants import ROLES, Conflict
from hub.web import words
from hub.web.forms import Form, SelectChoice, one_line
from hub.web.page import Pages
from hub.web.pages.password import link
from hub.web.rights import Right
from hub.web.visit import Visit

pages = Pages("team")


class Invitation(Form):
    """Who is invited, and as what."""

    email = EmailField(_l("E-Mail-Adresse"), [InputRequired(), Email()], filters=[one_line])
    name = StringField(_l("Name"), [Optional(), Length(max=100)], filters=[one_line])
    role = SelectField(
        _l("Rolle"),
        choices=[SelectChoice(role, words.ROLES[role].text) for role in reversed(ROLES)],
        default="staff",
    )


@pages.get("/team", needs=Right.OWNER)
def index(visit: Visit) -> ResponseReturnValue:
    """Everybody, and the form to invite somebody."""
    return _page(visit, Invitation())


@pages.post("/team", needs=Right.OWNER)
def invite(visit: Visit) -> ResponseReturnValue:
    """Make somebody a member. Who has no password yet gets a link by e-mail. Where none can be sent the
    inviter sees the link of an account that this invitation made, and of no other: whoever has a link has
    the account, which may belong to other tenants too."""
    form = Invitation(request.form)
    if not form.accepts():
        return _page(visit, form), 422
    email, role = str(form.email.data), str(form.role.data)
    try:
        token, fresh = _invite(visit, email, form.name.data or email.partition("@")[0], role)
    except Conflict:
        form.email.errors = [_("Diese Person gehört schon zum Team.")]
        return _page(visit, form), 422
    address = link(visit, token) if token else None
    sends = mailing.possible(visit.rooms.config)
    if sends and address:
        _post(visit, email, address)
    return render_template(
        "team/invited.html",
        email=email,
        sent=sends and address,
        link=address if fresh and not sends else None,
    )


@pages.post("/team/<uuid:member_id>/role", needs=Right.OWNER)
def change_role(visit: Visit, member_id: UUID) -> ResponseReturnValue:
    """Another role."""
    role = request.form.get("role")
    if role not in ROLES:
        abort(400)
    with visit.write() as unit:
        try:
            before = people.change_role(unit, visit.tenant_id, member_id, role)
        except Conflict:
            return _needs_an_owner(visit, member_id)
        visit.note(
            unit,
            "member.role_changed",
            kind="member",
            object_id=member_id,
            before={"role": before},
            after={"role": role},
        )
    flash(_("Die Rolle ist geändert."), "success")
    return redirect(url_for("team.index" if visit.person.id != member_id else "dashboard.show"), 303)


@pages.post("/team/<uuid:member_id>/remove", needs=Right.OWNER)
def remove(visit: Visit, member_id: UUID) -> ResponseReturnValue:
    """Out of the team; the account itself stays."""
    with visit.write() as unit:
        try:
            before = people.remove(unit, visit.tenant_id, member_id)
        except Conflict:
            return _needs_an_owner(visit, member_id)
        visit.note(unit, "member.removed", kind="member", object_id=member_id, before={"role": before})
    flash(_("Die Person gehört nicht mehr zum Team."), "success")
    return redirect(url_for("team.index") if visit.person.id != member_id else "/", 303)


def _invite(visit: Visit, email: str, name: str, role: str) -> tuple[str | None, bool]:
    """Add the member. Gives the secret of the link, if they need one and it can reach them, and whether
    the account is a new one."""
    with visit.write() as unit:
        _person, fresh = tenants.ensure_person(unit, email=email, name=name, now=visit.now)
        member_id = tenants.add_member(
            unit, tenant_id=visit.tenant_id, email=email, name=name, role=role, now=visit.now
        )
        after = {"email": email, "role": role}
        visit.note(unit, "member.invited", kind="member", object_id=member_id, after=after)
        reachable = fresh or mailing.possible(visit.rooms.config)
        if not reachable or people.password_hash(unit, member_id):
            return None, fresh
        return people.issue_token(unit, member_id, people.INVITATION, visit.now), fresh


def _page(visit: Visit, form: Invitation) -> str:
    with visit.read() as unit:
        members = people.team(unit, visit.tenant_id)
    return render_template("team/index.html", members=members, form=form, words=words, roles=ROLES)


def _needs_an_owner(visit: Visit, member_id: UUID) -> ResponseReturnValue:
    with visit.read() as unit:
        if all(row["id"] != member_id for row in people.team(unit, visit.tenant_id)):
            abort(404)
    flash(_("Ein Unternehmen braucht mindestens einen Inhaber."), "error")
    return redirect(url_for("team.index"), 303)


def _post(visit: Visit, email: str, address: str) -> None:
    mailing.post(
        visit.rooms.config,
        to=email,
        subject=_("Einladung zu %(tenant)s", tenant=visit.tenant.name),
        text=_(
            "Guten Tag,\n\n%(person)s lädt Sie ein, bei %(tenant)s in CloudCRM mitzuarbeiten. "
            "Über diesen Link setzen Sie Ihr Passwort:\n\n%(link)s\n\n"
            "Er gilt sieben Tage lang und nur einmal.\n",
            person=visit.person.name,
            tenant=visit.tenant.name,
            link=address,
        ),
    )
