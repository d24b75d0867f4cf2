"""A plugin is connected: the form made from its settings, and the secret that is shown once."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.contract.settings import SignedSettings
from hub.registry.connecting import DEFAULT, NAME, ConnectingError, TakenError
from hub.registry.discovery import Installed
from hub.web import connected, naming, settings_form
from hub.web.forms import Form
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.settings_form import GENERATE, LATER, SECRETS, Naming, SigningSecret
from hub.web.visit import Visit

pages = Pages("integrations")


@dataclass(frozen=True)
class Wish:
    """The form to connect a plugin: its settings, its secret where it signs, and a name if it is not the
    plugin's first connection."""

    installed: Installed
    settings: Form
    signing: SigningSecret | None
    naming: Naming | None

    @property
    def name(self) -> str:
        """What the connection shall be called."""
        return DEFAULT if self.naming is None else str(self.naming.name.data)

    @property
    def makes_secret(self) -> bool:
        """Whether a secret is to be made."""
        signing = self.signing
        return signing is not None and not signing.value.data and signing.source.data == GENERATE

    def accepts(self) -> bool:
        """Whether all of it is right; what is wrong says so, everywhere at once."""
        return all(
            [
                self.settings.accepts(),
                self.signing is None or self.signing.accepts(),
                self.naming is None or _good_name(self.naming),
            ]
        )

    def given(self) -> dict[str, Any]:
        """What was filled in, by the name of the setting."""
        texts = settings_form.texts_of(self.installed.manifest.settings, self.settings)
        signed = self.signing is not None and self.signing.value.data
        return texts | ({SECRETS: [signed]} if signed else {})

    def page(self) -> str:
        """The page with the form."""
        manifest = self.installed.manifest
        return render_template(
            "integrations/connect.html",
            slug=manifest.slug,
            title=naming.spoken(manifest.title),
            description=naming.spoken(manifest.description),
            form=self.settings,
            hints=settings_form.hints(manifest.settings),
            signing=self.signing,
            naming_form=self.naming,
        )


@pages.get("/integrations/<plugin>/connect", needs=Right.ADMIN)
def connect(visit: Visit, plugin: str) -> ResponseReturnValue:
    """The form to connect a plugin."""
    return _wish(visit, plugin).page()


@pages.post("/integrations/<plugin>/connect", needs=Right.ADMIN)
def create(visit: Visit, plugin: str) -> ResponseReturnValue:
    """Connect it. A secret that was made for it is shown now, and never again."""
    wish = _wish(visit, plugin)
    if not wish.accepts():
        return wish.page(), 422
    tenant, connections = visit.tenant.slug, connected.connections(visit)
    try:
        view = connections.create(tenant, plugin, wish.name, wish.given())
    except TakenError:
        return replace(wish, naming=_taken(wish.naming or Naming(request.form))).page(), 422
    except ConnectingError as error:
        settings_form.blame(wish.settings, error)
        return wish.page(), 422
    connected.note(visit, "integration.connected", view, after={"plugin": plugin, "name": wish.name})
    if wish.makes_secret:
        fresh = connections.rotate(tenant, plugin, wish.name, value=None, overlap=timedelta(0))
        return connected.secret_once(visit, connected.connected(visit, view), fresh)
    flash(_("Die Integration ist verbunden."), "success")
    return redirect(url_for("integrations.show", connection_id=view.id), 303)


def _wish(visit: Visit, plugin: str) -> Wish:
    """The form, filled in with what was sent."""
    installed = visit.rooms.plugins.installed.get(plugin) or abort(404)
    model = installed.manifest.settings
    sent = request.form if request.method == "POST" else None
    # Who brings settings of its own is mostly a provider with a secret of its own; else one has to be made.
    ours = model is SignedSettings or getattr(model, "secret_is_ours", False)
    source = GENERATE if ours else LATER
    present = connected.connections(visit).list(visit.tenant.slug)
    return Wish(
        installed,
        settings_form.settings_form(model, sent),
        SigningSecret(sent, data={"source": source}) if SECRETS in model.model_fields else None,
        Naming(sent) if any(view.plugin == plugin for view in present) else None,
    )


def _good_name(form: Naming) -> bool:
    form.accepts()
    if NAME.fullmatch(form.name.data or ""):
        return True
    form.name.errors = [_("Bitte verwenden Sie Kleinbuchstaben, Ziffern und Bindestriche.")]
    return False


def _taken(form: Naming) -> Naming:
    form.name.errors = [_("Es gibt schon eine Verbindung mit diesem Namen.")]
    return form
