"""What signature schemes have in common: the request they sign, the secrets they ask for, timestamps,
encodings, and the refusals."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

from hub.contract.errors import AuthenticationError
from hub.contract.inbound import Connection, Inbound
from hub.contract.settings import active_secrets

Encoding = Literal["hex", "base64"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)

TOLERANCE = timedelta(seconds=300)
"""How far a signed timestamp may lie from ``received_at``, in both directions."""


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A request to be sent to a source's address: what ``sign`` takes and completes."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)

    def with_header(self, name: str, value: str) -> "Outgoing":
        """The same request with one more header."""
        return replace(self, headers={**self.headers, name: value})


@runtime_checkable
class Scheme(Protocol):
    """How a source proves who it is.

    ``timestamped`` says whether the signature holds a time, so that an old request can be told
    from a fresh one. A scheme whose request carries the secret itself names where in
    ``credential_headers`` and ``credential_query``: what stands there is never stored.
    """

    @property
    def timestamped(self) -> bool: ...

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        """Return if the request is authentic at ``inbound.received_at``.

        Raises AuthenticationError, which says why not. Without a configured secret every request
        is refused. Comparison takes constant time.
        """

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        """The request, signed with the secret as the provider would at that instant (UTC)."""


def hash_key(key: str) -> str:
    """The SHA-256 of an API key, in hex. Keys are long and random, so no slow hash is needed."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


def required_secrets(inbound: Inbound, connection: Connection) -> Sequence[str]:
    """The secrets that count at ``received_at``, newest first. Refuses where there are none."""
    secrets = active_secrets(connection.settings, inbound.received_at)
    if not secrets:
        raise AuthenticationError(
            "No signing secret is stored for this connection; store the one the sender uses.",
            code="no_secret",
        )
    return secrets


def read_timestamp(text: str, where: str) -> int:
    """A unix time in plain ASCII digits. Raises AuthenticationError for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise AuthenticationError(f"The timestamp in {where} is not a unix time.", code="malformed_signature")
    return int(text)


def check_timestamp(stamp: int, received_at: datetime, tolerance: timedelta) -> None:
    """Refuse a timestamp (unix seconds) that lies too far before or after ``received_at``."""
    # Not datetime.fromtimestamp: it raises for what a sender may well write, a year beyond 9999.
    age = received_at - EPOCH - timedelta(seconds=stamp)
    if age > tolerance:
        raise AuthenticationError(
            f"The signature is {age // SECOND} s old, allowed are {tolerance // SECOND} s.",
            code="stale_timestamp",
        )
    if -age > tolerance:
        raise AuthenticationError(
            "The signature's time lies in the future; set the sender's clock.", code="future_timestamp"
        )


def wrong_signature(where: str) -> AuthenticationError:
    """The refusal for a well-formed signature that no active secret made."""
    return AuthenticationError(
        f"The signature in {where} does not match the body. Compare the secret on both sides, and sign "
        "the exact bytes that are sent.",
        code="invalid_signature",
    )


def decode_mac(text: str, encoding: Encoding, where: str) -> bytes:
    """The bytes of a MAC. Raises AuthenticationError for what is not in that encoding."""
    try:
        if encoding == "hex":
            return binascii.unhexlify(text)
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise AuthenticationError(
            f"The value in {where} is not {encoding}.", code="malformed_signature"
        ) from None


def encode_mac(mac: bytes, encoding: Encoding) -> str:
    """The MAC as text."""
    return mac.hex() if encoding == "hex" else base64.b64encode(mac).decode()


def mac_of(key: bytes, message: bytes, digest: str) -> bytes:
    """The HMAC of a message."""
    return hmac.digest(key, message, digest)


def required_header(inbound: Inbound, *names: str) -> str:
    """The first of these headers that is there, stripped. Refuses where there is none."""
    for name in names:
        if value := inbound.headers.get(name, "").strip():
            return value
    raise AuthenticationError(f"The header {names[0]} is missing.", code="missing_signature")


def require_equal(given: str, inbound: Inbound, connection: Connection, where: str) -> None:
    """Refuse what is none of the connection's secrets. All of them are compared, in constant time."""
    matches = [
        hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())
        for secret in required_secrets(inbound, connection)
    ]
    if not any(matches):
        raise AuthenticationError(f"The secret in {where} is wrong.", code="invalid_signature")
