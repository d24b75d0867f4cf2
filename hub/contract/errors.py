"""What can go wrong with a request, each with the HTTP status and a message for its sender.

A message tells the person who set the sender up what to do; it never repeats a secret.
"""

from typing import ClassVar


class ContractError(Exception):
    """A plugin breaks the contract (a bad manifest, a misplaced receiver); found at start-up."""


class RequestError(Exception):
    """The request is refused: the fault is the sender's, and the same request fails again.

    ``status`` is the HTTP status of the answer, ``code`` a stable machine-readable reason.
    """

    status: ClassVar[int] = 400
    code: str = "bad_request"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class AuthenticationError(RequestError):
    """The sender did not prove who it is. Codes: ``missing_signature``, ``invalid_signature``,
    ``malformed_signature``, ``stale_timestamp``, ``future_timestamp``, ``no_secret``,
    ``missing_key``."""

    status = 401
    code = "invalid_signature"


class ForbiddenError(AuthenticationError):
    """A credential was given, and it is wrong or switched off."""

    status = 403
    code = "invalid_key"


class PayloadError(RequestError):
    """The body cannot be read as what it should be. ``path`` names the field, such as
    ``customer.email``; it is empty where the body as a whole is wrong."""

    code = "invalid_payload"

    def __init__(self, message: str, *, code: str | None = None, path: str = "") -> None:
        super().__init__(message, code=code)
        self.path = path


class ContentTypeError(RequestError):
    """The body is declared as something that this address does not take."""

    status = 415
    code = "unsupported_content_type"


class TooLargeError(RequestError):
    """The body is larger than the installation allows."""

    status = 413
    code = "body_too_large"


class RateLimitError(RequestError):
    """The sender asks too often; the answer names the seconds to wait in ``Retry-After``."""

    status = 429
    code = "too_many_requests"


class NotConnectedError(RequestError):
    """Nothing is switched on at this address. The same answer is given for an unknown tenant and
    for a plugin that is off, so that nobody can find out which tenants exist."""

    status = 404
    code = "not_connected"


class ConflictError(RequestError):
    """The idempotency key was used before, for another body."""

    status = 409
    code = "idempotency_conflict"
