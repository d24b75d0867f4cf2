"""What members and customers are told, in German and English, with amounts and dates as the
tenant's locale writes them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency

import hub

DEFAULT_LANGUAGE = "en"

CATALOGUE: Mapping[str, Mapping[str, str]] = {
    "de": {
        "order_placed.title": "Neue Bestellung!",
        "order_placed.text": "Eine Web-Bestellung über {amount} ist eingegangen.",
        "order_placed.text_without_amount": "Eine Web-Bestellung ist eingegangen.",
        "order_cancelled.title": "Bestellung storniert",
        "order_cancelled.text": "Eine Web-Bestellung über {amount} wurde storniert.",
        "order_cancelled.text_without_amount": "Eine Web-Bestellung wurde storniert.",
        "ticket_opened.title": "Neues Ticket",
        "ticket_opened.text": "{email} schreibt: {subject}",
        "ticket_opened.text_without_email": "Eine Anfrage ist eingegangen: {subject}",
        "transaction_created.title": "Neuer Verkauf",
        "transaction_created.text": "Ein Verkauf über {amount} ist eingegangen.",
        "transaction_refunded.title": "Erstattung",
        "transaction_refunded.text": "Vom Verkauf {external_id} über {amount} sind {refunded} erstattet.",
        "transaction_disputed.title": "Zahlung angefochten",
        "transaction_disputed.text": "Beim Verkauf {external_id} über {amount} gibt es Neues zu einer "
        "Anfechtung.",
        "payment_succeeded.title": "Zahlung eingegangen",
        "payment_succeeded.text": "Für die Rechnung {invoice_ref} sind {amount} eingegangen.",
        "payment_failed.title": "Zahlung fehlgeschlagen",
        "payment_failed.text": "Die Zahlung von {amount} für die Rechnung {invoice_ref} ist fehlgeschlagen.",
        "privacy_requested.title": "Datenschutzanfrage",
        "privacy_requested.text": "Eine Anfrage zu personenbezogenen Daten ist bis {due_at} zu erledigen.",
        "source_disconnected.title": "Verbindung getrennt",
        "source_disconnected.text": "{plugin} hat die Verbindung {name} getrennt.",
        "ticket_assigned.title": "Ticket für Sie",
        "ticket_assigned.text": "{by} hat Ihnen ein Ticket zugewiesen: {subject}",
        "ticket_assigned.text_without_by": "Ihnen wurde ein Ticket zugewiesen: {subject}",
        "transaction_assigned.title": "Verkauf für Sie",
        "transaction_assigned.text": "{by} hat Ihnen den Verkauf {external_id} über {amount} zugeordnet.",
        "transaction_assigned.text_without_by": "Ihnen wurde der Verkauf {external_id} über {amount} "
        "zugeordnet.",
        "transactions_assigned.title": "Verkäufe für Sie",
        "transactions_assigned.text": "{by} hat Ihnen {number} Verkäufe zugeordnet.",
        "transactions_assigned.text_without_by": "Ihnen wurden {number} Verkäufe zugeordnet.",
        "endpoint_disabled.title": "Webhook abgeschaltet",
        "endpoint_disabled.gone": "{url} hat mit 410 geantwortet und bekommt keine Ereignisse mehr.",
        "endpoint_disabled.failing": "{url} ist seit {since} nicht erreichbar und bekommt keine Ereignisse "
        "mehr.",
        "mail.greeting": "Guten Tag,",
        "mail.order": "Bestellung",
        "mail.number": "Nummer",
        "mail.customer": "Kunde",
        "mail.received": "Eingegangen",
        "mail.article": "Artikel",
        "mail.quantity": "Menge",
        "mail.price": "Betrag",
        "mail.total": "Gesamt",
        "mail.order_to_team.subject": "Neue Bestellung über {amount}",
        "mail.order_to_team.subject_without_amount": "Neue Bestellung",
        "mail.order_to_team.footer": "Diese Nachricht geht an alle Mitarbeiter von {tenant}.",
        "mail.order_confirmation.subject": "Ihre Bestellung bei {tenant}",
        "mail.order_confirmation.text": "vielen Dank für Ihre Bestellung. Wir haben sie erhalten und "
        "bearbeiten sie.",
        "mail.order_confirmation.footer": "Mit freundlichen Grüßen\n{tenant}",
        "mail.notice.subject": "{title} – {tenant}",
        "mail.notice.footer": "Diese Nachricht haben Sie in Ihrem Konto bei {tenant} unter "
        "„Benachrichtigungen“ gewählt.",
        "mail.invoice.subject": "Rechnung {number} von {company}",
        "mail.invoice.text": "hiermit erhalten Sie unsere Rechnung {number} vom {issued_on} über {amount}.",
        "mail.invoice.request": "Bitte zahlen Sie den Betrag bis zum {due_on}.",
        "mail.invoice.attached": "Sie liegt dieser Nachricht als PDF bei.",
        "mail.invoice.look": "Rechnung online ansehen",
        "mail.invoice.file": "Rechnung",
        "mail.invoice.receiver": "Empfänger",
        "mail.invoice.reference": "Verwendungszweck",
        "mail.invoice.regards": "Mit freundlichen Grüßen",
        "mail.reminder.subject": "Zahlungserinnerung: Rechnung {number} von {company}",
        "mail.reminder.text": "sicher haben Sie es nur übersehen: Unsere Rechnung {number} vom {issued_on} "
        "war am {due_on} fällig, und {amount} sind noch offen.",
        "mail.reminder.request": "Bitte zahlen Sie den Betrag in den nächsten Tagen. Falls Sie das schon "
        "getan haben, betrachten Sie diese Nachricht bitte als erledigt.",
        "mail.ticket_reply.subject": "Re: {subject} [Ticket {reference}]",
        "mail.ticket_reply.subject_without_subject": "Re: Ihre Anfrage [Ticket {reference}]",
        "mail.ticket_reply.asked": "Am {asked_at} haben Sie uns geschrieben:",
        "mail.ticket_reply.footer": "Mit dieser Nachricht beantwortet {tenant} Ihre Anfrage "
        "(Ticket {reference}).",
    },
    "en": {
        "order_placed.title": "New order!",
        "order_placed.text": "A web order of {amount} has arrived.",
        "order_placed.text_without_amount": "A web order has arrived.",
        "order_cancelled.title": "Order cancelled",
        "order_cancelled.text": "A web order of {amount} was cancelled.",
        "order_cancelled.text_without_amount": "A web order was cancelled.",
        "ticket_opened.title": "New ticket",
        "ticket_opened.text": "{email} writes: {subject}",
        "ticket_opened.text_without_email": "An enquiry has arrived: {subject}",
        "transaction_created.title": "New sale",
        "transaction_created.text": "A sale of {amount} has arrived.",
        "transaction_refunded.title": "Refund",
        "transaction_refunded.text": "Of the sale {external_id} of {amount}, {refunded} are refunded.",
        "transaction_disputed.title": "Payment disputed",
        "transaction_disputed.text": "There is news of a dispute about the sale {external_id} of {amount}.",
        "payment_succeeded.title": "Payment received",
        "payment_succeeded.text": "{amount} have arrived for the invoice {invoice_ref}.",
        "payment_failed.title": "Payment failed",
        "payment_failed.text": "The payment of {amount} for the invoice {invoice_ref} failed.",
        "privacy_requested.title": "Privacy request",
        "privacy_requested.text": "A request about personal data is to be dealt with by {due_at}.",
        "source_disconnected.title": "Connection cut",
        "source_disconnected.text": "{plugin} has cut the connection {name}.",
        "ticket_assigned.title": "A ticket for you",
        "ticket_assigned.text": "{by} assigned a ticket to you: {subject}",
        "ticket_assigned.text_without_by": "A ticket was assigned to you: {subject}",
        "transaction_assigned.title": "A sale for you",
        "transaction_assigned.text": "{by} assigned the sale {external_id} of {amount} to you.",
        "transaction_assigned.text_without_by": "The sale {external_id} of {amount} was assigned to you.",
        "transactions_assigned.title": "Sales for you",
        "transactions_assigned.text": "{by} assigned {number} sales to you.",
        "transactions_assigned.text_without_by": "{number} sales were assigned to you.",
        "endpoint_disabled.title": "Webhook switched off",
        "endpoint_disabled.gone": "{url} answered 410 and gets no more events.",
        "endpoint_disabled.failing": "{url} has not been reachable since {since} and gets no more events.",
        "mail.greeting": "Hello,",
        "mail.order": "Order",
        "mail.number": "Number",
        "mail.customer": "Customer",
        "mail.received": "Received",
        "mail.article": "Article",
        "mail.quantity": "Quantity",
        "mail.price": "Amount",
        "mail.total": "Total",
        "mail.order_to_team.subject": "New order of {amount}",
        "mail.order_to_team.subject_without_amount": "New order",
        "mail.order_to_team.footer": "This message goes to all members of {tenant}.",
        "mail.order_confirmation.subject": "Your order at {tenant}",
        "mail.order_confirmation.text": "thank you for your order. We have received it and are working "
        "on it.",
        "mail.order_confirmation.footer": "Kind regards\n{tenant}",
        "mail.notice.subject": "{title} – {tenant}",
        "mail.notice.footer": "You chose this message in your account at {tenant}, under “Notifications”.",
        "mail.invoice.subject": "Invoice {number} from {company}",
        "mail.invoice.text": "here is our invoice {number} of {issued_on} for {amount}.",
        "mail.invoice.request": "Please pay the amount by {due_on}.",
        "mail.invoice.attached": "You will find it attached as a PDF.",
        "mail.invoice.look": "View the invoice online",
        "mail.invoice.file": "Invoice",
        "mail.invoice.receiver": "Payee",
        "mail.invoice.reference": "Payment reference",
        "mail.invoice.regards": "Kind regards",
        "mail.reminder.subject": "Payment reminder: invoice {number} from {company}",
        "mail.reminder.text": "you may have overlooked it: our invoice {number} of {issued_on} was due on "
        "{due_on}, and {amount} are still open.",
        "mail.reminder.request": "Please pay the amount within the next few days. If you have done so "
        "already, please disregard this message.",
        "mail.ticket_reply.subject": "Re: {subject} [Ticket {reference}]",
        "mail.ticket_reply.subject_without_subject": "Re: Your enquiry [Ticket {reference}]",
        "mail.ticket_reply.asked": "On {asked_at} you wrote to us:",
        "mail.ticket_reply.footer": "With this message {tenant} answers your enquiry (ticket {reference}).",
    },
}


class Texts:
    """The words of one locale: ``say`` takes them from the catalogue of its language, or from the
    English one where the language has none."""

    def __init__(self, locale: str, timezone: str) -> None:
        self._locale = _parsed(locale)
        self._zone = ZoneInfo(timezone)
        language = self._locale.language
        self.language = language if language in CATALOGUE else DEFAULT_LANGUAGE

    @staticmethod
    def of(tenant: hub.Tenant) -> "Texts":
        """The words of a tenant."""
        return _of(tenant.locale, tenant.timezone)

    def __contains__(self, key: str) -> bool:
        return key in CATALOGUE[self.language]

    def say(self, key: str, **values: str) -> str:
        """The text, filled in. What is filled in is never a pattern itself."""
        return CATALOGUE[self.language][key].format(**values)

    def amount(self, amount: Decimal | None, currency: str | None) -> str | None:
        """Such as ``149,90 €``, with plain spaces: the text is compared, cut and mailed."""
        if amount is None or currency is None:
            return None
        return _written(amount, currency, self._locale)

    def moment(self, at: datetime) -> str:
        """Date and time in the tenant's zone."""
        written: str = format_datetime(at, "medium", tzinfo=self._zone, locale=self._locale)
        return written.replace("\u202f", " ")

    def date(self, at: datetime) -> str:
        """The date in the tenant's zone, short."""
        written: str = format_date(at.astimezone(self._zone), "medium", locale=self._locale)
        return written

    def day(self, at: datetime) -> str:
        """The date in the tenant's zone, as it stands in a letter."""
        written: str = format_date(at.astimezone(self._zone), "long", locale=self._locale)
        return written


@lru_cache(maxsize=256)
def _of(locale: str, timezone: str) -> Texts:
    """To look a locale up costs as much as to read a record."""
    return Texts(locale, timezone)


def _parsed(locale: str) -> Locale:
    try:
        return Locale.parse(locale.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale(DEFAULT_LANGUAGE)


@lru_cache(maxsize=1024)
def _written(amount: Decimal, currency: str, locale: Locale) -> str:
    """Prices come again and again, and to write one costs as much as to store four notifications."""
    written: str = format_currency(amount, currency, locale=locale)
    return written.replace("\u00a0", " ").replace("\u202f", " ")
