"""What stands in the navigation. An entry appears when its page exists and the person may open it."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask import current_app, request
from flask_babel import lazy_gettext as _

from hub.web.rights import Right
from hub.web.visit import Visit


@dataclass(frozen=True)
class Entry:
    """A link of the navigation. ``endpoint`` is the page's; its first part names the group, in which
    the entry is the current one."""

    endpoint: str
    text: str
    icon: str
    needs: Right = Right.STAFF

    @property
    def group(self) -> str:
        """The group of pages that it leads to."""
        return self.endpoint.partition(".")[0]

    @property
    def is_current(self) -> bool:
        """Whether the present page belongs to it."""
        return (request.endpoint or "").partition(".")[0] == self.group


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


def visible(visit: Visit, entries: tuple[Entry, ...] = ENTRIES) -> Iterator[Entry]:
    """The entries whose pages are there and may be opened."""
    there = current_app.view_functions
    inside = Visit(visit.rooms, visit.somebody, visit.around)
    return (entry for entry in entries if entry.endpoint in there and inside.may(entry.needs))
