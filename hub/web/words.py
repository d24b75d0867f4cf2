"""Statuses and roles as people read them, with the colour of their badge."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p


@dataclass(frozen=True)
class Word:
    """A text with a colour of Tabler."""

    text: Any
    colour: str = "secondary"


ORDER_STATUS = {
    "new": Word(_p("Bestellung", "Neu"), "blue"),
    "in_progress": Word(_p("Bestellung", "In Bearbeitung"), "yellow"),
    "processed": Word(_p("Bestellung", "Verarbeitet"), "green"),
    "cancelled": Word(_p("Bestellung", "Storniert"), "red"),
}

TICKET_STATUS = {
    "open": Word(_p("Ticket", "Offen"), "blue"),
    "in_progress": Word(_p("Ticket", "In Bearbeitung"), "yellow"),
    "closed": Word(_p("Ticket", "Geschlossen"), "secondary"),
}

OUTCOME = {
    "processed": Word(_p("Ereignis", "Verarbeitet"), "green"),
    "skipped": Word(_p("Ereignis", "Wiederholung"), "secondary"),
    "ignored": Word(_p("Ereignis", "Ohne Bedeutung"), "secondary"),
    "parked": Word(_p("Ereignis", "Wartet"), "yellow"),
    "rejected": Word(_p("Ereignis", "Abgelehnt"), "orange"),
    "failed": Word(_p("Ereignis", "Fehlgeschlagen"), "red"),
}

ROLES = {
    "owner": Word(_("Inhaber"), "purple"),
    "admin": Word(_("Administrator"), "blue"),
    "staff": Word(_("Mitarbeiter"), "secondary"),
}

ACTIONS = {
    "order.taken": _("In Bearbeitung genommen"),
    "order.processed": _("Verarbeitet"),
    "order.cancelled": _("Storniert"),
    "order.customer": _("Einem Kunden zugeordnet"),
    "member.signed_in": _("Angemeldet"),
    "member.password_set": _("Passwort gesetzt"),
    "member.password_changed": _("Passwort geändert"),
    "member.second_factor_on": _("Zweiten Faktor eingerichtet"),
    "member.second_factor_off": _("Zweiten Faktor entfernt"),
    "member.recovery_codes": _("Neue Wiederherstellungscodes erzeugt"),
    "member.sessions_ended": _("Überall abgemeldet"),
    "member.invited": _("Eingeladen"),
    "member.role_changed": _("Rolle geändert"),
    "member.removed": _("Aus dem Team entfernt"),
}
"""What the audit log calls an action; a plugin's own keeps its name."""


def action(name: str) -> Any:
    """An action of the audit log in words."""
    return ACTIONS.get(name, name)
