"""The answers: the document's success body to the letter, its status codes, German errors."""

from uuid import UUID

import pytest
from hub_lead_api import plugin
from hub_lead_api.answers import FAILED, MESSAGES, REFUSED

import hub
from hub.contract import errors

EVENT = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


@pytest.fixture
def respond(lead_request):
    def respond(kind, status, **more):
        return plugin.respond(lead_request(), hub.Outcome(kind=hub.OutcomeKind(kind), status=status, **more))

    return respond


def refusal(error):
    return {"status": error.status, "reason": error.code, "message": error.message}


@pytest.mark.parametrize("kind", ["processed", "skipped"])
@pytest.mark.parametrize("event_type", ["order", "ticket"])
def test_success_is_the_document_s_to_the_letter(respond, kind, event_type):
    reply = respond(kind, 200, event_type=event_type, event_id=EVENT)
    assert reply.status == 200
    assert reply.body == {"status": "success", "message": "Daten verarbeitet", "type": event_type}
    assert reply.headers == {"X-Event-Id": str(EVENT)}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (hub.AuthenticationError("no key", code="missing_key"), 401, "missing_key"),
        (hub.ForbiddenError("ill-formed", code="malformed_key"), 403, "malformed_key"),
        (hub.PayloadError("bad", code="invalid_json"), 400, "invalid_json"),
        (hub.PayloadError("type is required", code="missing_field"), 400, "missing_field"),
        (hub.PayloadError("no such type", code="unknown_type"), 400, "unknown_type"),
        (hub.ContentTypeError("a form"), 400, "unsupported_content_type"),
        (hub.ContentTypeError("gzip", code="unsupported_encoding"), 400, "unsupported_encoding"),
        (errors.TooLargeError("big"), 413, "body_too_large"),
        (errors.RateLimitError("often"), 429, "too_many_requests"),
        (hub.ConflictError("other body"), 409, "idempotency_conflict"),
    ],
)
def test_refusal_says_why_in_german(respond, error, status, code):
    reply = respond("rejected", **refusal(error))
    expected = {"status": "error", "code": code, "message": MESSAGES[code], "detail": error.message}
    assert (reply.status, reply.body) == (status, expected)


def test_wrong_key_and_unknown_tenant_get_the_same_answer(respond):
    wrong = respond("rejected", **refusal(hub.ForbiddenError("wrong")), event_id=EVENT)
    unknown = respond("rejected", **refusal(errors.NotConnectedError("nothing here")))
    assert wrong == unknown
    assert wrong.status == 403
    assert wrong.body == {"status": "error", "code": "invalid_key", "message": MESSAGES["invalid_key"]}


@pytest.mark.parametrize(("status", "headers"), [(500, {}), (503, {"Retry-After": "30"})])
def test_failure_asks_to_send_again(respond, status, headers):
    reply = respond("failed", status, retry_after=30 if headers else None)
    assert reply == hub.Reply(
        status=status, body={"status": "error", "code": "failed", "message": FAILED}, headers=headers
    )


def test_unknown_reason_has_a_sentence_too(respond):
    reply = respond("rejected", 400, reason="something_new", message="Something new.")
    assert reply.body == {
        "status": "error",
        "code": "something_new",
        "message": REFUSED,
        "detail": "Something new.",
    }


@pytest.mark.parametrize("kind", list(hub.OutcomeKind))
@pytest.mark.parametrize("status", [200, 202, 400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503])
def test_no_outcome_makes_it_raise(respond, kind, status):
    reply = respond(kind, status)
    assert reply.body["status"] == ("success" if status < 300 else "error")
