"""Signature schemes. One object both verifies what arrives and signs what is sent as a sample, so
that receiver, sample sender, tests and code samples come from one place.

A scheme is data. A plugin whose provider does something else brings its own class with the same
two methods.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

from hub.contract.errors import AuthenticationError, ForbiddenError
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


@dataclass(frozen=True, kw_only=True)
class Hmac:
    """HMAC of the raw body in a header: ``X-Signature: sha256=<hex>``."""

    header: str
    digest: str = "sha256"
    encoding: Encoding = "hex"
    prefix: str = ""
    also: tuple[str, ...] = ()
    """Further names of the header; the first that is present counts."""
    timestamped: bool = field(default=False, init=False)

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        given = _required_header(inbound, self.header, *self.also)
        if not given.startswith(self.prefix):
            raise AuthenticationError(
                f"The header {self.header} must start with {self.prefix!r}.", code="malformed_signature"
            )
        mac = decode_mac(given.removeprefix(self.prefix), self.encoding, self.header)
        for secret in required_secrets(inbound, connection):
            if hmac.compare_digest(mac, _mac(secret.encode(), inbound.body, self.digest)):
                return
        raise wrong_signature(self.header)

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        mac = _mac(secret.encode(), outgoing.body, self.digest)
        return outgoing.with_header(self.header, self.prefix + encode_mac(mac, self.encoding))


@dataclass(frozen=True, kw_only=True)
class TimestampedHmac:
    """HMAC over ``<unix time>.<raw body>`` in a header of the shape ``t=<unix time>,v1=<hex>``;
    several ``v1`` may stand there while a secret is being rolled."""

    header: str
    digest: str = "sha256"
    version: str = "v1"
    tolerance: timedelta = TOLERANCE
    timestamped: bool = field(default=True, init=False)

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        stamp, macs = self._parts(_required_header(inbound, self.header))
        check_timestamp(stamp, inbound.received_at, self.tolerance)
        signed = f"{stamp}.".encode() + inbound.body
        for secret in required_secrets(inbound, connection):
            expected = _mac(secret.encode(), signed, self.digest)
            if any(hmac.compare_digest(mac, expected) for mac in macs):
                return
        raise wrong_signature(self.header)

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        stamp = int(at.timestamp())
        mac = _mac(secret.encode(), f"{stamp}.".encode() + outgoing.body, self.digest)
        return outgoing.with_header(self.header, f"t={stamp},{self.version}={mac.hex()}")

    def _parts(self, text: str) -> tuple[int, list[bytes]]:
        pairs = [part.strip().partition("=") for part in text.split(",")]
        stamps = [value for name, _, value in pairs if name == "t"]
        macs = [decode_mac(value, "hex", self.header) for name, _, value in pairs if name == self.version]
        if len(stamps) != 1 or not macs:
            raise AuthenticationError(
                f"The header {self.header} must read t=<unix time>,{self.version}=<hex>.",
                code="malformed_signature",
            )
        return read_timestamp(stamps[0], self.header), macs


@dataclass(frozen=True, kw_only=True)
class StandardWebhooks:
    """The Standard Webhooks scheme, symmetric: ``webhook-id``, ``webhook-timestamp`` and
    ``webhook-signature: v1,<base64>``; the secret is base64 after ``whsec_``.

    Source: https://github.com/standard-webhooks/standard-webhooks. The Svix header names are
    taken too.
    """

    tolerance: timedelta = TOLERANCE
    timestamped: bool = field(default=True, init=False)

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        family = "svix" if "svix-signature" in inbound.headers else "webhook"
        message_id = _required_header(inbound, f"{family}-id")
        given = _required_header(inbound, f"{family}-signature")
        stamp = read_timestamp(_required_header(inbound, f"{family}-timestamp"), f"{family}-timestamp")
        check_timestamp(stamp, inbound.received_at, self.tolerance)
        macs = [
            decode_mac(part.removeprefix("v1,"), "base64", f"{family}-signature")
            for part in given.split(" ")
            if part.startswith("v1,")
        ]
        if not macs:
            raise AuthenticationError(
                f"The header {family}-signature must read v1,<base64>.", code="malformed_signature"
            )
        signed = f"{message_id}.{stamp}.".encode() + inbound.body
        for secret in required_secrets(inbound, connection):
            expected = _mac(self._key(secret), signed, "sha256")
            if any(hmac.compare_digest(mac, expected) for mac in macs):
                return
        raise wrong_signature(f"{family}-signature")

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        message_id = (
            outgoing.headers.get("webhook-id") or "msg_" + hashlib.sha256(outgoing.body).hexdigest()[:24]
        )
        stamp = int(at.timestamp())
        mac = _mac(self._key(secret), f"{message_id}.{stamp}.".encode() + outgoing.body, "sha256")
        return (
            outgoing.with_header("webhook-id", message_id)
            .with_header("webhook-timestamp", str(stamp))
            .with_header("webhook-signature", "v1," + encode_mac(mac, "base64"))
        )

    @staticmethod
    def _key(secret: str) -> bytes:
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError:
            key = b""
        if not key:  # an empty key is one that everybody knows
            raise AuthenticationError(
                "The secret stored for this connection is not base64; store it again as the sender shows it.",
                code="no_secret",
            )
        return key


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """One of the tenant's API keys in a header or, for senders that cannot set one, in the query.

    Only hashes of keys are stored; ``connection.credentials`` holds those of the active ones.
    """

    header: str
    query: str | None = None
    timestamped: bool = field(default=False, init=False)

    @property
    def credential_headers(self) -> tuple[str, ...]:
        """Headers that are a secret in themselves, and masked in the event log."""
        return (self.header,)

    @property
    def credential_query(self) -> tuple[str, ...]:
        """Query parameters that are a secret in themselves, and masked in the event log."""
        return (self.query,) if self.query else ()

    def presented(self, inbound: Inbound) -> str | None:
        """The key that the request carries, the header before the query; ``None`` without one."""
        given = inbound.headers.get(self.header, "").strip()
        if not given and self.query is not None:
            given = inbound.query.get(self.query, "").strip()
        return given or None

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        given = self.presented(inbound)
        if given is None:
            raise AuthenticationError(f"Send the API key in the header {self.header}.", code="missing_key")
        hashed = hash_key(given).encode()
        matches = [hmac.compare_digest(hashed, known.encode()) for known in connection.credentials]
        if not any(matches):
            raise ForbiddenError("The API key is wrong or was deactivated.")

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        return outgoing.with_header(self.header, secret)


@dataclass(frozen=True, kw_only=True)
class SharedToken:
    """The secret itself in a header, for senders that cannot sign."""

    header: str
    prefix: str = ""
    timestamped: bool = field(default=False, init=False)

    @property
    def credential_headers(self) -> tuple[str, ...]:
        """Headers that are a secret in themselves, and masked in the event log."""
        return (self.header,)

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        given = _required_header(inbound, self.header).removeprefix(self.prefix)
        _require_equal(given, inbound, connection, self.header)

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        return outgoing.with_header(self.header, self.prefix + secret)


@dataclass(frozen=True, kw_only=True)
class Basic:
    """HTTP Basic; the stored secret reads ``user:password``."""

    timestamped: bool = field(default=False, init=False)

    @property
    def credential_headers(self) -> tuple[str, ...]:
        """Headers that are a secret in themselves, and masked in the event log."""
        return ("Authorization",)

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        kind, _, coded = _required_header(inbound, "Authorization").partition(" ")
        if kind.lower() != "basic":
            raise AuthenticationError("Use HTTP Basic authentication.", code="malformed_signature")
        given = decode_mac(coded.strip(), "base64", "Authorization").decode("utf-8", "replace")
        _require_equal(given, inbound, connection, "Authorization")

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        return outgoing.with_header("Authorization", "Basic " + base64.b64encode(secret.encode()).decode())


@dataclass(frozen=True, kw_only=True)
class UrlToken:
    """The secret as a query parameter, for senders that can set nothing but an address."""

    query: str = "token"
    timestamped: bool = field(default=False, init=False)

    @property
    def credential_query(self) -> tuple[str, ...]:
        """Query parameters that are a secret in themselves, and masked in the event log."""
        return (self.query,)

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        given = inbound.query.get(self.query, "")
        if not given:
            raise AuthenticationError(f"The address lacks ?{self.query}=…", code="missing_signature")
        _require_equal(given, inbound, connection, f"?{self.query}")

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        return replace(outgoing, query={**outgoing.query, self.query: secret})


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


def _mac(key: bytes, message: bytes, digest: str) -> bytes:
    return hmac.digest(key, message, digest)


def _required_header(inbound: Inbound, *names: str) -> str:
    for name in names:
        if value := inbound.headers.get(name, "").strip():
            return value
    raise AuthenticationError(f"The header {names[0]} is missing.", code="missing_signature")


def _require_equal(given: str, inbound: Inbound, connection: Connection, where: str) -> None:
    matches = [
        hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())
        for secret in required_secrets(inbound, connection)
    ]
    if not any(matches):
        raise AuthenticationError(f"The secret in {where} is wrong.", code="invalid_signature")
