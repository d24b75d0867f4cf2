"""How a sender proves who it is, where several ways are possible: a source has one that always counts, and
each connection may allow further ones to senders that cannot sign."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlencode

from hub.contract.errors import AuthenticationError, ForbiddenError, RequestError
from hub.contract.inbound import Connection, Inbound
from hub.contract.schemes import ApiKey
from hub.contract.settings import Settings
from hub.contract.signing import Outgoing, Scheme, hash_key

SIGNATURE = "signature"
"""The proof of a scheme that names none: the body is signed."""

WEAK = ("shared_secret", "basic", "url_token", "form_field")
"""Proofs that every reader of one request could repeat for another: the body is not signed."""

_MISSING = ("missing_signature", "missing_key")


@dataclass(frozen=True, kw_only=True)
class Permitted:
    """``first`` always counts, and each of ``further`` where the connection's setting of that name is on."""

    first: Scheme
    further: Mapping[str, Scheme]

    @property
    def timestamped(self) -> bool:
        """Whether the signature holds a time."""
        return self.first.timestamped

    @property
    def credential_headers(self) -> tuple[str, ...]:
        """Headers in which the usual way carries a secret."""
        return tuple(getattr(self.first, "credential_headers", ()))

    @property
    def credential_query(self) -> tuple[str, ...]:
        """Query parameters in which the usual way carries a secret."""
        return tuple(getattr(self.first, "credential_query", ()))

    def allowed(self, settings: Settings) -> tuple[Scheme, ...]:
        """The ways that count with these settings."""
        return (self.first, *(one for name, one in self.further.items() if getattr(settings, name, False)))

    def accepting(self, inbound: Inbound, connection: Connection) -> Scheme:
        """The way by which the request is authentic. Raises the AuthenticationError of the way that was
        tried, or of the first one if the request tries none."""
        refusals: list[AuthenticationError] = []
        for scheme in self.allowed(connection.settings):
            try:
                scheme.verify(inbound, connection)
            except AuthenticationError as error:
                refusals.append(error)
            else:
                return scheme
        raise next((one for one in refusals if one.code not in _MISSING), refusals[0])

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        self.accepting(inbound, connection)

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        return self.first.sign(outgoing, secret, at)


@dataclass(frozen=True, kw_only=True)
class FormKey:
    """One of the tenant's API keys in a hidden field of a form. The page that holds the form publishes it."""

    parameter: str
    timestamped: bool = field(default=False, init=False)
    proof: str = field(default="form_field", init=False)

    @property
    def credential_fields(self) -> tuple[str, ...]:
        """Form fields that are a secret in themselves, and masked in the event log."""
        return (self.parameter,)

    def presented(self, inbound: Inbound) -> str | None:
        """The key that the form carries; ``None`` without one, and for what cannot be read as a form."""
        if not inbound.is_form:
            return None
        try:
            return inbound.form[self.parameter].optional.text()
        except RequestError:
            return None

    def verify(self, inbound: Inbound, connection: Connection) -> None:
        given = self.presented(inbound)
        if given is None:
            raise AuthenticationError(f"The form lacks the field {self.parameter}.", code="missing_key")
        hashed = hash_key(given).encode()
        matches = [hmac.compare_digest(hashed, known.encode()) for known in connection.credentials]
        if not any(matches):
            raise ForbiddenError("The API key is wrong or was deactivated.")

    def sign(self, outgoing: Outgoing, secret: str, at: datetime) -> Outgoing:
        own = urlencode({self.parameter: secret}).encode()
        return replace(outgoing, body=b"&".join(part for part in (outgoing.body, own) if part))


def prove(scheme: Scheme, inbound: Inbound, connection: Connection) -> str:
    """Verify the request, and say how its sender proved itself. Raises AuthenticationError."""
    if isinstance(scheme, Permitted):
        return proof_of(scheme.accepting(inbound, connection))
    scheme.verify(inbound, connection)
    return proof_of(scheme)


def proof_of(scheme: Scheme) -> str:
    """What the scheme's requests prove themselves by. One that names no proof, but credentials, is a shared
    secret."""
    carried = any(getattr(scheme, what, ()) for what in ("credential_headers", "credential_query"))
    return str(getattr(scheme, "proof", "shared_secret" if carried else SIGNATURE))


def takes_api_keys(scheme: Scheme | None) -> bool:
    """Whether the usual way is one of the tenant's API keys."""
    return isinstance(scheme.first if isinstance(scheme, Permitted) else scheme, ApiKey)


def ways_of(scheme: Scheme | None, settings: Settings) -> tuple[Scheme, ...]:
    """All ways that count with these settings, the usual one first."""
    if isinstance(scheme, Permitted):
        return scheme.allowed(settings)
    return () if scheme is None else (scheme,)


def weak_of(scheme: Scheme | None, settings: Settings) -> tuple[str, ...]:
    """The proofs that count with these settings and cover no body."""
    return tuple(proof for one in ways_of(scheme, settings) if (proof := proof_of(one)) in WEAK)


@dataclass(frozen=True)
class Credentials:
    """Where requests may carry a secret itself: it is masked before anything is stored."""

    headers: frozenset[str]
    query: frozenset[str]
    fields: frozenset[str]


def credentials_of(scheme: Scheme | None) -> Credentials:
    """Where any way carries a secret, whether or not a connection allows it. Headers are in lower case."""
    further = scheme.further.values() if isinstance(scheme, Permitted) else ()

    def named(what: str) -> frozenset[str]:
        return frozenset(name for one in (scheme, *further) for name in getattr(one, what, ()))

    headers = frozenset(name.lower() for name in named("credential_headers"))
    return Credentials(headers, named("credential_query"), named("credential_fields"))
