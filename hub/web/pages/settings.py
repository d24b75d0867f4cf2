"""Unternehmenseinstellungen: the company itself, API / Schnittstellen, and Stripe (Online-Zahlung).

The document that these pages follow puts settings of three plugins in fixed places and gives each its own
words. Which plugin's which setting that is stands in the tables at the top, as data; all else is general,
and a part whose plugin is not installed is not shown. Every connection can be set up in *Integrationen*."""

import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from babel import Locale
from babel.numbers import get_currency_name, list_currencies
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, Optional, Regexp

from hub.contract.schemes import ApiKey
from hub.records import events, tenants
from hub.records.database import Joined, Unit
from hub.records.vault import VaultError
from hub.registry.connecting import DEFAULT, ConnectingError, Connections, ConnectionView
from hub.support.money import MoneyError, exponent
from hub.web import words
from hub.web.forms import Form, SelectChoice, one_line
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit

pages = Pages("settings")


@dataclass(frozen=True)
class Switch:
    """A check box for a setting that is on or off."""

    setting: str
    text: Any


SWITCHING = "notifications"
SWITCHES = (
    Switch("order_email_to_team", _l("Bei neuen API-Bestellungen per E-Mail benachrichtigt werden")),
    Switch(
        "order_confirmation_to_customer",
        _l("Automatische Auftragsbestätigung an den Endkunden senden (beim Verarbeiten)"),
    ),
)
"""*Web-Bestellungen (API)*: the check boxes of the document, and the plugin whose settings they are."""

PAYING = "stripe"
PAYING_EVENT = "checkout.session.completed"
"""*Stripe (Online-Zahlung)*: the plugin whose keys are the fields of ``Keys``, and what it must send."""

LOCALES = ("de", "de_AT", "de_CH", "en", "en_GB", "en_US")

OVERLAP = timedelta(hours=24)
"""How long a signing secret that was replaced still counts: the provider does not change it everywhere at
once."""

MOST_OLD_KEYS = 5


class Keys(Form):
    """The keys of the payment provider, named as the plugin's settings. One that is left empty stays as it
    is."""

    publishable_key = StringField(
        _l("Veröffentlichbarer Schlüssel (Publishable Key)"),
        [
            Optional(),
            Regexp(
                r"^pk_(live|test)_\w+$", message=_l("Dieser Schlüssel beginnt mit pk_live_ oder pk_test_.")
            ),
        ],
        filters=[one_line],
    )
    secret_key = PasswordField(
        _l("Geheimer Schlüssel (Secret Key)"),
        [
            Optional(),
            Regexp(
                r"^[sr]k_(live|test)_\w+$", message=_l("Dieser Schlüssel beginnt mit sk_live_ oder sk_test_.")
            ),
        ],
        filters=[one_line],
    )
    secrets = PasswordField(
        _l("Webhook Signing Secret"),
        [Optional(), Regexp(r"^whsec_\S+$", message=_l("Dieser Schlüssel beginnt mit whsec_."))],
        filters=[one_line],
    )

    def validate_secret_key(self, field: PasswordField) -> None:
        """Keys for tests and for real payments do not go together."""
        modes = {str(key.data).split("_")[1] for key in (self.publishable_key, field) if key.data}
        if len(modes) > 1 and not self.publishable_key.errors:
            raise ValidationError(
                _("Ein Schlüssel ist für Tests (test), der andere für echte Zahlungen (live).")
            )


KEYS = ("publishable_key", "secret_key", "secrets")

NAMES = {
    **{switch.setting: switch.text for switch in SWITCHES},
    "publishable_key": _l("Veröffentlichbarer Schlüssel (Publishable Key)"),
    "secret_key": _l("Geheimer Schlüssel (Secret Key)"),
    "secrets": _l("Webhook Signing Secret"),
}
"""The words of these pages for the settings that they change; the audit log has them too."""


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


@pages.get("/settings/api", needs=Right.ADMIN)
def api(visit: Visit) -> ResponseReturnValue:
    """The keys, the address that takes them, and what follows a web order."""
    with visit.read() as unit:
        keys = tenants.keys_of(unit, visit.tenant_id)
        connected = _connections(visit, unit).list(visit.tenant.slug)
    active = [key for key in reversed(keys) if key["deactivated_at"] is None]
    old = [key for key in reversed(keys) if key["deactivated_at"] is not None]
    switching = _first(connected, SWITCHING)
    door = _door(visit, connected)
    return render_template(
        "settings/api.html",
        active=active,
        old=old[:MOST_OLD_KEYS],
        door_open=door is not None and door.enabled,
        address=_address(visit),
        switches=SWITCHES if SWITCHING in visit.rooms.plugins.installed else (),
        switched=switching.settings if switching else {},
        switching_on=switching is not None and switching.enabled,
    )


@pages.post("/settings/api/keys", needs=Right.ADMIN)
def issue_key(visit: Visit) -> ResponseReturnValue:
    """A new key, which this page shows once. The present ones count until they are deactivated, so that
    no sender is cut off; what takes keys is switched on if it never was."""
    with visit.write() as unit:
        row = tenants.tenant_by_slug(unit, visit.tenant.slug) or abort(404)
        issued = tenants.issue_key(
            unit, tenant_id=visit.tenant_id, tenant_number=row["number"], now=visit.now
        )
        visit.note(unit, "key.issued", kind="key", object_id=issued.id, after={"masked": issued.masked})
        connections = _connections(visit, unit)
        if _door(visit, connections.list(visit.tenant.slug)) is None and (taker := _taker(visit)):
            _connect(visit, unit, connections, taker, {})
    return render_template("settings/key.html", key=issued.key, address=_address(visit))


@pages.post("/settings/api/keys/<uuid:key_id>/deactivate", needs=Right.ADMIN)
def deactivate_key(visit: Visit, key_id: UUID) -> ResponseReturnValue:
    """Off for good."""
    with visit.write() as unit:
        key = next((key for key in tenants.keys_of(unit, visit.tenant_id) if key["id"] == key_id), None)
        if key is None:
            abort(404)
        if tenants.deactivate_key(unit, key_id, visit.now):
            visit.note(
                unit, "key.deactivated", kind="key", object_id=key_id, before={"masked": key["masked"]}
            )
    flash(_("Der API-Key %(key)s ist deaktiviert.", key=key["masked"]), "success")
    return redirect(url_for("settings.api"), 303)


@pages.post("/settings/api/on", needs=Right.ADMIN)
def open_door(visit: Visit) -> ResponseReturnValue:
    """Take API keys again."""
    with visit.write() as unit:
        connections = _connections(visit, unit)
        door = _door(visit, connections.list(visit.tenant.slug))
        if door is not None:
            _enable(visit, unit, connections, door)
        elif taker := _taker(visit):
            _connect(visit, unit, connections, taker, {})
    flash(_("Die API-Schnittstelle ist eingeschaltet."), "success")
    return redirect(url_for("settings.api"), 303)


@pages.post("/settings/api/orders", needs=Right.ADMIN)
def save_switches(visit: Visit) -> ResponseReturnValue:
    """The check boxes. The plugin is switched on if one of them needs it."""
    if SWITCHING not in visit.rooms.plugins.installed:
        abort(404)
    chosen = {switch.setting: switch.setting in request.form for switch in SWITCHES}
    with visit.write() as unit:
        _save(visit, unit, SWITCHING, {name: [str(on).lower()] for name, on in chosen.items()}, shown=chosen)
        connections = _connections(visit, unit)
        view = _first(connections.list(visit.tenant.slug), SWITCHING)
        if view is not None and not view.enabled and any(chosen.values()):
            _enable(visit, unit, connections, view)
    flash(_("Die Einstellungen sind gespeichert."), "success")
    return redirect(url_for("settings.api"), 303)


@pages.get("/settings/payments", needs=Right.ADMIN)
def payments(visit: Visit) -> ResponseReturnValue:
    """The keys of the payment provider, and what is still missing."""
    return _payments(visit, Keys())


@pages.post("/settings/payments", needs=Right.ADMIN)
def save_payments(visit: Visit) -> ResponseReturnValue:
    """Store the keys that were filled in."""
    form = Keys(request.form)
    if PAYING not in visit.rooms.plugins.installed:
        abort(404)
    if not form.accepts():
        return _payments(visit, form), 422
    given = {name: [text] for name, text in form.data.items() if text}
    try:
        with visit.write() as unit:
            _save_keys(visit, unit, given)
    except (ConnectingError, VaultError):
        flash(
            _("Die gespeicherten Schlüssel sind nicht lesbar. Bitte wenden Sie sich an den Betreiber."),
            "error",
        )
        return _payments(visit, form), 422
    flash(_("Die Schlüssel sind gespeichert."), "success")
    return redirect(url_for("settings.payments"), 303)


@pages.post("/settings/payments/<key>/remove", needs=Right.ADMIN)
def remove_payment_key(visit: Visit, key: str) -> ResponseReturnValue:
    """Forget one of the keys: invoices no longer offer online payment."""
    if key not in KEYS or PAYING not in visit.rooms.plugins.installed:
        abort(404)
    with visit.write() as unit:
        if _first(_connections(visit, unit).list(visit.tenant.slug), PAYING) is None:
            abort(404)
        _save(visit, unit, PAYING, {key: []}, shown={"removed": key})
    flash(_("Der Schlüssel ist entfernt."), "success")
    return redirect(url_for("settings.payments"), 303)


@pages.post("/settings/payments/on", needs=Right.ADMIN)
def open_payments(visit: Visit) -> ResponseReturnValue:
    """Take payments again."""
    with visit.write() as unit:
        connections = _connections(visit, unit)
        view = _first(connections.list(visit.tenant.slug), PAYING) or abort(404)
        _enable(visit, unit, connections, view)
    flash(_("Die Online-Zahlung ist eingeschaltet."), "success")
    return redirect(url_for("settings.payments"), 303)


def _company(visit: Visit) -> Company:
    form = Company(request.form, data={name: getattr(visit.tenant, name) for name in Company().data})
    form.locale.choices = _locales(visit.tenant.locale)
    form.currency.choices = _currencies()
    form.timezone.choices = [SelectChoice(zone, zone.replace("_", " ")) for zone in _zones()]
    return form


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


def _payments(visit: Visit, form: Keys) -> str:
    with visit.read() as unit:
        connected = _connections(visit, unit).list(visit.tenant.slug)
        last = events.find(unit, visit.tenant_id, events.Wanted(plugin=PAYING), limit=1).rows
    view = _first(connected, PAYING)
    stored = {name: view.settings.get(name) for name in KEYS} if view else dict.fromkeys(KEYS)
    return render_template(
        "settings/payments.html",
        form=form,
        installed=PAYING in visit.rooms.plugins.installed,
        stored=stored,
        missing=[form[name].label.text for name, value in stored.items() if not value],
        paused=view is not None and not view.enabled,
        address=_base(visit) + (view.paths[0] if view else _route(visit)),
        event=PAYING_EVENT,
        words=words,
        last=last[0] if last else None,
    )


def _route(visit: Visit) -> str:
    """Where the provider's events go, before it is connected."""
    installed = visit.rooms.plugins.installed.get(PAYING)
    routes = installed.manifest.routes if installed else ("",)
    return routes[0].replace("<tenant>", visit.tenant.slug)


def _save_keys(visit: Visit, unit: Unit, given: dict[str, list[str]]) -> None:
    """A signing secret beside which there is one already replaces it with an overlap."""
    view = _first(_connections(visit, unit).list(visit.tenant.slug), PAYING)
    fresh = given.pop("secrets", None) if view and view.settings.get("secrets") else None
    if given:
        _save(visit, unit, PAYING, given, shown={"changed": sorted(given)})
    if fresh and view:
        _connections(visit, unit).rotate(
            visit.tenant.slug, PAYING, view.name, value=fresh[0], overlap=OVERLAP
        )
        visit.note(unit, "integration.rotated", kind="connection", object_id=view.id)


def _save(
    visit: Visit, unit: Unit, plugin: str, given: dict[str, list[str]], *, shown: dict[str, Any]
) -> None:
    """Change the tenant's connection of the plugin, or make it; ``shown`` is what the audit log tells."""
    connections = _connections(visit, unit)
    view = _first(connections.list(visit.tenant.slug), plugin)
    if view is None:
        _connect(visit, unit, connections, plugin, given, shown=shown)
        return
    before = {name: view.settings.get(name) for name in shown if name in view.settings}
    connections.change(visit.tenant.slug, plugin, view.name, given)
    after = {"plugin": plugin, **shown}
    visit.note(unit, "integration.changed", kind="connection", object_id=view.id, before=before, after=after)


def _connect(
    visit: Visit,
    unit: Unit,
    connections: Connections,
    plugin: str,
    given: dict[str, list[str]],
    *,
    shown: dict[str, Any] | None = None,
) -> None:
    view = connections.create(visit.tenant.slug, plugin, DEFAULT, given)
    visit.note(
        unit,
        "integration.connected",
        kind="connection",
        object_id=view.id,
        after={"plugin": plugin, **(shown or {})},
    )


def _enable(visit: Visit, unit: Unit, connections: Connections, view: ConnectionView) -> None:
    connections.enable(visit.tenant.slug, view.plugin, view.name, on=True)
    visit.note(
        unit,
        "integration.resumed",
        kind="connection",
        object_id=view.id,
        before={"enabled": view.enabled},
        after={"enabled": True},
    )


def _connections(visit: Visit, unit: Unit) -> Connections:
    """Changes connections in the page's own transaction, as the command line does in one of its own."""
    rooms = visit.rooms
    return Connections(Joined(unit), rooms.plugins, rooms.vault, rooms.clock)


def _first(connected: Sequence[ConnectionView], plugin: str) -> ConnectionView | None:
    """The tenant's connection of the plugin, the one named *default* before others."""
    ours = [view for view in connected if view.plugin == plugin]
    return min(ours, key=lambda view: view.name != DEFAULT, default=None)


def _taker(visit: Visit) -> str | None:
    """A plugin that takes API keys."""
    installed = visit.rooms.plugins.installed.items()
    return next((slug for slug, one in installed if isinstance(one.manifest.scheme, ApiKey)), None)


def _door(visit: Visit, connected: Sequence[ConnectionView]) -> ConnectionView | None:
    taker = _taker(visit)
    return _first(connected, taker) if taker else None


def _address(visit: Visit) -> str:
    """Where senders with an API key post to."""
    taker = _taker(visit)
    return _base(visit) + visit.rooms.plugins.installed[taker].manifest.routes[0] if taker else ""


def _base(visit: Visit) -> str:
    return visit.rooms.config.base_url.rstrip("/")
