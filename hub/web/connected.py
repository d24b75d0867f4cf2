"""A tenant's connections, each with its plugin, as the pages of the integrations use them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import abort, render_template

from hub.contract.proofs import weak_of
from hub.contract.schemes import UrlToken
from hub.records.vault import VaultError
from hub.registry.connecting import ConnectingError, Connections, ConnectionView
from hub.registry.discovery import Installed
from hub.web import naming
from hub.web.settings_form import MAPPING, SECRETS
from hub.web.visit import Visit


@dataclass(frozen=True)
class Connected:
    """A connection of the tenant, and its plugin unless that is installed no more."""

    view: ConnectionView
    installed: Installed | None
    urls: tuple[str, ...]

    @property
    def address(self) -> tuple[str, str, str]:
        """What ``Connections`` knows it by."""
        return self.view.tenant, self.view.plugin, self.view.name

    @property
    def plugin(self) -> Installed:
        """Its plugin, for what cannot be done without: not found if that is installed no more."""
        return self.installed or abort(404)

    @property
    def is_source(self) -> bool:
        """Whether it receives requests."""
        return self.installed is not None and self.installed.manifest.is_source

    @property
    def has_secrets(self) -> bool:
        """Whether its requests are signed with a secret that is stored here."""
        return self.installed is not None and SECRETS in self.installed.manifest.settings.model_fields

    @property
    def has_mapping(self) -> bool:
        """Whether a sender's names of the fields can be mapped to those of the plugin."""
        return self.installed is not None and MAPPING in self.installed.manifest.settings.model_fields

    @property
    def can_be_asked(self) -> bool:
        """Whether its provider can be asked for what did not arrive."""
        return self.installed is not None and hasattr(self.installed.plugin, "list_since")

    @property
    def lacks_secret(self) -> bool:
        """Whether every request is refused, because no secret is stored."""
        return self.has_secrets and not self.view.settings.get(SECRETS)

    def addresses_with(self, secret: str) -> tuple[str, ...]:
        """Its addresses as they are entered at the sender: with the secret in them, where that is how the
        sender proves itself."""
        scheme = self.installed.manifest.scheme if self.installed else None
        if not isinstance(scheme, UrlToken):
            return self.urls
        return tuple(f"{url}?{urlencode({scheme.query: secret})}" for url in self.urls)

    @property
    def state(self) -> str:
        """on, paused or cut."""
        if self.view.disconnected_at is not None:
            return "cut"
        return "on" if self.view.enabled else "paused"


def connections(visit: Visit) -> Connections:
    """What creates, changes and lists connections."""
    rooms = visit.rooms
    return Connections(visit.database, rooms.plugins, rooms.vault, rooms.clock)


def connected(visit: Visit, view: ConnectionView) -> Connected:
    """The connection with its plugin, and its addresses as a sender has to call them."""
    base = visit.rooms.config.base_url.rstrip("/")
    installed = visit.rooms.plugins.installed.get(view.plugin)
    return Connected(view, installed, tuple(base + path for path in view.paths))


def found(visit: Visit, connection_id: UUID) -> Connected:
    """The tenant's connection with that id; not found if it has none."""
    for view in connections(visit).list(visit.tenant.slug):
        if view.id == connection_id:
            return connected(visit, view)
    abort(404)


def weak_proofs(visit: Visit, one: Connected) -> tuple[str, ...]:
    """By what senders may prove themselves to this connection without signing."""
    if one.installed is None:
        return ()
    try:
        settings = connections(visit).settings(*one.address)
    except (ConnectingError, VaultError):
        return ()
    return weak_of(one.installed.manifest.scheme, settings)


def note(
    visit: Visit, action: str, view: ConnectionView, before: dict[str, Any] | None = None, after: Any = None
) -> None:
    """Enter into the audit log what was done to a connection."""
    with visit.write() as unit:
        visit.note(unit, action, kind="connection", object_id=view.id, before=before, after=after)


def secret_once(visit: Visit, one: Connected, fresh: str) -> str:
    """The page that shows a new secret, the only time."""
    title = naming.title(visit.rooms.plugins, one.view.plugin)
    return render_template("integrations/secret.html", one=one, title=title, secret=fresh)
