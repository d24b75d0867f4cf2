"""Stripe's webhook signature, checked and made by Stripe's own library.

Source: https://docs.stripe.com/webhooks#verify-manually
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import stripe

import hub
from hub.contract.schemes import TOLERANCE, check_timestamp, read_timestamp, required_secrets, wrong_signature

HEADER = "Stripe-Signature"


@dataclass(frozen=True, kw_only=True)
class StripeSignature:
    """``Stripe-Signature: t=<unix time>,v1=<hex>``, with several ``v1`` while a secret is rolled.

    The library compares; the time is checked here, against the moment of receipt and in both
    directions: the library asks the machine's clock, which would refuse every replay, and takes a
    timestamp from the future (stripe 16.1, ``WebhookSignature.verify_header``).
    """

    tolerance: timedelta = TOLERANCE
    timestamped: bool = field(default=True, init=False)

    @property
    def same_as(self) -> hub.Scheme:
        """The hub's scheme that makes the same header, for which code samples are known."""
        return hub.schemes.TimestampedHmac(header=HEADER, tolerance=self.tolerance)

    def verify(self, inbound: hub.Inbound, connection: hub.Connection) -> None:
        header = inbound.headers.get(HEADER, "").strip()
        if not header:
            raise hub.AuthenticationError(f"The header {HEADER} is missing.", code="missing_signature")
        check_timestamp(_timestamp(header), inbound.received_at, self.tolerance)
        body = _text(inbound.body)
        # every secret is tried, so that the time taken does not tell which one matched
        matches = [_made_by(secret, header, body) for secret in required_secrets(inbound, connection)]
        if not any(matches):
            raise wrong_signature(HEADER)

    def sign(self, outgoing: hub.Outgoing, secret: str, at: datetime) -> hub.Outgoing:
        made = stripe.WebhookSignature.generate_signature_header(
            outgoing.body.decode(), secret, timestamp=int(at.timestamp())
        )
        return outgoing.with_header(HEADER, made)


def _timestamp(header: str) -> int:
    """The header's time, where the header has the shape that the library can be given: it takes
    ``t=1_0`` for a number, and other than ASCII letters end it with a TypeError."""
    pairs = [part.partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in pairs if name == "t"]
    macs = [value for name, _, value in pairs if name == "v1" and value]
    if not header.isascii() or len(stamps) != 1 or not macs:
        raise hub.AuthenticationError(
            f"The header {HEADER} must read t=<unix time>,v1=<hex>.", code="malformed_signature"
        )
    return read_timestamp(stamps[0], HEADER)


def _text(body: bytes) -> str:
    """The body as the library wants it. Stripe sends UTF-8 only, so other bytes are not Stripe's."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise wrong_signature(HEADER) from None


def _made_by(secret: str, header: str, body: str) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body, header, secret)
    except stripe.SignatureVerificationError:
        return False
    return True
