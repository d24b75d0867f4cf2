"""Signature schemes. One object both verifies what arrives and signs what is sent as a sample, so
that receiver, sample sender, tests and code samples come from one place.

A scheme is data. A plugin whose provider does something else brings its own class with the same
two methods; what such a class needs is in ``hub.contract.signing``.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from hub.contract.errors import AuthenticationError, ForbiddenError, PayloadError
from hub.contract.forms import read_pairs
from hub.contract.inbound import Connection, Inbound
from hub.contract.signing import (
    TOLERANCE,
    Encoding,
    Outgoing,
    Scheme,
    check_timestamp,
    decode_mac,
    encode_mac,
    hash_key,
    mac_of,
    read_timestamp,
    require_equal,
    required_header,
    required_secrets,
    wrong_signature,
)

__all__ = [
    "TOLERANCE",
    "ApiKey",
    "Basic",
    "ByHeader",
    "Encoding",
    "Hmac",
    "Outgoing",
    "Scheme",
    "SharedToken",
    "SortedParameters",
    "StandardWebhooks",
    "TimestampedHmac",
    "UrlToken",
    "check_timestamp",
    "hash_key",
    "read_timestamp",
    "required_secrets",
    "wrong_signature",
]


@dataclass(frozen=True, kw_only=True)
class Hmac:
    """HMAC of the raw body in a header: ``X-Signature: sha256=<hex>``."""

    header: str
    """The header with the signature."""
    digest: str = "sha256"
    """The hash, as ``hashlib`` calls it."""
    encoding: Encoding = "hex"
    prefix: str = ""
    """Stands before the signature."""
    also: tuple[str, ...] = ()
    """Further names of the header; the first that is present counts."""
    timestamped: bool = field(default=False, init=False)

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        given = required_header(inbound, self.header, *self.also)
        if not given.startswith(self.prefix):
            raise AuthenticationError(
                f"The header {self.header} must start with {self.prefix!r}.", code="malformed_signature"
            )
        mac = decode_mac(given.removeprefix(self.prefix), self.encoding, self.header)
        for secret in required_secrets(inbound, connection):
            if hmac.compare_digest(mac, mac_of(secret.encode(), inbound.body, self.digest)):
                return
        raise wrong_signature(self.header)

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        mac = mac_of(secret.encode(), outgoing.body, self.digest)
        return outgoing.with_header(self.header, self.prefix + encode_mac(mac, self.encoding))


@dataclass(frozen=True, kw_only=True)
class TimestampedHmac:
    """HMAC over ``<unix time>.<raw body>`` in a header of the shape ``t=<unix time>,v1=<hex>``;
    several ``v1`` may stand there while a secret is being rolled."""

    header: str
    """The header with time and signature."""
    digest: str = "sha256"
    """The hash, as ``hashlib`` calls it."""
    version: str = "v1"
    """The name before the signature."""
    tolerance: timedelta = TOLERANCE
    """How old or early a request may be."""
    timestamped: bool = field(default=True, init=False)

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        stamp, macs = self._parts(required_header(inbound, self.header))
        check_timestamp(stamp, inbound.received_at, self.tolerance)
        signed = f"{stamp}.".encode() + inbound.body
        for secret in required_secrets(inbound, connection):
            expected = mac_of(secret.encode(), signed, self.digest)
            if any(hmac.compare_digest(mac, expected) for mac in macs):
                return
        raise wrong_signature(self.header)

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        stamp = int(at.timestamp())
        mac = mac_of(secret.encode(), f"{stamp}.".encode() + outgoing.body, self.digest)
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
    """How old or early a request may be."""
    timestamped: bool = field(default=True, init=False)

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        family = "svix" if "svix-signature" in inbound.headers else "webhook"
        message_id = required_header(inbound, f"{family}-id")
        given = required_header(inbound, f"{family}-signature")
        stamp = read_timestamp(required_header(inbound, f"{family}-timestamp"), f"{family}-timestamp")
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
            expected = mac_of(self._key(secret), signed, "sha256")
            if any(hmac.compare_digest(mac, expected) for mac in macs):
                return
        raise wrong_signature(f"{family}-signature")

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        message_id = (
            outgoing.headers.get("webhook-id") or "msg_" + hashlib.sha256(outgoing.body).hexdigest()[:24]
        )
        stamp = int(at.timestamp())
        mac = mac_of(self._key(secret), f"{message_id}.{stamp}.".encode() + outgoing.body, "sha256")
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
    """The header with the key."""
    query: str | None = None
    """The parameter of the address that may hold the key instead."""
    timestamped: bool = field(default=False, init=False)
    proof: str = field(default="api_key", init=False)

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
    """The header with the secret."""
    prefix: str = ""
    """Stands before the secret."""
    timestamped: bool = field(default=False, init=False)
    proof: str = field(default="shared_secret", init=False)

    @property
    def credential_headers(self) -> tuple[str, ...]:
        """Headers that are a secret in themselves, and masked in the event log."""
        return (self.header,)

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        given = required_header(inbound, self.header).removeprefix(self.prefix)
        require_equal(given, inbound, connection, self.header)

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        return outgoing.with_header(self.header, self.prefix + secret)


@dataclass(frozen=True, kw_only=True)
class Basic:
    """HTTP Basic; the stored secret reads ``user:password``, or the password alone if ``user`` is given."""

    user: str = ""
    timestamped: bool = field(default=False, init=False)
    proof: str = field(default="basic", init=False)

    @property
    def credential_headers(self) -> tuple[str, ...]:
        """Headers that are a secret in themselves, and masked in the event log."""
        return ("Authorization",)

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        kind, _, coded = required_header(inbound, "Authorization").partition(" ")
        if kind.lower() != "basic":
            raise AuthenticationError("Use HTTP Basic authentication.", code="malformed_signature")
        given = decode_mac(coded.strip(), "base64", "Authorization").decode("utf-8", "replace")
        if self.user and not given.startswith(f"{self.user}:"):
            raise AuthenticationError(f"The user name is {self.user}.", code="invalid_signature")
        require_equal(self._secret(given), inbound, connection, "Authorization")

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        told = f"{self.user}:{secret}" if self.user else secret
        return outgoing.with_header("Authorization", "Basic " + base64.b64encode(told.encode()).decode())

    def _secret(self, given: str) -> str:
        return given.removeprefix(f"{self.user}:") if self.user else given


@dataclass(frozen=True, kw_only=True)
class UrlToken:
    """The secret as a query parameter, for senders that can set nothing but an address."""

    query: str = "token"
    """The parameter's name."""
    timestamped: bool = field(default=False, init=False)
    proof: str = field(default="url_token", init=False)

    @property
    def credential_query(self) -> tuple[str, ...]:
        """Query parameters that are a secret in themselves, and masked in the event log."""
        return (self.query,)

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        given = inbound.query.get(self.query, "")
        if not given:
            raise AuthenticationError(f"The address lacks ?{self.query}=…", code="missing_signature")
        require_equal(given, inbound, connection, f"?{self.query}")

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        return replace(outgoing, query={**outgoing.query, self.query: secret})


@dataclass(frozen=True, kw_only=True)
class SortedParameters:
    """A hash over a form's fields, in a field of the form itself: for each field that is not empty
    ``name=value<secret>``, sorted by name and written one after the other.

    Source: https://github.com/digistore24/ds24-appkit (``lib/digistore/ipn.ts``), whose published test
    vectors the tests hold. Nothing but the body is signed, and no time.
    """

    parameter: str
    """The form's field with the signature."""
    digest: str = "sha512"
    """The hash, as ``hashlib`` calls it."""
    also: tuple[str, ...] = ()
    """Further names that the parameter with the signature may have."""
    uppercase_names: bool | None = False
    """Names count in upper case, for the order too; with ``None`` either way is taken."""
    timestamped: bool = field(default=False, init=False)

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        try:
            fields = {name: value or "" for name, value in read_pairs(inbound.body)}
        except PayloadError as error:
            raise AuthenticationError(error.message, code="malformed_signature") from None
        where = f"the field {self.parameter}"
        given = next((text for name in self._own if (text := fields.get(name))), "")
        if not given:
            raise AuthenticationError(f"The form lacks {where}.", code="missing_signature")
        mac = decode_mac(given, "hex", where)
        ways = (False, True) if self.uppercase_names is None else (self.uppercase_names,)
        for secret in required_secrets(inbound, connection):
            if any(hmac.compare_digest(mac, self._hash(fields, secret, upper)) for upper in ways):
                return
        raise wrong_signature(where)

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        own = {name.encode() for name in self._own}
        parts = [part for part in outgoing.body.split(b"&") if part.partition(b"=")[0] not in own]
        fields = {name: value or "" for name, value in read_pairs(b"&".join(parts))}
        mac = self._hash(fields, secret, bool(self.uppercase_names))
        parts.append(f"{self.parameter}={mac.hex().upper()}".encode())
        return replace(outgoing, body=b"&".join(parts))

    @property
    def _own(self) -> tuple[str, ...]:
        return (self.parameter, *self.also)

    def _hash(self, fields: Mapping[str, str], secret: str, upper: bool) -> bytes:
        signed = sorted(
            (name.upper() if upper else name, value)
            for name, value in fields.items()
            if value and name not in self._own
        )
        if not signed:  # the hash would be one that everybody knows: no secret is in it
            raise AuthenticationError("The form holds nothing to be signed.", code="malformed_signature")
        text = "".join(f"{name}={value}{secret}" for name, value in signed)
        return hashlib.new(self.digest, text.encode()).digest()


@dataclass(frozen=True, kw_only=True)
class ByHeader:
    """Two ways at one address, told apart by a header: ``present`` judges requests that carry it,
    ``absent`` all others. For a provider whose old and new notifications arrive side by side.

    Either needs a secret, so that leaving the header out or adding it proves nothing.
    """

    header: str
    present: Scheme
    absent: Scheme

    @property
    def timestamped(self) -> bool:
        """Whether the signature holds a time either way."""
        return self.present.timestamped and self.absent.timestamped

    def of(self, headers: Mapping[str, str]) -> Scheme:
        """The scheme of a request with these headers."""
        names = {name.lower() for name in headers}
        return self.present if self.header.lower() in names else self.absent

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        self.of(inbound.headers).verify(inbound, connection)

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        return self.of(outgoing.headers).sign(outgoing, secret, at)
