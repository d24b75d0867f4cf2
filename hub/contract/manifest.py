"""The manifest: what a plugin says about itself, as data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from hub.contract.errors import ContractError
from hub.contract.guides import Guide
from hub.contract.locators import Locator
from hub.contract.paying import PaymentSetup
from hub.contract.schemes import Scheme
from hub.contract.settings import Settings

Kind = Literal["source", "effect", "channel", "wrapper"]

KINDS: tuple[Kind, ...] = ("source", "effect", "channel", "wrapper")
LOCALES = ("de", "en")


@dataclass(frozen=True, kw_only=True)
class Channel:
    """A way out of the machine. ``schedule`` are the seconds before the first attempt and between
    the further ones; after the last the delivery is dead."""

    name: str
    schedule: tuple[int, ...]


_SLUG = re.compile(r"[a-z][a-z0-9-]{0,39}")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a plugin is, and how its requests look.

    ``routes`` are Flask rules; one with ``<tenant>`` belongs to the tenant named there, and is
    served a second time with ``/<connection>`` behind it for a tenant's further connections.
    For other routes the plugin implements ``locate``.

    ``events`` maps each event type to a line that says what becomes of it; ``ignored`` maps each
    type that is known and means nothing to the reason. A type in neither is ignored too, or
    refused (400) with ``unknown_events="refuse"``.

    ``event_key`` finds the provider's id of the event, by which a repetition is known: it must be
    unique within a connection. ``None`` found means that the event is never a repetition.

    ``redact`` are dotted paths of personal or secret fields in a payload.

    ``fields`` are the dotted paths of the schema, each with its titles, to which a sender's own names can be
    mapped where the settings are ``hub.MappedSettings``.
    """

    slug: str
    title: Mapping[str, str]
    description: Mapping[str, str] = field(default_factory=dict)
    kinds: tuple[Kind, ...] = ("source",)
    hub: str = ">=0.1,<1"
    routes: tuple[str, ...] = ()
    probe_answer: str | None = None
    """The text with which a GET of the routes is answered, with status 200, for providers that fetch an
    address before they send to it. It is the same for addresses that nobody has. ``None``: 405."""
    scheme: Scheme | None = None
    settings: type[Settings] = Settings
    content_types: tuple[str, ...] = ("application/json",)
    events: Mapping[str, str] = field(default_factory=dict)
    ignored: Mapping[str, str] = field(default_factory=dict)
    unknown_events: Literal["ignore", "refuse"] = "ignore"
    event_type: Locator | None = None
    event_key: Locator | None = None
    repeated_key_other_body: Literal["skip", "refuse"] = "skip"
    redact: tuple[str, ...] = ()
    fields: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    guides: tuple[Guide, ...] = ()
    """How tools are set up that send to the plugin, for the page that tells it."""
    paying: PaymentSetup | None = None
    """How a payment provider is connected. Such a plugin implements ``can_pay`` and ``checkout``."""
    channels: tuple[Channel, ...] = ()
    """What a channel plugin sends, each kind with its own patience."""
    migrations: Path | None = None
    """Folder of the Alembic versions of the plugin's own tables, all named ``<slug>_…``."""
    pages: str | None = None
    """Module of the pages that the plugin brings for the web UI, such as ``hub_commissions.pages``. Its
    ``brought`` is a ``hub.web.plugged.PluginPages``. Imported by the web UI alone."""
    api: str | None = None
    """Module of what the plugin adds to the API, such as ``hub_notifications.resources``. Its ``resources``
    are ``hub.api.operation.Resource`` declared as the plugin's. Imported by the API alone."""

    def __post_init__(self) -> None:
        """Refuse a manifest that cannot work. Raises ContractError with every fault found."""
        if faults := list(self._faults()):
            raise ContractError(f"manifest of {self.slug!r}: " + "; ".join(faults))

    @property
    def is_source(self) -> bool:
        """Whether the plugin receives requests."""
        return "source" in self.kinds

    def _faults(self) -> list[str]:
        faults = []
        if not _SLUG.fullmatch(self.slug):
            faults.append("slug must be lower case letters, digits and '-', letter first, 40 at most")
        if missing := [locale for locale in LOCALES if not self.title.get(locale)]:
            faults.append(f"title lacks {', '.join(missing)}")
        if not self.kinds or set(self.kinds) - set(KINDS):
            faults.append(f"kinds must be some of {', '.join(KINDS)}")
        if self.is_source and not (self.routes and self.event_type and self.events):
            faults.append("a source declares routes, events and event_type")
        if both := set(self.events) & set(self.ignored):
            faults.append(f"both handled and ignored: {', '.join(sorted(both))}")
        if any(not route.startswith("/") for route in self.routes):
            faults.append("routes start with /")
        if bool(self.channels) != ("channel" in self.kinds) or any(not c.schedule for c in self.channels):
            faults.append("a channel plugin, and no other, declares channels, each with a schedule")
        if self.paying and not self.is_source:
            faults.append("a payment provider is a source: only its events pay invoices")
        keys = {key.setting for key in self.paying.keys} if self.paying else set()
        if unknown := keys - self.settings.model_fields.keys():
            faults.append(f"keys for payment are no settings: {', '.join(sorted(unknown))}")
        try:
            SpecifierSet(self.hub)
        except InvalidSpecifier:
            faults.append(f"hub is no version range: {self.hub!r}")
        return faults
