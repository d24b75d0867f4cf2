"""Kampagnen und Pläne: what is paid, in versions, and a calculator that explains each line."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from hub.support.money import Money
from hub.web.forms import Form, SelectChoice, one_line
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit
from hub_commissions import terms, trying
from hub_commissions.errors import CommissionsError
from hub_commissions.pages import typed, words
from hub_commissions.pages.typed import Typed
from hub_commissions.records import browsing, plans
from hub_commissions.rules import Sale
from hub_commissions.terms import BASES, PERIODS, Terms, TermsError

pages = Pages("plans", plugin="commissions")

MOST_LEVELS = terms.MAX_LEVELS


class Tiers(Typed, TextAreaField):
    """The tiers, one a line."""


class Version(Form):
    """What a version of a plan pays."""

    percent = Typed(_l("Satz für den Verkäufer in Prozent"), typed.rate)
    fixed = Typed(_l("Fester Betrag für den Verkäufer"), None)
    levels = Typed(_l("Sätze der Sponsoren in Prozent"), typed.rates)
    tiers = Tiers(_l("Staffel nach Umsatz"), typed.tiers)
    period = SelectField(
        _l("Umsatz der Staffel"), choices=[SelectChoice(one, words.PERIODS[one]) for one in PERIODS]
    )
    base = SelectField(_l("Grundlage"), choices=[SelectChoice(one, words.PLAN_BASES[one]) for one in BASES])
    hold_days = IntegerField(_l("Reifezeit in Tagen"), [Optional(), NumberRange(0, 3650)], default=0)
    renewals = IntegerField(_l("Vergütete Verlängerungen"), [Optional(), NumberRange(0, 1000)])
    compress = BooleanField(_l("Inaktive Sponsoren überspringen: Der nächste aktive bekommt ihre Ebene"))
    tests = BooleanField(_l("Auch Testverkäufe vergüten"))

    def terms(self) -> Terms:
        """What was typed. Raises TermsError for what cannot be together."""
        return Terms(
            percent=self.percent.value or Decimal(0),
            fixed=self.fixed.value,
            levels=self.levels.value or (),
            tiers=self.tiers.value or (),
            period=self.period.data,
            base=self.base.data,
            hold_days=self.hold_days.data or 0,
            renewals=self.renewals.data,
            compress=self.compress.data,
            tests=self.tests.data,
        )


class Plan(Version):
    """A new plan."""

    name = StringField(_l("Name des Plans"), [InputRequired(), Length(max=255)], filters=[one_line])
    default = BooleanField(_l("Standardplan: gilt für Verkäufe ohne Kampagne"))


class Campaign(Form):
    """A new campaign. Both days belong to it."""

    slug = StringField(_l("Kennung der Kampagne"), [InputRequired(), Length(max=255)], filters=[one_line])
    plan = SelectField(_l("Plan"))
    first = DateField(_l("Erster Tag"), [Optional()])
    last = DateField(_l("Letzter Tag"), [Optional()])


class Calculator(Form):
    """A sale that might be."""

    partner = StringField(_l("Partner"), [InputRequired()], filters=[one_line])
    gross = Typed(_l("Brutto"), None, [InputRequired()])
    net = Typed(_l("Netto"), None)
    campaign = SelectField(_l("Kampagne"))
    product = StringField(_l("Produktkennung"), [Optional()], filters=[one_line])


@pages.get("/plans", needs=Right.STAFF)
def index(visit: Visit) -> ResponseReturnValue:
    """The campaigns, the plans, and the rates that go before them."""
    with visit.read() as unit:
        known = plans.listed(unit, visit.tenant_id)
        campaigns = plans.campaigns(unit, visit.tenant_id)
        overrides = plans.overrides(unit, visit.tenant_id)
    return render_template(
        "commissions/plans/index.html",
        plans=known,
        campaigns=[_dated(visit, row) for row in campaigns],
        overrides=[{**row, "fixed": _override_money(row)} for row in overrides],
        words=words,
        today=visit.now,
    )


@pages.get("/plans/new", needs=Right.ADMIN)
def new(visit: Visit) -> ResponseReturnValue:
    """The form for a new plan."""
    return _form(visit, Plan())


@pages.post("/plans", needs=Right.ADMIN)
def create(visit: Visit) -> ResponseReturnValue:
    """A new plan."""
    form = _in_currency(visit, Plan(request.form))
    if not form.accepts():
        return _form(visit, form), 422
    name = str(form.name.data)
    try:
        with visit.write() as unit:
            agreed = form.terms()
            plan_id = plans.create(unit, visit.tenant_id, name, agreed, visit.now)
            if form.default.data:
                plans.set_default(unit, visit.tenant_id, name, visit.now)
            said = {"name": name, "default": form.default.data, **terms.to_json(agreed)}
            visit.note(unit, "commissions.plan_created", kind="plan", object_id=plan_id, after=said)
    except (CommissionsError, TermsError) as error:
        return _form(visit, _with_fault(form, error)), 422
    flash(_("Der Plan „%(name)s“ ist angelegt.", name=name), "success")
    return redirect(url_for("commissions.plans.show", plan_id=plan_id), 303)


@pages.get("/plans/<uuid:plan_id>", needs=Right.STAFF)
def show(visit: Visit, plan_id: UUID) -> ResponseReturnValue:
    """A plan with its versions."""
    with visit.read() as unit:
        plan = browsing.plan(unit, visit.tenant_id, plan_id) or abort(404)
        versions = browsing.versions(unit, visit.tenant_id, plan_id)
        known = next(row for row in plans.listed(unit, visit.tenant_id) if row["id"] == plan_id)
    return render_template(
        "commissions/plans/show.html",
        plan=plan,
        default=known["default"],
        versions=[{**row, "terms": terms.from_json(row["terms"])} for row in versions],
        words=words,
    )


@pages.get("/plans/<uuid:plan_id>/version", needs=Right.ADMIN)
def next_version(visit: Visit, plan_id: UUID) -> ResponseReturnValue:
    """The form for the next version, filled with the present one."""
    plan, present = _newest(visit, plan_id)
    return _form(visit, Version(data=_texts(present)), plan)


@pages.post("/plans/<uuid:plan_id>/version", needs=Right.ADMIN)
def add_version(visit: Visit, plan_id: UUID) -> ResponseReturnValue:
    """A new version, for sales that arrive from now on."""
    plan, present = _newest(visit, plan_id)
    form = _in_currency(visit, Version(request.form))
    if not form.accepts():
        return _form(visit, form, plan), 422
    try:
        agreed = form.terms()
    except TermsError as error:
        return _form(visit, _with_fault(form, error), plan), 422
    before, after = terms.to_json(present), terms.to_json(agreed)
    changed = [name for name in after if after[name] != before[name] and name != "sources"]
    if not changed:
        flash(_("Es hat sich nichts geändert."), "info")
        return redirect(url_for("commissions.plans.show", plan_id=plan_id), 303)
    with visit.write() as unit:
        changes = {name: getattr(agreed, name) for name in changed}
        number = plans.change(unit, visit.tenant_id, plan["name"], changes, visit.now)
        visit.note(
            unit,
            "commissions.plan_changed",
            kind="plan",
            object_id=plan_id,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed} | {"version": number},
        )
    flash(_("Version %(number)d gilt für Verkäufe, die ab jetzt eintreffen.", number=number), "success")
    return redirect(url_for("commissions.plans.show", plan_id=plan_id), 303)


@pages.post("/plans/<uuid:plan_id>/default", needs=Right.ADMIN)
def make_default(visit: Visit, plan_id: UUID) -> ResponseReturnValue:
    """From now on this plan pays sales without a campaign."""
    with visit.write() as unit:
        plan = browsing.plan(unit, visit.tenant_id, plan_id) or abort(404)
        before = [row["name"] for row in plans.listed(unit, visit.tenant_id) if row["default"]]
        plans.set_default(unit, visit.tenant_id, plan["name"], visit.now)
        visit.note(
            unit,
            "commissions.plan_default",
            kind="plan",
            object_id=plan_id,
            before={"default": before[0] if before else None},
            after={"default": plan["name"]},
        )
    flash(_("„%(name)s“ gilt ab jetzt für Verkäufe ohne Kampagne.", name=plan["name"]), "success")
    return redirect(url_for("commissions.plans.show", plan_id=plan_id), 303)


@pages.get("/campaigns/new", needs=Right.ADMIN)
def new_campaign(visit: Visit) -> ResponseReturnValue:
    """The form for a new campaign."""
    return render_template("commissions/plans/campaign.html", form=_with_plans(visit, Campaign()))


@pages.post("/campaigns", needs=Right.ADMIN)
def create_campaign(visit: Visit) -> ResponseReturnValue:
    """A new campaign."""
    form = _with_plans(visit, Campaign(request.form))
    if not form.accepts():
        return render_template("commissions/plans/campaign.html", form=form), 422
    slug, plan = str(form.slug.data), str(form.plan.data)
    start, end = _start_of(visit, form.first.data), _start_of(visit, form.last.data, days=1)
    try:
        with visit.write() as unit:
            campaign_id = plans.create_campaign(
                unit, visit.tenant_id, slug, plan, now=visit.now, valid_from=start, valid_to=end
            )
            said = {"slug": slug, "plan": plan, "valid_from": start, "valid_to": end}
            visit.note(
                unit,
                "commissions.campaign_created",
                kind="campaign",
                object_id=campaign_id,
                after={
                    name: value.isoformat() if isinstance(value, datetime) else value
                    for name, value in said.items()
                },
            )
    except CommissionsError as error:
        field = form.last if error.code == "campaign_dates" else form.slug
        field.errors = [words.fault(error)]
        return render_template("commissions/plans/campaign.html", form=form), 422
    flash(_("Die Kampagne „%(slug)s“ ist angelegt.", slug=slug), "success")
    return redirect(url_for("commissions.plans.index"), 303)


@pages.get("/calculator", needs=Right.STAFF)
def calculator(visit: Visit) -> ResponseReturnValue:
    """What a sale would pay if it arrived now, each line explained. It is written nowhere."""
    form = _with_campaigns(visit, _in_currency(visit, Calculator(request.args)))
    asked = bool(request.args)
    trial = _try(visit, form) if asked and form.validate() else None
    with visit.read() as unit:
        choices = browsing.choices(unit, visit.tenant_id)
        chain = {one.code: one for one in trial.basis.chain} if trial and trial.basis else {}
    return render_template(
        "commissions/plans/calculator.html",
        form=form,
        trial=trial,
        chain=chain,
        choices=choices,
        currency=visit.tenant.currency,
        words=words,
    ), 422 if asked and trial is None else 200


def _try(visit: Visit, form: Any) -> trying.Trial:
    sale = Sale(
        gross=form.gross.value.minor,
        net=form.net.value.minor if form.net.value else None,
        tax=None,
        currency=visit.tenant.currency,
    )
    with visit.read() as unit:
        return trying.reckon(
            unit,
            visit.tenant_id,
            sale,
            partner=str(form.partner.data),
            now=visit.now,
            zone=visit.tenant.timezone,
            campaign=form.campaign.data or None,
            product=form.product.data or None,
        )


def _form(visit: Visit, form: Any, plan: Any = None) -> str:
    return render_template(
        "commissions/plans/form.html", form=form, plan=plan, currency=visit.tenant.currency, most=MOST_LEVELS
    )


def _in_currency(visit: Visit, form: Any) -> Any:
    """The form, whose amounts are in the tenant's currency."""
    for name in ("fixed", "gross", "net"):
        if name in form:
            form[name].reader = lambda text: typed.money(text, visit.tenant.currency)
    return form


def _with_plans(visit: Visit, form: Campaign) -> Campaign:
    with visit.read() as unit:
        names = [row["name"] for row in plans.listed(unit, visit.tenant_id)]
    form.plan.choices = [SelectChoice(name, name) for name in names]
    return form


def _with_campaigns(visit: Visit, form: Any) -> Any:
    with visit.read() as unit:
        slugs = [row["slug"] for row in plans.campaigns(unit, visit.tenant_id)]
    none = SelectChoice("", _("Keine"))
    form.campaign.choices = [none, *(SelectChoice(slug, slug) for slug in slugs)]
    form.campaign.data = form.campaign.data if form.campaign.data in slugs else ""
    return form


def _with_fault(form: Any, error: Exception) -> Any:
    if isinstance(error, CommissionsError):
        form.name.errors = [words.fault(error)]
        return form
    if len(form.levels.value or ()) > MOST_LEVELS:
        form.levels.errors = [_("Ein Plan hat höchstens %(count)d Ebenen.", count=MOST_LEVELS)]
        return form
    thresholds = [tier.turnover for tier in form.tiers.value or ()]
    if len(set(thresholds)) < len(thresholds) or any(limit < 0 for limit in thresholds):
        form.tiers.errors = [_("Jede Stufe braucht einen eigenen Umsatz, der nicht negativ ist.")]
        return form
    form.percent.errors = [_("Alle Sätze zusammen ergeben mehr als 100 Prozent.")]
    return form


def _newest(visit: Visit, plan_id: UUID) -> tuple[Mapping[str, Any], Terms]:
    with visit.read() as unit:
        plan = browsing.plan(unit, visit.tenant_id, plan_id) or abort(404)
        (version,) = browsing.versions(unit, visit.tenant_id, plan_id, limit=1)
    return dict(plan), terms.from_json(version["terms"])


def _texts(agreed: Terms) -> dict[str, Any]:
    """Terms as they would be typed."""
    return {
        "percent": words.exactly(agreed.percent),
        "fixed": words.exactly(agreed.fixed.amount) if agreed.fixed else "",
        "levels": "; ".join(words.exactly(rate) for rate in agreed.levels),
        "tiers": "\n".join(
            f"{words.exactly(tier.turnover)}: {words.exactly(tier.percent)}" for tier in agreed.tiers
        ),
        **{name: getattr(agreed, name) for name in ("period", "base", "hold_days", "renewals")},
        "compress": agreed.compress,
        "tests": agreed.tests,
    }


def _start_of(visit: Visit, day: date | None, days: int = 0) -> datetime | None:
    """The instant at which a day begins for the tenant, or so many days later."""
    if day is None:
        return None
    local = datetime.combine(day + timedelta(days=days), time(), visit.zone)
    return local.astimezone(visit.now.tzinfo)


def _dated(visit: Visit, row: dict[str, Any]) -> dict[str, Any]:
    """A campaign with its first and last day, and whether it runs."""
    start, end = row["valid_from"], row["valid_to"]
    runs = (start is None or start <= visit.now) and (end is None or visit.now < end)
    last = (end - timedelta(microseconds=1)) if end else None
    return {**row, "first": start, "last": last, "runs": runs, "over": end is not None and end <= visit.now}


def _override_money(row: Mapping[str, Any]) -> Money | None:
    return Money(*row["fixed"]) if row.get("fixed") else None
