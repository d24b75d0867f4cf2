"""What stands in the navigation. An entry appears when its page exists and the person may open it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flask import current_app, request
from flask_babel import lazy_gettext as _

from hub.web.rights import Right
from hub.web.visit import Visit


@dataclass(frozen=True)
class Entry:
    """A link of the navigation. ``endpoint`` is the page's; all but its last part names the group, in which
    the entry is the current one. An entry of a ``plugin`` is there where that is on for the tenant."""

    endpoint: str
    text: str
    icon: str
    needs: Right = Right.STAFF
    plugin: str | None = None

    @property
    def group(self) -> str:
        """The group of pages that it leads to."""
        return self.endpoint.rpartition(".")[0]

    @property
    def is_current(self) -> bool:
        """Whether the present page belongs to it."""
        return (request.endpoint or "").rpartition(".")[0] == self.group


ENTRIES = (
    Entry("dashboard.show", _("Dashboard"), icon="layout-dashboard"),
    Entry("orders.inbox", _("Web-Bestellungen"), icon="shopping-cart"),
    Entry("tickets.inbox", _("Tickets"), icon="ticket"),
    Entry("customers.index", _("Kunden"), icon="users"),
    Entry("invoices.index", _("Rechnungen"), icon="file-invoice"),
    Entry("notifications.index", _("Benachrichtigungen"), icon="bell"),
    Entry("integrations.index", _("Integrationen"), icon="plug-connected", needs=Right.ADMIN),
    Entry("events.index", _("Ereignisse"), icon="activity"),
)

PERSONAL = (
    Entry("settings.show", _("Unternehmenseinstellungen"), icon="building", needs=Right.ADMIN),
    Entry("team.index", _("Team"), icon="users-group", needs=Right.OWNER),
    Entry("audit.index", _("Änderungsprotokoll"), icon="history", needs=Right.ADMIN),
    Entry("account.show", _("Mein Konto"), icon="user", needs=Right.PERSON),
    Entry("operator.show", _("Installation"), icon="server", needs=Right.OPERATOR),
)
"""The menu behind one's name, top right."""


def visible(visit: Visit, entries: Iterable[Entry] = ENTRIES) -> Iterator[Entry]:
    """The entries whose pages are there and may be opened. Those of a plugin that is off stand on its own
    pages alone."""
    there = current_app.view_functions
    inside = Visit(visit.rooms, visit.somebody, visit.around)
    return (
        entry
        for entry in entries
        if entry.endpoint in there
        and inside.may(entry.needs)
        and (entry.plugin in (None, visit.plugin) or inside.plugins.get(entry.plugin or "", False))
    )
