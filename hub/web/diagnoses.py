"""What the doctor finds, in words: what it means, what to do about it, and where."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, url_for
from flask_babel import lazy_gettext as _

from hub.registry.doctor import Finding
from hub.web import formats, words

LEVELS = {
    "error": words.Word(_("Gestört"), "red"),
    "warning": words.Word(_("Zu beheben"), "orange"),
    "note": words.Word(_("Hinweise"), "blue"),
}


@dataclass(frozen=True)
class Diagnosis:
    """What a kind of finding means and what to do about it. ``detail`` says what is special to one of them;
    ``endpoint`` is the page where something can be done."""

    title: Any
    advice: Any
    detail: Any = ""
    endpoint: str = ""


_NUMBER = _("Anzahl: %(number)s")
_AGE = _("Alter: %(age)s")

DIAGNOSES = {
    "not_migrated": Diagnosis(
        _("Die Tabellen passen nicht zur installierten Version"),
        _("Führen Sie „hub db upgrade“ aus und starten Sie den Server neu."),
    ),
    "plugin_quarantined": Diagnosis(
        _("Plugins, die nicht geladen werden konnten"),
        _("Beheben Sie die Ursache oder deinstallieren Sie das Paket, dann starten Sie den Server neu."),
        endpoint="operator.plugins",
    ),
    "pages_broken": Diagnosis(
        _("Plugins, deren Seiten fehlen"),
        _("Das Plugin arbeitet, aber seine Seiten lassen sich nicht laden. Installieren Sie es neu."),
        endpoint="operator.plugins",
    ),
    "worker_missing": Diagnosis(
        _("Niemand arbeitet die Warteschlangen ab"),
        _("Starten Sie „hub worker“ oder prüfen Sie, ob der Dienst noch läuft."),
        _("%(number)s fällig, die erste seit %(since)s"),
        "operator.queues",
    ),
    "plugin_gone": Diagnosis(
        _("Verbindungen, deren Plugin nicht installiert ist"),
        _("Installieren Sie das Plugin wieder. Was die Verbindung empfangen hat, bleibt erhalten."),
        endpoint="integrations.show",
    ),
    "secrets_unreadable": Diagnosis(
        _("Secrets, die sich nicht entschlüsseln lassen"),
        _(
            "Nehmen Sie den früheren Schlüssel in HUB_SECRET_KEY wieder auf, oder hinterlegen Sie die "
            "Secrets neu."
        ),
        endpoint="integrations.show",
    ),
    "settings_unreadable": Diagnosis(
        _("Einstellungen, die zu einer anderen Version des Plugins gehören"),
        _("Speichern Sie die Einstellungen der Verbindung neu."),
        endpoint="integrations.show",
    ),
    "url_insecure": Diagnosis(
        _("Die öffentliche Adresse ist nicht verschlüsselt"),
        _("Stellen Sie einen Proxy mit TLS davor und tragen Sie die Adresse mit https in HUB_BASE_URL ein."),
        _("eingetragen: %(url)s"),
    ),
    "url_other": Diagnosis(
        _("Die öffentliche Adresse stimmt nicht"),
        _("Tragen Sie in HUB_BASE_URL die Adresse ein, die Absender wirklich verwenden."),
        _("eingetragen: %(url)s; %(number)s der letzten Anfragen kamen an %(host)s"),
    ),
    "proxy_untrusted": Diagnosis(
        _("Dem Proxy wird nicht vertraut"),
        _(
            "Setzen Sie HUB_PROXY_HOPS auf die Zahl der Proxys. Sonst gelten deren Adresse und Host als die "
            "des Absenders."
        ),
        _("%(number)s der letzten Anfragen kamen über einen Proxy"),
    ),
    "clock_own": Diagnosis(
        _("Die Uhr dieses Servers geht wahrscheinlich nach"),
        _("Stellen Sie die Uhr dieses Servers mit NTP."),
        _("%(number)s Verbindungen erhalten Signaturen aus der Zukunft"),
    ),
    "clock_database": Diagnosis(
        _("Die Uhren von Server und Datenbank laufen auseinander"),
        _("Stellen Sie beide Uhren mit NTP."),
        _("Unterschied: %(difference)s"),
    ),
    "role_unbound": Diagnosis(
        _("PostgreSQL hält die Mandanten nicht selbst auseinander"),
        _(
            "Verbinden Sie den Hub mit einer Rolle, die weder SUPERUSER noch BYPASSRLS hat. Dann verwehrt "
            "auch die Datenbank den Zugriff auf Daten anderer Mandanten."
        ),
        _("Rolle: %(role)s"),
    ),
    "clock_ahead": Diagnosis(
        _("Absender, deren Uhr vorgeht"),
        _("Ihre Signaturen liegen in der Zukunft und werden abgelehnt. Stellen Sie die Uhr des Absenders."),
        _NUMBER,
        "integrations.show",
    ),
    "clock_behind": Diagnosis(
        _("Absender, deren Signaturen zu alt sind"),
        _(
            "Stellen Sie die Uhr des Absenders. Geht sie richtig, sendet er verspätet oder wiederholt eine "
            "alte Signatur."
        ),
        _NUMBER,
        "integrations.show",
    ),
    "no_secret": Diagnosis(
        _("Quellen ohne Secret"),
        _("Jede Anfrage wird abgelehnt, bis das Secret des Absenders hinterlegt ist."),
        endpoint="integrations.show",
    ),
    "secret_old": Diagnosis(
        _("Alte Secrets"),
        _("Wechseln Sie das Secret. Das alte gilt noch eine Weile, sodass kein Ereignis verloren geht."),
        _AGE,
        "integrations.show",
    ),
    "key_old": Diagnosis(
        _("Alte API-Keys"),
        _("Erzeugen Sie einen neuen API-Key, stellen Sie den Absender um und deaktivieren Sie den alten."),
        _AGE,
        "settings.api",
    ),
    "cut": Diagnosis(
        _("Verbindungen, die von der Gegenseite getrennt wurden"),
        _("Verbinden Sie sie neu, wenn Sie sie noch brauchen."),
        endpoint="integrations.show",
    ),
    "silent": Diagnosis(
        _("Quellen, die länger schweigen als sonst"),
        _("Prüfen Sie beim Absender, ob er noch sendet und ob die Adresse dort noch stimmt."),
        _("zuletzt %(since)s; längste Pause bisher: %(usual)s"),
        "integrations.show",
    ),
    "endpoint_disabled": Diagnosis(
        _("Abgeschaltete Ziele für ausgehende Webhooks"),
        _(
            "Das Ziel war zu lange nicht erreichbar. Klären Sie das mit dem Empfänger, dann schalten Sie es "
            "wieder ein."
        ),
        endpoint="integrations.index",
    ),
    "job_failing": Diagnosis(
        _("Regelmäßige Aufgaben, die fehlschlagen"),
        _("Die Aufgabe wird wiederholt. Beheben Sie die Ursache; der ganze Fehler steht in „hub jobs list“."),
        endpoint="operator.queues",
    ),
    "deliveries_dead": Diagnosis(
        _("Aufgegebene Zustellungen"),
        _("Sehen Sie sich den Fehler an und senden Sie sie erneut."),
        _NUMBER,
        "operator.dead",
    ),
    "effects_dead": Diagnosis(
        _("Aufgegebene Folgen"),
        _("Beheben Sie die Ursache im Plugin, dann lassen Sie sie erneut ausführen."),
        _NUMBER,
        "operator.dead",
    ),
    "events_failed": Diagnosis(
        _("Fehlgeschlagene Ereignisse"),
        _("Sehen Sie sich den Fehler an und verarbeiten Sie die Ereignisse erneut."),
        _NUMBER,
        "events.work",
    ),
    "url_local": Diagnosis(
        _("Die öffentliche Adresse gilt nur auf diesem Rechner"),
        _("Tragen Sie in HUB_BASE_URL die Adresse ein, unter der Absender diese Installation erreichen."),
        _("eingetragen: %(url)s"),
    ),
    "unsigned": Diagnosis(
        _("Integrationen, die Anfragen ohne Signatur annehmen"),
        _(
            "Wer eine solche Anfrage mitliest, kann andere senden. Lassen Sie den Absender unterschreiben, "
            "wenn er es kann."
        ),
        _("angenommen: %(proofs)s"),
        "integrations.show",
    ),
    "events_rejected": Diagnosis(
        _("Abgelehnte Ereignisse in Quarantäne"),
        _("Meist unterscheiden sich die Secrets auf beiden Seiten. Danach lassen sie sich erneut prüfen."),
        _NUMBER,
        "events.work",
    ),
    "events_parked": Diagnosis(
        _("Ereignisse, die auf ihren Verkauf warten"),
        _("Es ist nichts zu tun, solange der Verkauf noch eintreffen kann."),
        _NUMBER,
        "events.work",
    ),
}

SUBJECTS = {"worker": _("Warteschlangen"), "clock": _("Uhr"), "database": _("Datenbank")}
"""Subjects that are no names of anything."""

QUEUES = {"deliveries_dead": "deliveries", "effects_dead": "effects"}
"""Which of the two lists of what was given up a finding leads to."""


@dataclass(frozen=True)
class Place:
    """One finding of a kind, as it stands in the list."""

    subject: str
    detail: str
    reason: str
    url: str | None


def place(finding: Finding) -> Place:
    """What is special to a finding, and where to go."""
    said = {name: _said(value) for name, value in finding.values.items()}
    diagnosis = DIAGNOSES[finding.kind]
    detail = str(diagnosis.detail)
    return Place(
        subject=str(SUBJECTS.get(finding.subject, finding.subject)),
        detail=detail % said if detail else "",
        reason=said.get("reason", ""),
        url=_url(finding, diagnosis.endpoint),
    )


def _url(finding: Finding, endpoint: str) -> str | None:
    if not endpoint:
        return None
    wanted: dict[str, Any] = {}
    if finding.kind in QUEUES:
        wanted = {"queue": QUEUES[finding.kind], "of": finding.tenant}
    elif current_app.url_map.is_endpoint_expecting(endpoint, "tenant"):
        wanted = {"tenant": finding.tenant}
    if current_app.url_map.is_endpoint_expecting(endpoint, "connection_id"):
        wanted["connection_id"] = finding.connection_id
    return url_for(endpoint, **wanted)


def _said(value: Any) -> str:
    match value:
        case datetime():
            return formats.moment(value)
        case timedelta():
            return formats.duration(value)
        case int():
            return formats.number(value)
        case _:
            return str(value)
