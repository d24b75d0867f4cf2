"""The company, and how its amounts and times are written."""

import zoneinfo

from babel import Locale
from babel.numbers import get_currency_name, list_currencies
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from hub.records import tenants
from hub.support.money import MoneyError, exponent
from hub.web.forms import Form, SelectChoice, one_line
from hub.web.pages.settings.common import pages
from hub.web.rights import Right
from hub.web.visit import Visit

LOCALES = ("de", "de_AT", "de_CH", "en", "en_GB", "en_US")


class Company(Form):
    """The company, and how its amounts and times are written."""

    name = StringField(_l("Name des Unternehmens"), [InputRequired(), Length(max=100)], filters=[one_line])
    locale = SelectField(_l("Sprache und Schreibweise"))
    currency = SelectField(_l("Währung"))
    timezone = SelectField(_l("Zeitzone"))


@pages.get("/settings", needs=Right.ADMIN)
def show(visit: Visit) -> ResponseReturnValue:
    """The company."""
    return render_template("settings/show.html", form=_company(visit))


@pages.post("/settings", needs=Right.ADMIN)
def change(visit: Visit) -> ResponseReturnValue:
    """Another name, locale, currency or zone."""
    form = _company(visit)
    if not form.accepts():
        return render_template("settings/show.html", form=form), 422
    before = {name: getattr(visit.tenant, name) for name in form.data}
    changed = {name: value for name, value in form.data.items() if value != before[name]}
    if changed:
        with visit.write() as unit:
            tenants.change_tenant(unit, visit.tenant_id, **changed)
            visit.note(
                unit,
                "tenant.changed",
                kind="tenant",
                object_id=visit.tenant_id,
                before={name: before[name] for name in changed},
                after=changed,
            )
    flash(_("Die Einstellungen sind gespeichert."), "success")
    return redirect(url_for("settings.show"), 303)


def _company(visit: Visit) -> Company:
    form = Company(request.form, data={name: getattr(visit.tenant, name) for name in Company().data})
    offer_choices(form, visit.tenant.locale)
    return form


def offer_choices(form: Company, locale: str) -> None:
    """Let people choose; ``locale`` is the present one."""
    form.locale.choices = _locales(locale)
    form.currency.choices = _currencies()
    form.timezone.choices = [SelectChoice(zone, zone.replace("_", " ")) for zone in _zones()]


def _locales(present: str) -> list[SelectChoice]:
    """The usual ones, and the present one however it is written."""
    usual = [name for name in LOCALES if name != present.replace("-", "_")]
    return [SelectChoice(name, _language(name)) for name in (present, *usual)]


def _language(locale: str) -> str:
    return str(Locale.parse(locale.replace("-", "_")).get_display_name(get_locale())).capitalize()


def _currencies() -> list[SelectChoice]:
    return [
        SelectChoice(code, f"{code} – {get_currency_name(code, locale=get_locale())}")
        for code in sorted(list_currencies())
        if _is_money(code)
    ]


def _is_money(code: str) -> bool:
    try:
        return exponent(code) >= 0
    except MoneyError:
        return False


def _zones() -> list[str]:
    """Europe first: it is nearest."""
    named = [zone for zone in zoneinfo.available_timezones() if "/" in zone and not zone.startswith("Etc/")]
    return [*sorted(named, key=lambda zone: (not zone.startswith("Europe/"), zone)), "UTC"]
