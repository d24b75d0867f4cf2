"""What the API says when a request is refused: problem details (RFC 9457), each with a type that leads to its
explanation, and a detail that tells what to change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response

from hub.api.standing import DOCS
from hub.support import jsontext

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its status, its title, and what it means."""

    status: int
    title: str
    meaning: str


KINDS: Mapping[str, Kind] = {
    "malformed": Kind(
        400,
        "The request cannot be read",
        "The body is not one valid JSON object, a parameter is unknown, given twice or of the wrong form, or "
        "a cursor is not one that the hub gave. The detail, or each entry of `errors`, says which.",
    ),
    "unauthenticated": Kind(
        401,
        "No valid access key",
        "Send `Authorization: Bearer hub_…` with an access key that is neither revoked nor expired. Owners "
        "and admins make keys in the settings of their company.",
    ),
    "insufficient-scope": Kind(
        403,
        "The access key may not do this",
        "The key is valid, but lacks the scope that the operation needs. Make a key that has it.",
    ),
    "not-found": Kind(
        404,
        "There is no such thing",
        "The path is unknown, or nothing of your company has this id. Things of others look the same.",
    ),
    "method-not-allowed": Kind(
        405, "The path does not take this method", "The header `Allow` lists the methods that it takes."
    ),
    "conflict": Kind(
        409,
        "The present state does not allow this",
        "What was asked for contradicts what is there, such as a name that is taken. The detail says what.",
    ),
    "request-in-progress": Kind(
        409,
        "A request with this idempotency key is under way",
        "Another request with the same `Idempotency-Key` has not been answered yet. Repeat yours after the "
        "time in `Retry-After`: it then gets the other one's answer.",
    ),
    "too-large": Kind(413, "The body is too large", "Send a smaller body; the detail tells the limit."),
    "unsupported-media-type": Kind(
        415,
        "The body is not JSON",
        "Send the body as JSON in UTF-8, uncompressed, with `Content-Type: application/json`.",
    ),
    "invalid": Kind(
        422,
        "A value does not fit",
        "The body is JSON, but a value in it is missing, unknown or not allowed. Each entry of `errors` "
        "names one by a JSON pointer.",
    ),
    "idempotency-key-reused": Kind(
        422,
        "The idempotency key was used for something else",
        "An `Idempotency-Key` stands for one request. Take a new one for each new request.",
    ),
    "rate-limited": Kind(
        429,
        "Too many requests",
        "Wait for the seconds in `Retry-After`; of exports, until one has ended. `RateLimit-Limit`, "
        "`RateLimit-Remaining` and `RateLimit-Reset` in every answer tell how much is left.",
    ),
    "internal": Kind(
        500,
        "The hub failed",
        "The failure was recorded; tell the operator the `instance`. Repeating the request is safe with the "
        "same `Idempotency-Key`.",
    ),
    "unavailable": Kind(
        503, "Not available just now", "The database does not answer. Repeat the request in some seconds."
    ),
}


class Problem(Exception):  # noqa: N818 - a refusal, as RFC 9457 calls it
    """Ends a request with this answer. ``errors`` are several faults, each with its place."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        instance: str | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.instance = instance

    @property
    def status(self) -> int:
        """The status of the answer."""
        return KINDS[self.kind].status

    def body(self, base_url: str) -> dict[str, Any]:
        """The members of the answer."""
        told: dict[str, Any] = {
            "type": type_of(self.kind, base_url),
            "title": KINDS[self.kind].title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            told["errors"] = [dict(error) for error in self.errors]
        return told | ({"instance": self.instance} if self.instance else {})

    def response(self, base_url: str) -> Response:
        """The answer."""
        return Response(
            jsontext.encode(self.body(base_url)), self.status, self.headers, content_type=MEDIA_TYPE
        )


def type_of(kind: str, base_url: str) -> str:
    """The address at which a kind of problem is explained."""
    return f"{base_url.rstrip('/')}{DOCS}/problems#{kind}"


def not_found(what: str) -> Problem:
    """Nothing of the tenant has this id."""
    return Problem("not-found", f"Your company has no such {what}.")
