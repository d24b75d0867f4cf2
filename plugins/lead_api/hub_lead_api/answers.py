"""The lead API's answers: the document's success body to the letter, and errors as German JSON.

The document fixes 200, 400, 401, 403 and 500. What it has no word for keeps its own status: 409,
413, 429 and 503.
"""

import hub

FORMAT_ERROR = 400
WRONG_KEY = 403

MESSAGES = {
    "missing_key": "Der API-Key fehlt. Senden Sie ihn im HTTP-Header X-API-KEY mit.",
    "invalid_key": "Der API-Key ist falsch oder wurde deaktiviert.",
    "malformed_key": "Der API-Key ist unvollständig. Er beginnt mit crm_, einer Nummer und _.",
    "empty_body": "Die Anfrage ist leer. Senden Sie die Daten als JSON-Objekt.",
    "not_utf8": "Die Daten sind nicht in UTF-8 kodiert.",
    "invalid_json": "Die Daten sind kein gültiges JSON.",
    "duplicate_key": "Ein Feld kommt im JSON doppelt vor.",
    "too_deep": "Das JSON ist zu tief verschachtelt.",
    "number_out_of_range": "Eine Zahl im JSON ist zu groß oder hat zu viele Stellen.",
    "missing_field": "Ein Pflichtfeld fehlt: type und email sind immer nötig, bei Tickets auch message.",
    "wrong_type": "Ein Feld hat den falschen Datentyp.",
    "invalid_value": 'Das Feld type muss "order" oder "ticket" sein.',
    "unknown_type": 'Das Feld type muss "order" oder "ticket" sein.',
    "invalid_email": "Das Feld email enthält keine gültige E-Mail-Adresse.",
    "invalid_amount": "Das Feld total ist kein gültiger Betrag. Senden Sie eine Zahl wie 49.90.",
    "out_of_range": "Eine Zahl ist zu groß oder zu klein.",
    "too_long": "Ein Feld ist zu lang.",
    "unsupported_content_type": "Senden Sie die Daten als JSON, mit Content-Type: application/json.",
    "malformed_form": "Die Daten sind nicht das Formular, das Content-Type ankündigt.",
    "file_sent": "Dateien werden nicht angenommen. Senden Sie das Formular ohne Dateien.",
    "too_many_fields": "Das Formular hat zu viele Felder.",
    "contradictory_fields": "Die Namen der Formularfelder widersprechen einander.",
    "origin_not_allowed": "Von dieser Webseite aus darf nicht gesendet werden.",
    "unsupported_encoding": "Senden Sie die Daten unkomprimiert, ohne Content-Encoding.",
    "body_too_large": "Die Anfrage ist zu groß.",
    "too_many_requests": "Zu viele Anfragen. Versuchen Sie es später erneut.",
    "idempotency_conflict": "Dieser Idempotency-Key wurde schon für andere Daten verwendet.",
}

REFUSED = "Die Anfrage konnte nicht verarbeitet werden."
FAILED = "Interner Serverfehler. Die Daten wurden nicht verarbeitet; bitte senden Sie sie erneut."


def answer(outcome: hub.Outcome) -> hub.Reply:
    """The answer to any outcome; a repetition is answered like the first time."""
    if outcome.ok:
        body = {"status": "success", "message": "Daten verarbeitet", "type": outcome.event_type or ""}
        return hub.Reply(status=200, body=body, headers=_headers(outcome))
    if outcome.reason in ("not_connected", "invalid_key"):
        return wrong_key()
    code = outcome.reason or outcome.kind.value
    message = FAILED if outcome.status >= 500 else MESSAGES.get(code, REFUSED)
    error = {"status": "error", "code": code, "message": message}
    if outcome.message:
        error["detail"] = outcome.message
    status = FORMAT_ERROR if outcome.status == 415 else outcome.status
    return hub.Reply(status=status, body=error, headers=_headers(outcome))


def wrong_key() -> hub.Reply:
    """One answer, to the last byte, for a wrong key, for a tenant that has this or its place switched off
    and for a number that is no tenant's: nobody can count the tenants by asking."""
    body = {"status": "error", "code": "invalid_key", "message": MESSAGES["invalid_key"]}
    return hub.Reply(status=WRONG_KEY, body=body)


def _headers(outcome: hub.Outcome) -> dict[str, str]:
    """What the exact bodies have no room for."""
    headers = {}
    if outcome.event_id is not None:
        headers["X-Event-Id"] = str(outcome.event_id)
    if outcome.retry_after is not None:
        headers["Retry-After"] = str(outcome.retry_after)
    return headers
