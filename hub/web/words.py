"""Statuses and roles as people read them, with the colour of their badge."""

from dataclasses import dataclass
from typing import Any

from flask import current_app
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

ANSWER_STATE = {
    "none": Word(_p("Antwort", "Ohne E-Mail"), "orange"),
    "pending": Word(_p("Antwort", "E-Mail wird gesendet"), "yellow"),
    "done": Word(_p("Antwort", "E-Mail gesendet"), "green"),
    "dead": Word(_p("Antwort", "E-Mail nicht zustellbar"), "red"),
    "cancelled": Word(_p("Antwort", "E-Mail abgebrochen"), "orange"),
}
"""What became of the e-mail with an answer to a ticket."""

TRANSACTION_STATUS = {
    "completed": Word(_p("Transaktion", "Abgeschlossen"), "green"),
    "unassigned": Word(_p("Transaktion", "Nicht zugeordnet"), "yellow"),
    "partially_refunded": Word(_p("Transaktion", "Teilweise erstattet"), "orange"),
    "refunded": Word(_p("Transaktion", "Erstattet"), "red"),
    "disputed": Word(_p("Transaktion", "Angefochten"), "orange"),
    "charged_back": Word(_p("Transaktion", "Zurückgebucht"), "red"),
}

INVOICE_STATUS = {
    "draft": Word(_p("Rechnung", "Entwurf"), "secondary"),
    "open": Word(_p("Rechnung", "Offen"), "blue"),
    "overdue": Word(_p("Rechnung", "Überfällig"), "red"),
    "paid": Word(_p("Rechnung", "Bezahlt"), "green"),
    "cancelled": Word(_p("Rechnung", "Storniert"), "secondary"),
}

PAYMENT_STATUS = {
    "pending": Word(_p("Zahlung", "Unterwegs"), "yellow"),
    "succeeded": Word(_p("Zahlung", "Eingegangen"), "green"),
    "failed": Word(_p("Zahlung", "Fehlgeschlagen"), "red"),
    "expired": Word(_p("Zahlung", "Nicht abgeschlossen"), "secondary"),
}

PAID = {
    "pending": _p("Zahlung", "Steht aus"),
    "authorized": _p("Zahlung", "Reserviert"),
    "paid": _p("Zahlung", "Bezahlt"),
    "unpaid": _p("Zahlung", "Nicht bezahlt"),
    "partially_paid": _p("Zahlung", "Teilweise bezahlt"),
    "refunded": _p("Zahlung", "Erstattet"),
    "partially_refunded": _p("Zahlung", "Teilweise erstattet"),
    "voided": _p("Zahlung", "Storniert"),
    "expired": _p("Zahlung", "Verfallen"),
}
"""What senders say of the payment of an order, as far as it has a word here."""

PAYMENT_METHOD = {
    "transfer": _("Überweisung"),
    "cash": _("Bar"),
    "card": _("Karte"),
    "sepa_debit": _("SEPA-Lastschrift"),
    "other": _("Andere Zahlungsart"),
}

REFUND_STATUS = {
    "pending": Word(_p("Erstattung", "Unterwegs"), "yellow"),
    "succeeded": Word(_p("Erstattung", "Erstattet"), "orange"),
    "failed": Word(_p("Erstattung", "Fehlgeschlagen"), "red"),
}

DISPUTE_STATUS = {
    "open": Word(_p("Anfechtung", "Offen"), "red"),
    "won": Word(_p("Anfechtung", "Gewonnen"), "green"),
    "lost": Word(_p("Anfechtung", "Verloren"), "red"),
}

TIER = {
    "bronze": Word(_p("Qualität", "Bronze"), "orange"),
    "silver": Word(_p("Qualität", "Silber"), "secondary"),
    "gold": Word(_p("Qualität", "Gold"), "yellow"),
    "platinum": Word(_p("Qualität", "Platin"), "blue"),
}
"""How good a plugin is, where its package says so."""

OUTCOME = {
    "processed": Word(_p("Ereignis", "Verarbeitet"), "green"),
    "skipped": Word(_p("Ereignis", "Wiederholung"), "secondary"),
    "ignored": Word(_p("Ereignis", "Ohne Bedeutung"), "secondary"),
    "parked": Word(_p("Ereignis", "Wartet"), "yellow"),
    "rejected": Word(_p("Ereignis", "Abgelehnt"), "orange"),
    "failed": Word(_p("Ereignis", "Fehlgeschlagen"), "red"),
}

PROOF = {
    "signature": Word(_p("Nachweis", "Signatur"), "green"),
    "api_key": Word(_p("Nachweis", "API-Key"), "green"),
    "shared_secret": Word(_p("Nachweis", "Secret im Header, ohne Signatur"), "yellow"),
    "basic": Word(_p("Nachweis", "HTTP Basic, ohne Signatur"), "yellow"),
    "url_token": Word(_p("Nachweis", "Secret in der Adresse, ohne Signatur"), "yellow"),
    "form_field": Word(_p("Nachweis", "API-Key im Formular"), "yellow"),
    "fetched": Word(_p("Nachweis", "Vom Hub selbst abgefragt"), "green"),
    "plugin": Word(_p("Nachweis", "Vom Plugin bestätigt"), "green"),
}
"""By what a sender proved who it is."""

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
    "invoice.drafted": _("Entwurf angelegt"),
    "invoice.changed": _("Entwurf geändert"),
    "invoice.discarded": _("Entwurf verworfen"),
    "invoice.issued": _("Rechnung ausgestellt"),
    "invoice.cancelled": _("Rechnung storniert"),
    "invoice.paid": _("Zahlung eingetragen"),
    "invoice.sent": _("Per E-Mail gesendet"),
    "invoice.reminded": _("Zahlungserinnerung gesendet"),
    "invoice.link_renewed": _("Neuen Link für den Kunden erzeugt"),
    "ticket.replied": _("Beantwortet"),
    "ticket.noted": _("Interne Notiz geschrieben"),
    "ticket.assigned": _("Zuständigkeit geändert"),
    "ticket.closed": _("Geschlossen"),
    "ticket.reopened": _("Wieder geöffnet"),
    "ticket.customer": _("Einem Kunden zugeordnet"),
    "customer.created": _("Von Hand angelegt"),
    "customer.changed": _("Stammdaten geändert"),
    "customer.merged": _("Mit einem Duplikat zusammengeführt"),
    "customer.erased": _("Personenbezogene Daten gelöscht"),
    "customer.merged_away": _("In eine andere Akte übernommen"),
    "event.replayed": _("Erneut verarbeitet"),
    "event.reverified": _("Erneut geprüft"),
    "integration.connected": _("Integration verbunden"),
    "integration.changed": _("Einstellungen der Integration geändert"),
    "integration.rotated": _("Secret gewechselt"),
    "integration.paused": _("Integration pausiert"),
    "integration.resumed": _("Integration eingeschaltet"),
    "integration.disconnected": _("Integration getrennt"),
    "integration.tested": _("Testereignis gesendet"),
    "integration.backfilled": _("Fehlende Ereignisse importiert"),
    "key.issued": _("API-Key erzeugt"),
    "access_key.issued": _("Zugriffsschlüssel erzeugt"),
    "access_key.revoked": _("Zugriffsschlüssel widerrufen"),
    "key.deactivated": _("API-Key deaktiviert"),
    "tenant.changed": _("Unternehmenseinstellungen geändert"),
    "tenant.created": _("Mandant angelegt"),
    "delivery.retried": _("Aufgegebene Zustellungen erneut angestoßen"),
    "effect.retried": _("Aufgegebene Folgen erneut angestoßen"),
    "job.made_due": _("Regelmäßige Aufgabe sofort fällig gestellt"),
    "tenant.invoicing_changed": _("Rechnungsangaben geändert"),
    "member.signed_in": _("Angemeldet"),
    "member.password_set": _("Passwort gesetzt"),
    "member.password_changed": _("Passwort geändert"),
    "member.second_factor_on": _("Zweiten Faktor eingerichtet"),
    "member.second_factor_off": _("Zweiten Faktor entfernt"),
    "member.recovery_codes": _("Neue Wiederherstellungscodes erzeugt"),
    "member.sessions_ended": _("Überall abgemeldet"),
    "member.push_on": _("Push-Benachrichtigungen eingeschaltet"),
    "member.push_off": _("Push-Benachrichtigungen ausgeschaltet"),
    "member.invited": _("Eingeladen"),
    "member.role_changed": _("Rolle geändert"),
    "member.removed": _("Aus dem Team entfernt"),
}
"""What the audit log calls an action; plugins bring words for theirs."""


PLUGIN_ACTIONS, PLUGIN_VALUES = "PLUGIN_ACTIONS", "PLUGIN_VALUES"
"""Keys of the application's configuration: what plugins call their actions, and how they tell the values of
their rows."""


def action(name: str) -> Any:
    """An action of the audit log in words."""
    return ACTIONS.get(name) or current_app.config[PLUGIN_ACTIONS].get(name, name)
