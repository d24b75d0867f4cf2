"""Installation → Mandanten: who uses it, and a new one with its first owner."""

from datetime import timedelta
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, StringField
from wtforms.validators import Email, InputRequired, Length, Optional, Regexp

from hub.deliveries import mailing
from hub.records import audit, census, people, tenants
from hub.records.database import Unit
from hub.records.tenants import SLUG, Conflict
from hub.web import paging
from hub.web.forms import one_line
from hub.web.pages.operator.common import pages
from hub.web.pages.password import link
from hub.web.pages.settings.company import Company, offer_choices
from hub.web.rights import Right
from hub.web.visit import Visit

DAY = timedelta(hours=24)


class NewTenant(Company):
    """A company, and who will run its account."""

    slug = StringField(
        _l("Kürzel in Adressen"),
        [
            InputRequired(),
            Regexp(
                f"^(?:{SLUG.pattern})$",
                message=_l("Erlaubt sind Kleinbuchstaben, Ziffern und „-“, höchstens 63 Zeichen."),
            ),
        ],
        filters=[one_line],
    )
    email = EmailField(_l("E-Mail-Adresse"), [InputRequired(), Email()], filters=[one_line])
    person = StringField(_l("Name"), [Optional(), Length(max=100)], filters=[one_line])


@pages.get("/tenants", needs=Right.OPERATOR)
def index(visit: Visit) -> ResponseReturnValue:
    """All tenants, or those that are looked for."""
    text = request.args.get("q", "").strip()
    with visit.read() as unit:
        shown = paging.shown(census.find(unit, text, before=paging.cursor(), limit=paging.SIZE + 1))
        figures = census.figures(unit, [row["id"] for row in shown.rows], visit.now - DAY)
    return render_template(
        "operator/tenants.html",
        shown=shown,
        figures=figures,
        text=text,
        filters={"q": text} if text else {},
    )


@pages.get("/tenants/new", needs=Right.OPERATOR)
def new(visit: Visit) -> ResponseReturnValue:
    """The form for a new one."""
    return render_template("operator/new.html", form=_form())


@pages.post("/tenants/new", needs=Right.OPERATOR)
def create(visit: Visit) -> ResponseReturnValue:
    """Make it, and invite its first owner. Where no e-mail can be sent the operator sees the link of an
    account that this made, and of no other."""
    form = _form()
    if not form.accepts():
        return render_template("operator/new.html", form=form), 422
    email = str(form.email.data)
    with visit.write() as unit:
        try:
            tenant_id = _create(visit, unit, form)
        except Conflict:
            form.slug.errors = [_("Dieses Kürzel ist schon vergeben.")]
            return render_template("operator/new.html", form=form), 422
        token, fresh = _invite(visit, unit, tenant_id, email, form.person.data or email.partition("@")[0])
    sends = mailing.possible(visit.rooms.config)
    address = link(visit, token) if token else None
    if sends and address:
        _post(visit, email, str(form.name.data), address)
    if fresh and address and not sends:
        return render_template("operator/made.html", email=email, link=address, slug=form.slug.data)
    flash(_("Der Mandant %(name)s ist angelegt.", name=form.name.data), "success")
    return redirect(url_for("operator.index", q=form.slug.data), 303)


def _form() -> NewTenant:
    form = NewTenant(request.form, data={"locale": "de", "currency": "EUR", "timezone": "Europe/Berlin"})
    offer_choices(form, "de")
    return form


def _create(visit: Visit, unit: Unit, form: NewTenant) -> UUID:
    """Raises Conflict if the slug is taken."""
    given = {name: str(form[name].data) for name in ("slug", "name", "locale", "currency", "timezone")}
    tenant_id = tenants.create_tenant(unit, now=visit.now, **given)
    visit.note(unit, "tenant.created", kind="tenant", object_id=tenant_id, after=given)
    return tenant_id


def _invite(visit: Visit, unit: Unit, tenant_id: UUID, email: str, name: str) -> tuple[str | None, bool]:
    """Make the owner. Gives the secret of the link, if they need one, and whether the account is new."""
    _person, fresh = tenants.ensure_person(unit, email=email, name=name, now=visit.now)
    member_id = tenants.add_member(
        unit, tenant_id=tenant_id, email=email, name=name, role="owner", now=visit.now
    )
    audit.note(
        unit,
        visit.actor,
        "member.invited",
        now=visit.now,
        tenant_id=tenant_id,
        kind="member",
        object_id=member_id,
        after={"email": email, "role": "owner"},
    )
    if people.password_hash(unit, member_id):
        return None, fresh
    return people.issue_token(unit, member_id, people.INVITATION, visit.now), fresh


def _post(visit: Visit, email: str, tenant: str, address: str) -> None:
    mailing.post(
        visit.rooms.config,
        to=email,
        subject=_("Einladung zu %(tenant)s", tenant=tenant),
        text=_(
            "Guten Tag,\n\nfür %(tenant)s ist ein Konto in CloudCRM eingerichtet, und Sie sind als Inhaber "
            "eingetragen. Über diesen Link setzen Sie Ihr Passwort:\n\n%(link)s\n\n"
            "Er gilt sieben Tage lang und nur einmal.\n",
            tenant=tenant,
            link=address,
        ),
    )
