"""Why an event was refused, failed or waits, and what to do about it: in words, by reason code."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _


@dataclass(frozen=True)
class Remedy:
    """What happened, and what somebody can do about it."""

    cause: Any
    advice: Any


_SIGN_AGAIN = _(
    "Vergleichen Sie das Secret auf beiden Seiten. Haben Sie es hier berichtigt, prüfen Sie die Ereignisse "
    "erneut: Was dann echt ist, wird verarbeitet."
)
_FIX_SENDER = _(
    "Berichtigen Sie die Daten beim Absender und lassen Sie ihn das Ereignis noch einmal senden. Derselbe "
    "Inhalt würde wieder abgelehnt."
)
_CLOCK = _(
    "Stellen Sie die Uhr des Absenders richtig (NTP) und lassen Sie ihn das Ereignis noch einmal senden."
)

REMEDIES = {
    "invalid_signature": Remedy(_("Die Signatur passt nicht zum Inhalt"), _SIGN_AGAIN),
    "missing_signature": Remedy(
        _("Die Signatur fehlt"),
        _("Tragen Sie das Secret beim Absender ein, damit er seine Anfragen unterschreibt."),
    ),
    "malformed_signature": Remedy(
        _("Die Signatur hat nicht die erwartete Form"),
        _("Vergleichen Sie Name und Aufbau des Headers mit der Anleitung zur Einrichtung."),
    ),
    "stale_timestamp": Remedy(_("Die Signatur ist zu alt"), _CLOCK),
    "future_timestamp": Remedy(_("Die Signatur liegt in der Zukunft"), _CLOCK),
    "no_secret": Remedy(
        _("Für die Verbindung ist kein Secret hinterlegt"),
        _(
            "Hinterlegen Sie unter Integrationen das Secret des Absenders und prüfen Sie die Ereignisse "
            "erneut."
        ),
    ),
    "missing_key": Remedy(_("Der API-Key fehlt"), _("Senden Sie den API-Key im HTTP-Header X-API-KEY mit.")),
    "invalid_key": Remedy(
        _("Der API-Key ist falsch oder deaktiviert"),
        _("Tragen Sie beim Absender den aktiven API-Key ein und lassen Sie ihn noch einmal senden."),
    ),
    "malformed_key": Remedy(
        _("Der API-Key ist unvollständig"),
        _("Kopieren Sie den API-Key ganz: Er beginnt mit crm_ und einer Nummer."),
    ),
    "not_connected": Remedy(
        _("Unter dieser Adresse ist nichts verbunden"),
        _(
            "Schalten Sie die Verbindung unter Integrationen ein oder berichtigen Sie die Adresse beim "
            "Absender."
        ),
    ),
    "tenant_mismatch": Remedy(
        _("Die Subdomain gehört zu einem anderen Mandanten"),
        _("Verwenden Sie beim Absender genau die Adresse, die unter Integrationen steht."),
    ),
    "other_shop": Remedy(
        _("Das Ereignis kommt von einem anderen Shop"),
        _("Prüfen Sie in den Einstellungen der Verbindung die Domain des Shops."),
    ),
    "invalid_json": Remedy(_("Der Inhalt ist kein gültiges JSON"), _FIX_SENDER),
    "empty_body": Remedy(_("Die Anfrage ist leer"), _FIX_SENDER),
    "not_utf8": Remedy(_("Der Inhalt ist nicht in UTF-8 kodiert"), _FIX_SENDER),
    "duplicate_key": Remedy(_("Ein Feld kommt doppelt vor"), _FIX_SENDER),
    "missing_field": Remedy(_("Ein Pflichtfeld fehlt"), _FIX_SENDER),
    "wrong_type": Remedy(_("Ein Feld hat den falschen Datentyp"), _FIX_SENDER),
    "invalid_value": Remedy(_("Ein Feld hat einen ungültigen Wert"), _FIX_SENDER),
    "invalid_email": Remedy(_("Eine E-Mail-Adresse ist ungültig"), _FIX_SENDER),
    "invalid_amount": Remedy(_("Ein Betrag ist ungültig"), _FIX_SENDER),
    "out_of_range": Remedy(_("Eine Zahl ist zu groß oder zu klein"), _FIX_SENDER),
    "too_long": Remedy(_("Ein Feld ist zu lang"), _FIX_SENDER),
    "too_deep": Remedy(_("Das JSON ist zu tief verschachtelt"), _FIX_SENDER),
    "currency_mismatch": Remedy(
        _("Die Währung passt nicht zum Verkauf"),
        _("Eine Erstattung muss dieselbe Währung haben wie ihr Verkauf. Berichtigen Sie sie beim Absender."),
    ),
    "unknown_type": Remedy(_("Diese Art von Ereignis ist unbekannt"), _FIX_SENDER),
    "topic_mismatch": Remedy(
        _("Inhalt und Thema passen nicht zusammen"),
        _("Prüfen Sie beim Absender, welches Ereignis an diese Adresse gesendet wird."),
    ),
    "thin_event": Remedy(
        _("Das Ereignis enthält keine Daten"),
        _("Stellen Sie den Absender so ein, dass er vollständige Ereignisse sendet („Snapshot“)."),
    ),
    "unsupported_content_type": Remedy(
        _("Der Inhaltstyp wird nicht angenommen"),
        _("Senden Sie den Header Content-Type: application/json mit."),
    ),
    "unsupported_encoding": Remedy(
        _("Der Inhalt ist komprimiert"), _("Senden Sie den Inhalt ohne Content-Encoding.")
    ),
    "body_too_large": Remedy(
        _("Der Inhalt ist zu groß"), _("Teilen Sie die Daten beim Absender auf mehrere Anfragen auf.")
    ),
    "too_many_requests": Remedy(
        _("Zu viele Anfragen in einer Minute"),
        _("Lassen Sie den Absender langsamer senden; abgelehnte Ereignisse muss er wiederholen."),
    ),
    "idempotency_conflict": Remedy(
        _("Die Kennung wurde schon für andere Daten verwendet"),
        _("Lassen Sie den Absender für jedes Ereignis eine eigene Kennung vergeben."),
    ),
    "awaits_sale": Remedy(
        _("Der zugehörige Verkauf fehlt noch"),
        _(
            "Sie müssen nichts tun: Sobald der Verkauf eintrifft, wird das Ereignis von selbst verarbeitet. "
            "Bleibt er aus, lassen Sie ihn vom Absender noch einmal senden."
        ),
    ),
    "internal_error": Remedy(
        _("Im Hub oder in der Integration trat ein Fehler auf"),
        _(
            "Verarbeiten Sie das Ereignis erneut. Schlägt es wieder fehl, geben Sie die Fehlermeldung dem "
            "Betreiber der Installation."
        ),
    ),
    "unsigned_ping": Remedy(
        _("Eine Probe des Shops beim Speichern des Webhooks"),
        _("Sie müssen nichts tun. Die Adresse stimmt; die Bestellungen selbst kommen mit Signatur."),
    ),
    "repeated_key": Remedy(
        _("Dieses Ereignis kam schon einmal"), _("Sie müssen nichts tun: Es wurde nur einmal verarbeitet.")
    ),
    "known_already": Remedy(_("Alles in diesem Ereignis war schon bekannt"), _("Sie müssen nichts tun.")),
    "unknown_event_type": Remedy(
        _("Diese Art von Ereignis wird nicht verwendet"),
        _("Sie müssen nichts tun. Sie können sie beim Absender abbestellen."),
    ),
    "ignored_event_type": Remedy(
        _("Diese Art von Ereignis hat hier keine Bedeutung"),
        _("Sie müssen nichts tun. Sie können sie beim Absender abbestellen."),
    ),
    "nothing_to_record": Remedy(
        _("Das Ereignis enthält nichts, was gespeichert wird"), _("Sie müssen nichts tun.")
    ),
    "honeypot_filled": Remedy(
        _("Spam: Das Honeypot-Feld war ausgefüllt"),
        _("Sie müssen nichts tun. Dem Absender wurde nichts davon gesagt."),
    ),
    "filled_too_fast": Remedy(
        _("Spam: Das Formular war zu schnell ausgefüllt"),
        _("Sie müssen nichts tun. Dem Absender wurde nichts davon gesagt."),
    ),
    "fill_time_unreadable": Remedy(
        _("Spam: Die Ladezeit des Formulars ist keine Zahl"),
        _("Sie müssen nichts tun. Dem Absender wurde nichts davon gesagt."),
    ),
    "origin_not_allowed": Remedy(
        _("Von dieser Webseite aus darf nicht gesendet werden"),
        _("Gehört die Webseite zu Ihnen, tragen Sie sie in den Einstellungen der Integration ein."),
    ),
    "malformed_form": Remedy(_("Der Inhalt ist nicht das angekündigte Formular"), _FIX_SENDER),
    "file_sent": Remedy(_("Das Formular enthält eine Datei"), _("Senden Sie das Formular ohne Dateifeld.")),
    "too_many_fields": Remedy(_("Das Formular hat zu viele Felder"), _FIX_SENDER),
    "contradictory_fields": Remedy(_("Die Feldnamen des Formulars widersprechen einander"), _FIX_SENDER),
}

_OTHER = {
    "failed": REMEDIES["internal_error"],
    "parked": REMEDIES["awaits_sale"],
    "rejected": Remedy(_("Das Ereignis wurde abgelehnt"), _FIX_SENDER),
}


def remedy(outcome: str, reason: str | None) -> Remedy | None:
    """The words for a reason; ``None`` where there is nothing to say."""
    return REMEDIES.get(reason or "") or _OTHER.get(outcome)
