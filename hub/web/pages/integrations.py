"""Integrationen: what can be connected, what is, how a sender is set up, and a test event for it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField
from wtforms.validators import Optional

from hub.contract.settings import SignedSettings, active_secrets
from hub.records import audit, events
from hub.records.events import Wanted
from hub.records.vault import VaultError
from hub.registry.connecting import DEFAULT, NAME, ConnectingError, Connections, ConnectionView, TakenError
from hub.registry.discovery import Installed
from hub.registry.fixtures import Fixture, fixtures_of
from hub.registry.snippets import recipe_of, snippets
from hub.web import knocking, naming, setting_up, settings_form, words
from hub.web.fork import DOOR
from hub.web.forms import Form, SelectChoice, one_line
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.settings_form import GENERATE, LATER, SECRETS, Naming, SigningSecret
from hub.web.visit import Visit

pages = Pages("integrations")

SHOWN_EVENTS = 5


@dataclass(frozen=True)
class Connected:
    """A connection of the tenant, and its plugin unless that is installed no more."""

    view: ConnectionView
    installed: Installed | None
    urls: tuple[str, ...]

    @property
    def is_source(self) -> bool:
        """Whether it receives requests."""
        return self.installed is not None and self.installed.manifest.is_source

    @property
    def has_secrets(self) -> bool:
        """Whether its requests are signed with a secret that is stored here."""
        return self.installed is not None and SECRETS in self.installed.manifest.settings.model_fields

    @property
    def lacks_secret(self) -> bool:
        """Whether every request is refused, because no secret is stored."""
        return self.has_secrets and not self.view.settings.get(SECRETS)

    @property
    def state(self) -> str:
        """on, paused or cut."""
        if self.view.disconnected_at is not None:
            return "cut"
        return "on" if self.view.enabled else "paused"


class Rotation(Form):
    """A new signing secret."""

    value = PasswordField(_l("Neues Secret"), [Optional()], filters=[one_line])
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


@pages.get("/integrations", needs=Right.ADMIN)
def index(visit: Visit) -> ResponseReturnValue:
    """All installed plugins, with this tenant's connections."""
    mine = [_connected(visit, view) for view in _connections(visit).list(visit.tenant.slug)]
    installed = visit.rooms.plugins.installed
    gone = sorted({one.view.plugin for one in mine if one.installed is None})
    catalogue = sorted(installed.values(), key=lambda one: (not one.manifest.is_source, one.manifest.slug))
    return render_template(
        "integrations/index.html",
        catalogue=catalogue,
        connections={slug: [one for one in mine if one.view.plugin == slug] for slug in (*installed, *gone)},
        gone=gone,
        spoken=naming.spoken,
        words=words,
    )


@pages.get("/integrations/<plugin>/connect", needs=Right.ADMIN)
def connect(visit: Visit, plugin: str) -> ResponseReturnValue:
    """The form to connect a plugin."""
    installed = _installed(visit, plugin)
    model = installed.manifest.settings
    # Who brings settings of its own is a provider with a secret of its own; else one has to be made.
    source = GENERATE if model is SignedSettings else LATER
    signing = SigningSecret(data={"source": source})
    name = "" if _is_first(visit, plugin) else None
    return _form(installed, settings_form.settings_form(model), signing, Naming(), first=name is not None)


@pages.post("/integrations/<plugin>/connect", needs=Right.ADMIN)
def create(visit: Visit, plugin: str) -> ResponseReturnValue:
    """Connect it. A secret that was made for it is shown now, and never again."""
    installed = _installed(visit, plugin)
    form = settings_form.settings_form(installed.manifest.settings, request.form)
    signing, naming_form = SigningSecret(request.form), Naming(request.form)
    first = _is_first(visit, plugin)
    signs = SECRETS in installed.manifest.settings.model_fields
    right = [form.accepts(), not signs or signing.accepts(), first or _good_name(naming_form)]
    if not all(right):
        return _form(installed, form, signing, naming_form, first=first), 422
    given = settings_form.texts_of(installed.manifest.settings, form)
    if signs and signing.value.data:
        given[SECRETS] = [signing.value.data]
    name = DEFAULT if first else str(naming_form.name.data)
    try:
        view = _connections(visit).create(visit.tenant.slug, plugin, name, given)
    except TakenError:
        naming_form.name.errors = [_("Es gibt schon eine Verbindung mit diesem Namen.")]
        return _form(installed, form, signing, naming_form, first=False), 422
    except ConnectingError as error:
        if not settings_form.blame(form, error):
            flash(_("Die Angaben passen nicht zusammen. Bitte prüfen Sie sie."), "error")
        return _form(installed, form, signing, naming_form, first=first), 422
    _note(visit, "integration.connected", view, after={"plugin": plugin, "name": name})
    if signs and not signing.value.data and signing.source.data == GENERATE:
        fresh = _connections(visit).rotate(visit.tenant.slug, plugin, name, value=None, overlap=timedelta(0))
        return _secret_once(visit, _connected(visit, view), fresh)
    flash(_("Die Integration ist verbunden."), "success")
    return redirect(url_for("integrations.show", connection_id=view.id), 303)


@pages.get("/integrations/<uuid:connection_id>", needs=Right.ADMIN)
def show(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """One connection: its address, its settings and what came lately."""
    return _page(visit, _found(visit, connection_id), Rotation())


@pages.get("/integrations/<uuid:connection_id>/settings", needs=Right.ADMIN)
def edit(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """The form to change the settings."""
    one = _found(visit, connection_id)
    model = _manifest(one).settings
    return _settings_page(one, settings_form.settings_form(model, present=one.view.settings))


@pages.post("/integrations/<uuid:connection_id>/settings", needs=Right.ADMIN)
def change(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """Other settings."""
    one = _found(visit, connection_id)
    model = _manifest(one).settings
    form = settings_form.settings_form(model, request.form)
    if not form.accepts():
        return _settings_page(one, form), 422
    try:
        after = _connections(visit).change(*_address(one), settings_form.texts_of(model, form))
    except ConnectingError as error:
        if not settings_form.blame(form, error):
            flash(_("Die Angaben passen nicht zusammen. Bitte prüfen Sie sie."), "error")
        return _settings_page(one, form), 422
    differing = {name for name, value in after.settings.items() if one.view.settings.get(name) != value}
    _note(
        visit,
        "integration.changed",
        after,
        before={name: one.view.settings.get(name) for name in differing},
        after={name: after.settings[name] for name in differing},
    )
    flash(_("Die Einstellungen sind gespeichert."), "success")
    return redirect(url_for("integrations.show", connection_id=connection_id), 303)


@pages.post("/integrations/<uuid:connection_id>/rotate", needs=Right.ADMIN)
def rotate(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """Another signing secret, which is shown now and never again; the old one counts a while longer."""
    one = _found(visit, connection_id)
    form = Rotation(request.form)
    if not one.has_secrets:
        abort(404)
    if not form.accepts():
        return _page(visit, one, form), 422
    overlap = timedelta(hours=int(form.hours.data))
    fresh = _connections(visit).rotate(*_address(one), value=form.value.data or None, overlap=overlap)
    _note(visit, "integration.rotated", one.view, after={"overlap_hours": int(form.hours.data)})
    if form.value.data:
        flash(_("Das neue Secret ist gespeichert."), "success")
        return redirect(url_for("integrations.show", connection_id=connection_id), 303)
    return _secret_once(visit, one, fresh)


@pages.post("/integrations/<uuid:connection_id>/pause", needs=Right.ADMIN)
def pause(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """Refuse what comes, until it is switched on again."""
    one = _found(visit, connection_id)
    _connections(visit).enable(*_address(one), on=False)
    _note(
        visit, "integration.paused", one.view, before={"enabled": one.view.enabled}, after={"enabled": False}
    )
    flash(_("Die Integration pausiert. Was jetzt gesendet wird, wird abgelehnt."), "success")
    return redirect(url_for("integrations.show", connection_id=connection_id), 303)


@pages.post("/integrations/<uuid:connection_id>/resume", needs=Right.ADMIN)
def resume(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """Take again what comes."""
    one = _found(visit, connection_id)
    _connections(visit).enable(*_address(one), on=True)
    _note(
        visit, "integration.resumed", one.view, before={"enabled": one.view.enabled}, after={"enabled": True}
    )
    flash(_("Die Integration ist eingeschaltet."), "success")
    return redirect(url_for("integrations.show", connection_id=connection_id), 303)


@pages.post("/integrations/<uuid:connection_id>/disconnect", needs=Right.ADMIN)
def disconnect(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """Switch it off and forget its secrets; what it received stays."""
    one = _found(visit, connection_id)
    try:
        _connections(visit).disconnect(*_address(one))
    except ConnectingError:
        flash(_("Diese Integration kann nur pausiert werden: Sie braucht ihre Zugangsdaten."), "error")
        return redirect(url_for("integrations.show", connection_id=connection_id), 303)
    _note(visit, "integration.disconnected", one.view)
    flash(_("Die Integration ist getrennt, ihre Zugangsdaten sind gelöscht."), "success")
    return redirect(url_for("integrations.index"), 303)


@pages.get("/integrations/<uuid:connection_id>/setup", needs=Right.ADMIN)
def setup(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """How a sender is set up: code with this tenant's address, and notes for tools without code."""
    one = _found(visit, connection_id)
    if not one.is_source:
        abort(404)
    manifest = _manifest(one)
    sample = _sample(one)
    secret = _("IHR_SECRET") if one.has_secrets else _("IHR_API_KEY")
    code = (
        snippets(manifest.scheme, one.urls[0], sample.body.decode(), secret, sample.headers) if sample else {}
    )
    recipe = recipe_of(manifest.scheme)
    return render_template(
        "integrations/setup.html",
        one=one,
        title=naming.spoken(manifest.title),
        snippets=code,
        tools=setting_up.tools(recipe, one.urls[0], secret) if code else (),
        event_types=list(manifest.events),
        tests=list(knocking.tests_of(_plugin(one).plugin)),
        asks_key=not one.has_secrets,
    )


@pages.post("/integrations/<uuid:connection_id>/test", needs=Right.ADMIN)
def test(visit: Visit, connection_id: UUID) -> ResponseReturnValue:
    """Send a test event through the real door, signed as its sender would."""
    one = _found(visit, connection_id)
    sample = knocking.tests_of(_plugin(one).plugin).get(request.form.get("sample", ""))
    scheme = _manifest(one).scheme
    if sample is None or scheme is None:
        abort(404)
    secret = _secret_of(visit, one) if one.has_secrets else request.form.get("key", "").strip()
    if not secret:
        missing = (
            _("Hinterlegen Sie zuerst ein Secret.") if one.has_secrets else _("Tragen Sie den API-Key ein.")
        )
        return _to_setup(connection_id, missing)
    outgoing = scheme.sign(knocking.fresh(sample), secret, visit.now)
    door = current_app.extensions[DOOR]
    answer = knocking.knock(door, one.urls[0], outgoing, remote_addr=request.remote_addr)
    _note(visit, "integration.tested", one.view, after={"sample": sample.name, "status": answer.status})
    if answer.status >= 300:
        return _to_setup(
            connection_id, _("Das Testereignis wurde abgelehnt (Antwort %(status)d).", status=answer.status)
        )
    flash(_("Das Testereignis ist angekommen (Antwort %(status)d).", status=answer.status), "success")
    if answer.event_id is None:
        return redirect(url_for("integrations.setup", connection_id=connection_id), 303)
    return redirect(url_for("events.show", event_id=answer.event_id), 303)


def _connections(visit: Visit) -> Connections:
    rooms = visit.rooms
    return Connections(rooms.database, rooms.plugins, rooms.vault, rooms.clock)


def _connected(visit: Visit, view: ConnectionView) -> Connected:
    base = visit.rooms.config.base_url.rstrip("/")
    return Connected(
        view, visit.rooms.plugins.installed.get(view.plugin), tuple(base + path for path in view.paths)
    )


def _found(visit: Visit, connection_id: UUID) -> Connected:
    """The tenant's connection with that id."""
    for view in _connections(visit).list(visit.tenant.slug):
        if view.id == connection_id:
            return _connected(visit, view)
    abort(404)


def _installed(visit: Visit, plugin: str) -> Installed:
    return visit.rooms.plugins.installed.get(plugin) or abort(404)


def _plugin(one: Connected) -> Installed:
    return one.installed or abort(404)


def _manifest(one: Connected) -> Any:
    return _plugin(one).manifest


def _address(one: Connected) -> tuple[str, str, str]:
    return one.view.tenant, one.view.plugin, one.view.name


def _is_first(visit: Visit, plugin: str) -> bool:
    return not any(view.plugin == plugin for view in _connections(visit).list(visit.tenant.slug))


def _good_name(form: Naming) -> bool:
    form.accepts()
    if NAME.fullmatch(form.name.data or ""):
        return True
    form.name.errors = [_("Bitte verwenden Sie Kleinbuchstaben, Ziffern und Bindestriche.")]
    return False


def _secret_of(visit: Visit, one: Connected) -> str:
    """The secret that signs; empty if none is stored or it cannot be read."""
    try:
        known = active_secrets(_connections(visit).settings(*_address(one)), visit.now)
    except (ConnectingError, VaultError):
        return ""
    return known[0] if known else ""


def _sample(one: Connected) -> Fixture | None:
    """The request that the code sends: a test event, or else any sample."""
    plugin = _plugin(one).plugin
    known = {**knocking.tests_of(plugin), **fixtures_of(plugin)}
    return next(iter(known.values()), None)


def _note(
    visit: Visit, action: str, view: ConnectionView, before: dict[str, Any] | None = None, after: Any = None
) -> None:
    with visit.write() as unit:
        visit.note(unit, action, kind="connection", object_id=view.id, before=before, after=after)


def _to_setup(connection_id: UUID, message: str) -> ResponseReturnValue:
    flash(message, "error")
    return redirect(url_for("integrations.setup", connection_id=connection_id), 303)


def _form(
    installed: Installed, form: Form, signing: SigningSecret, naming_form: Naming, *, first: bool
) -> str:
    manifest = installed.manifest
    return render_template(
        "integrations/connect.html",
        slug=manifest.slug,
        title=naming.spoken(manifest.title),
        description=naming.spoken(manifest.description),
        form=form,
        hints=settings_form.hints(manifest.settings),
        signing=signing if SECRETS in manifest.settings.model_fields else None,
        naming_form=None if first else naming_form,
    )


def _settings_page(one: Connected, form: Form) -> str:
    manifest = _manifest(one)
    return render_template(
        "integrations/settings.html",
        one=one,
        title=naming.spoken(manifest.title),
        form=form,
        hints=settings_form.hints(manifest.settings),
    )


def _page(visit: Visit, one: Connected, rotation: Rotation) -> str:
    manifest = one.installed.manifest if one.installed else None
    with visit.read() as unit:
        latest = events.find(unit, visit.tenant_id, Wanted(plugin=one.view.plugin), limit=SHOWN_EVENTS).rows
        history = audit.about(unit, visit.tenant_id, one.view.id)
    return render_template(
        "integrations/show.html",
        one=one,
        title=naming.title(visit.rooms.plugins, one.view.plugin),
        settings=settings_form.shown(manifest.settings if manifest else None, one.view.settings),
        secrets=one.view.settings.get(SECRETS) or [],
        rotation=rotation,
        latest=latest if one.is_source else None,
        history=history,
        words=words,
    )


def _secret_once(visit: Visit, one: Connected, fresh: str) -> str:
    return render_template(
        "integrations/secret.html",
        one=one,
        title=naming.title(visit.rooms.plugins, one.view.plugin),
        secret=fresh,
    )
