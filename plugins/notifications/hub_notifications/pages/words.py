"""What events, states and failures of outgoing webhooks are called."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _p

from hub.web.words import Word
from hub_notifications.endpoints import BY_HAND, FAILING, GONE
from hub_notifications.webhooks import EVENTS, TEST_EVENT, matches

ALL = "*"

EVENT_NAMES = {
    "order.placed": _l("Neue Bestellung"),
    "order.changed": _l("Bestellung geändert"),
    "order.processed": _l("Bestellung verarbeitet"),
    "order.cancelled": _l("Bestellung storniert"),
    "ticket.opened": _l("Neues Ticket"),
    "ticket.replied": _l("Ticket beantwortet"),
    "ticket.assigned": _l("Ticket einem Mitglied zugewiesen"),
    "transaction.created": _l("Neuer Verkauf"),
    "transaction.changed": _l("Verkauf berichtigt"),
    "transaction.refunded": _l("Verkauf erstattet"),
    "transaction.disputed": _l("Zahlung eines Verkaufs angefochten"),
    "transaction.assigned": _l("Verkauf einem Partner zugeordnet"),
    "invoice.sent": _l("Rechnung an den Kunden gesendet"),
    "invoice.reminded": _l("Kunde an eine Rechnung erinnert"),
    "payment.pending": _l("Zahlung unterwegs"),
    "payment.succeeded": _l("Zahlung eingegangen"),
    "payment.failed": _l("Zahlung fehlgeschlagen"),
    "privacy.requested": _l("Datenschutzanfrage eingegangen"),
    "source.disconnected": _l("Integration von der anderen Seite getrennt"),
    TEST_EVENT: _l("Testereignis"),
}

STATES = {
    "pending": Word(_p("Zustellung", "Wartet"), "yellow"),
    "done": Word(_p("Zustellung", "Zugestellt"), "green"),
    "dead": Word(_p("Zustellung", "Aufgegeben"), "red"),
    "cancelled": Word(_p("Zustellung", "Abgebrochen"), "secondary"),
}

OFF = {
    BY_HAND: _l("Jemand aus Ihrem Team hat ihn angehalten."),
    GONE: _l("Der Empfänger hat geantwortet, dass es diese Adresse nicht mehr gibt (410)."),
    FAILING: _l("Fünf Tage lang ist keine Zustellung angekommen."),
}
"""Why an endpoint is off."""

ACTIONS = {
    "notifications.endpoint_created": _l("Ausgehenden Webhook angelegt"),
    "notifications.endpoint_changed": _l("Ausgehenden Webhook geändert"),
    "notifications.endpoint_rotated": _l("Secret des ausgehenden Webhooks gewechselt"),
    "notifications.endpoint_paused": _l("Ausgehenden Webhook angehalten"),
    "notifications.endpoint_resumed": _l("Ausgehenden Webhook eingeschaltet"),
    "notifications.endpoint_deleted": _l("Ausgehenden Webhook gelöscht"),
    "notifications.endpoint_tested": _l("Testereignis an ausgehenden Webhook gesendet"),
    "notifications.sent_again": _l("Zustellungen erneut gesendet"),
}


def event(name: str) -> Any:
    """An event in words; its name on the wire if there are none."""
    return EVENT_NAMES.get(name, name)


def listened(patterns: Sequence[str]) -> list[Any]:
    """The events that these patterns mean, in words."""
    if ALL in patterns:
        return [_("Alle Ereignisse")]
    return [event(name) for name in EVENTS if matches(patterns, name)]


def state(endpoint: Mapping[str, Any]) -> Word:
    """Whether an endpoint works."""
    if not endpoint["enabled"]:
        if endpoint["disabled_reason"] == BY_HAND:
            return Word(_("Angehalten"), "yellow")
        return Word(_("Abgeschaltet"), "red")
    if endpoint["failures"]:
        return Word(_("Gestört"), "orange")
    return Word(_("Eingeschaltet"), "green")


def cause(error: str | None, status: int | None = None) -> Any:
    """Why an attempt failed, in words; the error as the worker noted it if there are none."""
    text = error or ""
    if status is not None and 300 <= status < 400:
        return _("Antwort %(status)d: Weiterleitungen wird nicht gefolgt", status=status)
    if status is not None and not 200 <= status < 300:
        return _("Antwort %(status)d", status=status)
    if text.startswith("answered "):
        return _("Antwort %(status)s", status=text.removeprefix("answered ").partition(":")[0])
    for beginning, known in _CAUSES.items():
        if text.startswith(beginning):
            return known
    return _("Die Adresse ist nicht öffentlich und nicht erlaubt") if "HUB_ALLOWED_TARGETS" in text else text


_CAUSES = {
    "no answer in time": _l("Keine Antwort in der erlaubten Zeit"),
    "no answer": _l("Der Empfänger ist nicht erreichbar"),
    "the endpoint is off": _l("Der Webhook war abgeschaltet"),
    "the endpoint is gone": _l("Der Webhook ist gelöscht"),
}
