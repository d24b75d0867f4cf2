"""Columns and kinds of rows as people call them, and values of any column."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import lazy_gettext as _
from flask_babel import lazy_pgettext as _p

from hub.support.money import Money
from hub.web import formats, words

KINDS = {
    "event": _("Ereignis"),
    "body": _("Empfangene Daten"),
    "customer": _("Kunde"),
    "order": _("Bestellung"),
    "ticket": _("Ticket"),
    "ticket_message": _("Nachricht im Ticket"),
    "assignment": _("Zuweisung"),
    "invoice": _("Rechnung"),
    "payment": _("Zahlung"),
    "transaction": _("Transaktion"),
    "reversal": _("Rückbuchung"),
    "privacy_request": _("Datenschutzanfrage"),
    "connection": _("Verbindung"),
    "effect": _("Folge"),
    "delivery": _("Zustellung"),
    "notification": _("Benachrichtigung"),
    "commission": _("Provision"),
    "clawback": _("Rückforderung"),
    "restore": _("Wiedergutschrift"),
    "no_commission": _("Keine Provision"),
    "payout": _("Auszahlung"),
    "payout_item": _("Teil einer Auszahlung"),
    "partner": _("Partner"),
    "campaign": _("Kampagne"),
    "plan": _("Plan"),
    "member": _("Mitglied"),
    "key": _("API-Key"),
    "tenant": _("Unternehmen"),
    "webhook_endpoint": _("Ausgehender Webhook"),
    "job": _("Regelmäßige Aufgabe"),
}

NAMES = {
    "action": _("Vorgang"),
    "adapter": _("Integration"),
    "amount": _("Betrag"),
    "assigned_to": _("Zuständig"),
    "attempts": _("Versuche"),
    "author": _("Verfasser"),
    "by": _("Mit"),
    "campaign": _("Kampagne"),
    "channel": _("Kanal"),
    "connection": _("Verbindung"),
    "contact": _("Kontakt"),
    "count": _("Anzahl"),
    "created_at": _("Angelegt"),
    "currency": _("Währung"),
    "customer_id": _("Kunde"),
    "disconnected_at": _("Getrennt am"),
    "due_at": _("Fällig am"),
    "email": _("E-Mail"),
    "enabled": _("Eingeschaltet"),
    "event_type": _("Art"),
    "external_id": _("Kennung beim Absender"),
    "extra": _("Weitere Angaben"),
    "first_name": _("Vorname"),
    "gross": _("Brutto"),
    "headers": _("Header"),
    "internal": _("Intern"),
    "invoice_ref": _("Rechnung"),
    "key": _("Kennung beim Absender"),
    "kind": _("Art"),
    "last_error": _("Letzter Fehler"),
    "last_name": _("Nachname"),
    "locale": _("Sprache und Schreibweise"),
    "masked": _("API-Key"),
    "removed": _("Entfernt"),
    "changed": _("Geändert"),
    "role": _("Rolle"),
    "timezone": _("Zeitzone"),
    "level": _("Ebene"),
    "lines": _("Positionen"),
    "member": _("Für"),
    "merged": _("Zusammengeführt mit"),
    "merged_into": _("Übernommen in"),
    "message": _("Meldung"),
    "moved": _("Übernommene Vorgänge"),
    "name": _("Name"),
    "net": _("Netto"),
    "number": _("Nummer"),
    "occurred_at": _("Zeitpunkt"),
    "outcome": _("Ergebnis"),
    "paid": _("Bezahlt"),
    "paid_at": _("Bezahlt am"),
    "partner": _("Partner"),
    "partner_code": _("Partner"),
    "payment_status": _("Zahlung"),
    "payout": _("Auszahlung"),
    "plugin": _("Integration"),
    "product_name": _("Produkt"),
    "read_at": _("Gelesen"),
    "reason": _("Grund"),
    "received_at": _("Eingegangen"),
    "receiver": _("Empfänger"),
    "refunded": _("Erstattet"),
    "sha256": _("Prüfsumme (SHA-256)"),
    "signal": _("Anlass"),
    "size": _("Größe in Byte"),
    "slug": _("Kürzel in Adressen"),
    "state": _("Zustand"),
    "status": _("Status"),
    "subject": _("Betreff"),
    "target": _("Ziel"),
    "tax": _("Steuer"),
    "tax_rate": _("Steuersatz"),
    "test": _("Test"),
    "title": _("Titel"),
    "total": _("Summe"),
    "totals": _("Summe"),
    "unassigned_reason": _("Nicht zugeordnet, weil"),
    "updated_at": _("Geändert"),
}

EFFECT_STATE = {
    "pending": words.Word(_p("Folge", "Steht an"), "yellow"),
    "done": words.Word(_p("Folge", "Erledigt"), "green"),
    "failed": words.Word(_p("Folge", "Wird wiederholt"), "orange"),
    "dead": words.Word(_p("Folge", "Aufgegeben"), "red"),
    "skipped": words.Word(_p("Folge", "Ausgelassen"), "secondary"),
    "cancelled": words.Word(_p("Folge", "Abgebrochen"), "secondary"),
}

REASONS = {
    "plugin_off": _("Die Erweiterung ist ausgeschaltet"),
    "requested_by_customer": _("Vom Kunden gewünscht"),
    "duplicate": _("Doppelt bezahlt"),
    "fraudulent": _("Betrug"),
    "expired": _("Nicht abgeschlossen"),
}
"""Why a receiver was not called, and what providers give as reasons."""

SIGNALS = {
    "order_placed": _("Neue Bestellung"),
    "order_changed": _("Bestellung geändert"),
    "order_processed": _("Bestellung verarbeitet"),
    "order_cancelled": _("Bestellung storniert"),
    "ticket_opened": _("Neues Ticket"),
    "ticket_replied": _("Ticket beantwortet"),
    "ticket_assigned": _("Ticket zugewiesen"),
    "transaction_created": _("Neuer Verkauf"),
    "transaction_changed": _("Verkauf berichtigt"),
    "transaction_refunded": _("Verkauf erstattet"),
    "transaction_disputed": _("Zahlung angefochten"),
    "transaction_assigned": _("Verkauf zugeordnet"),
    "invoice_sent": _("Rechnung gesendet"),
    "invoice_reminded": _("An Rechnung erinnert"),
    "payment_pending": _("Zahlung unterwegs"),
    "payment_succeeded": _("Zahlung eingegangen"),
    "payment_failed": _("Zahlung fehlgeschlagen"),
    "privacy_requested": _("Datenschutzanfrage"),
    "source_disconnected": _("Integration getrennt"),
}
"""What happened, as a signal says it."""

CHANNELS = {"email": _("E-Mail"), "webhook": _("Webhook"), "push": _("Push-Nachricht")}
"""What channels are called; those of other plugins by their own name."""

UNASSIGNED = {
    "no_partner_named": _("Kein Partner genannt"),
    "unknown_partner": _("Partner unbekannt"),
}
"""Why a sale belongs to nobody."""

_STATUS = {
    "order": words.ORDER_STATUS,
    "ticket": words.TICKET_STATUS,
    "invoice": words.INVOICE_STATUS,
    "transaction": words.TRANSACTION_STATUS,
    "payment": words.PAYMENT_STATUS,
    "reversal": words.REFUND_STATUS | words.DISPUTE_STATUS,
    "partner": {"active": words.Word(_("Aktiv")), "inactive": words.Word(_("Inaktiv"))},
    "payout": {
        "open": words.Word(_p("Auszahlung", "Offen")),
        "paid": words.Word(_p("Auszahlung", "Bezahlt")),
        "cancelled": words.Word(_p("Auszahlung", "Storniert")),
    },
}
_PROOFS = {
    "password": words.Word(_("Passwort")),
    "code": words.Word(_("Passwort und Code der App")),
    "recovery_code": words.Word(_("Passwort und Wiederherstellungscode")),
}
_WORDS = {"state": EFFECT_STATE, "outcome": words.OUTCOME, "by": _PROOFS}
_REVERSALS = {"refund": _("Erstattung"), "dispute": _("Anfechtung")}
_TEXTS: Mapping[str, Mapping[str, Any]] = {
    "reason": REASONS,
    "signal": SIGNALS,
    "kind": SIGNALS | _REVERSALS,
    "channel": CHANNELS,
    "unassigned_reason": UNASSIGNED,
    "payment_status": words.PAID,
}

HIDDEN = frozenset({"id", "tenant_id", "connection_id", "event_id", "adapter"})
"""Columns that mean nothing to a person who compares two versions of a record."""


def kind(name: str) -> Any:
    """What a kind of row is called."""
    return KINDS.get(name) or formats.label(name)


def name(column: str) -> Any:
    """What a column is called."""
    return NAMES.get(column) or formats.label(column)


def value(column: str, given: Any, of: str = "") -> Any:
    """A value of a column for people; ``of`` is the kind of row that it stands in."""
    known = _STATUS.get(of) if column == "status" else _WORDS.get(column)
    if known and given in known:
        return known[given].text
    if isinstance(given, str) and given in (texts := _TEXTS.get(column, {})):
        return texts[given]
    match given:
        case datetime():
            return formats.moment(given)
        case bool():
            return _("Ja") if given else _("Nein")
        case Decimal():
            return formats.number(given)
        case str() if column == "last_error" or "\n" in given:
            return given.strip().rpartition("\n")[2]
        case UUID():
            return str(given)
        case Mapping() if column == "totals":
            return ", ".join(formats.money(minor, currency) for currency, minor in given.items())
        case _:
            return formats.plain(given)


def told(shown: Mapping[str, Any], of: str = "") -> list[tuple[Any, Any]]:
    """Names and values of what is told of a row, without what is empty or stands beside it."""
    beside = {"adapter", "state", "plugin", "currency", "attempts", "explanation"}
    if shown.get("channel") == "webhook":
        beside.add("target")  # the id of an endpoint: the delivery's page names it
    currency = shown.get("currency")
    tell = current_app.config[words.PLUGIN_VALUES].get(of) or partial(_told, of=of)
    return [
        (called, _amount(given, currency) or said)
        for column, given in shown.items()
        for called, said in [tell(column, given)]
        if given not in (None, "", [], {}, False) and column not in beside
    ]


def _told(column: str, given: Any, *, of: str) -> tuple[Any, Any]:
    return name(column), value(column, given, of)


def _amount(given: Any, currency: str | None) -> str | None:
    """The value as money, if it is a number of a row that has a currency."""
    if not isinstance(given, Decimal) or currency is None:
        return None
    return formats.money(Money.of(given, currency).minor, currency)


def priced(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with amounts in minor units as money in their currency, which is then said."""
    currency = values.get("currency")
    amounts = {column for column in values if column.endswith("_minor") and currency}
    return {
        column.removesuffix("_minor"): formats.money(given, currency) if column in amounts else given
        for column, given in values.items()
        if not (amounts and column == "currency")
    }


def changes(fields: Mapping[str, tuple[Any, Any]], of: str) -> list[tuple[Any, Any, Any]]:
    """Name, before and after of what a replay changes in a record; amounts once, not in minor units too."""
    return [
        (name(column), value(column, old, of), value(column, new, of))
        for column, (old, new) in fields.items()
        if column not in HIDDEN and not column.endswith("_minor")
    ]
