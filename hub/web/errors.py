"""Pages for what went wrong: they say what the person can do, and nothing about the inside."""

import secrets as random

import structlog
from flask import Flask, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from hub.records.database import DatabaseUnavailable

log = structlog.get_logger()

KNOWN = (400, 403, 404, 405, 409, 413, 429, 500, 503)


def set_up(app: Flask) -> None:
    """Show these pages instead of the framework's."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DatabaseUnavailable, _unavailable)
    app.register_error_handler(Exception, _unexpected)


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if error.response is not None or code < 400:
        return error.get_response()
    return _page(code)


def _unavailable(_error: DatabaseUnavailable) -> ResponseReturnValue:
    log.exception("page_without_database")
    return (*_page(503), {"Retry-After": "5"})


def _unexpected(_error: Exception) -> ResponseReturnValue:
    """The reference leads from the page to the log."""
    reference = random.token_hex(4)
    log.exception("page_failed", reference=reference)
    return _page(500, reference)


def _page(code: int, reference: str | None = None) -> tuple[str, int]:
    title, text = _words(code)
    return render_template("error.html", code=code, title=title, text=text, reference=reference), code


def _words(code: int) -> tuple[str, str]:
    match code:
        case 400:
            return _("Das hat nicht geklappt"), _(
                "Die Seite war zu lange geöffnet, oder die Anfrage war unvollständig. "
                "Bitte gehen Sie zurück, laden Sie die Seite neu und versuchen Sie es noch einmal."
            )
        case 403:
            return _("Dafür fehlt Ihnen die Berechtigung"), _(
                "Bitten Sie einen Inhaber Ihres Unternehmens, die Aufgabe zu übernehmen "
                "oder Ihre Rolle zu ändern."
            )
        case 404 | 405:
            return _("Diese Seite gibt es nicht"), _(
                "Vielleicht wurde sie verschoben oder gelöscht, oder die Adresse enthält einen Tippfehler."
            )
        case 409:
            return _("Dieses Plugin ist ausgeschaltet"), _(
                "Was es angelegt hat, bleibt lesbar. Um etwas zu ändern, schalten Sie das Plugin "
                "unter „Integrationen“ wieder ein."
            )
        case 413:
            return _("Das war zu viel auf einmal"), _("Bitte senden Sie kleinere Dateien oder kürzere Texte.")
        case 429:
            return _("Zu viele Versuche"), _(
                "Bitte warten Sie einige Minuten und versuchen Sie es dann erneut."
            )
        case 503:
            return _("Gerade nicht erreichbar"), _(
                "Die Datenbank antwortet nicht. Bitte versuchen Sie es gleich noch einmal."
            )
        case _:
            return _("Da ist etwas schiefgegangen"), _(
                "Der Fehler wurde aufgezeichnet. Bitte versuchen Sie es noch einmal; "
                "wenn er wieder auftritt, nennen Sie dem Betreiber die Kennung."
            )
