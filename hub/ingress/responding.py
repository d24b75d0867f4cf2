"""What a sender is answered, unless its plugin shapes the answer."""

from datetime import datetime

from flask import Response

from hub.contract.outcome import Outcome, Reply
from hub.support import jsontext

SECURITY_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def default_reply(outcome: Outcome) -> Reply:
    """The hub's own answer: the outcome and the event's id, or the error and what to do."""
    body: dict[str, str] = {}
    if outcome.ok:
        body["status"] = outcome.kind.value
    else:
        body |= {"status": "error", "code": outcome.reason or "error", "message": outcome.message or ""}
    if outcome.event_id is not None:
        body["eventId"] = str(outcome.event_id)
    return Reply(status=outcome.status, body=body)


def to_response(reply: Reply, outcome: Outcome, now: datetime) -> Response:
    """The HTTP response for a reply."""
    if isinstance(reply.body, str):
        content, media_type = reply.body.encode(), "text/plain; charset=utf-8"
    else:
        content, media_type = jsontext.encode(reply.body), "application/json"
    headers = {**SECURITY_HEADERS, **reply.headers}
    if outcome.event_id is not None:
        headers["X-Event-Id"] = str(outcome.event_id)
    wait = outcome.retry_after or (60 - now.second if reply.status == 429 else None)
    if wait is not None:
        headers["Retry-After"] = str(wait)
    return Response(content, reply.status, headers, content_type=media_type)
