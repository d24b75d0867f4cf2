"""Rules about who is let in: everything that a scheme promises, tried at the door."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

from pydantic import SecretStr

from hub.contract.schemes import Outgoing
from hub.contract.settings import Secret
from hub.registry.fixtures import Fixture
from hub.testing.adapter import Adapter
from hub.testing.door import RECEIVED_AT, Answer, Visitor, made_secret
from hub.testing.expecting import refusal_status
from hub.testing.mutating import pairs_of
from hub.testing.rules.registry import authenticated, rule, shared_secret, signed, timestamped

MISSING = ("missing_signature", "missing_key")
GARBAGE = ("malformed_signature", "malformed_key", "invalid_signature", "invalid_key")
WRONG = ("invalid_signature", "invalid_key")
_SPOILT = ("invalid_signature", "malformed_signature", "missing_signature")
"""A form may hold its own signature, which the changed bit can hit."""
FAR = timedelta(days=1)
GONE = RECEIVED_AT - timedelta(seconds=1)


@rule(
    "K501-signed-accepted", "Each sample is taken when it is signed as the provider signs", only=authenticated
)
def signed_accepted(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """The manifest's scheme signs each sample, and the hub takes it: 200, or 202 for what is early."""
    visitor = adapter.door.visitor()
    for name, sample in adapter.fixtures.items():
        answer = visitor.send(visitor.sign(sample))
        if answer.status >= 300:
            yield f"fixtures/{name}", f"signed with the right secret it is answered {answer}"


@rule("K502-missing-refused", "A request without a signature is refused", only=authenticated)
def missing_refused(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """With a 4xx and the reason ``missing_signature`` (``missing_key`` where keys are sent)."""
    visitor, sample = _ready(adapter)
    yield from _refused(
        adapter, visitor, sample, _without_proof(visitor, sample), MISSING, "without a signature"
    )


@rule("K503-garbage-refused", "A signature that is none is refused", only=authenticated)
def garbage_refused(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Whatever stands where the signature belongs: a 4xx, never an exception."""
    visitor, sample = _ready(adapter)
    for garbage in ("garbage", "💶", "t=,v1=", "=" * 300):
        request = _with_proof(visitor, sample, garbage)
        yield from _refused(
            adapter, visitor, sample, request, (*GARBAGE, *MISSING), f"with the signature {garbage[:10]!r}"
        )


@rule("K504-wrong-secret-refused", "A request that another secret signed is refused", only=authenticated)
def wrong_secret_refused(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """With a 4xx and the reason ``invalid_signature`` (``invalid_key`` where keys are sent)."""
    visitor, sample = _ready(adapter)
    secret = visitor.secrets[0]
    other = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    request = visitor.sign(sample, secret=other)
    yield from _refused(adapter, visitor, sample, request, WRONG, "signed with another secret")


@rule("K505-bit-flip-refused", "One bit that was changed on the way is found", only=signed)
def bit_flip_refused(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Wherever in the body: at its start, in its middle, at its end."""
    visitor, sample = _ready(adapter)
    request = visitor.sign(sample)
    for at in sorted({0, len(request.body) // 2, len(request.body) - 1}):
        spoilt = bytearray(request.body)
        spoilt[at] ^= 1
        yield from _refused(
            adapter,
            visitor,
            sample,
            replace(request, body=bytes(spoilt)),
            _SPOILT,
            f"with one bit of byte {at} changed after signing",
        )


@rule("K506-stale-refused", "A request that was signed long ago is refused", only=timestamped)
def stale_refused(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """With the reason ``stale_timestamp``: who has read a request must not be able to send it again later."""
    visitor, sample = _ready(adapter)
    request = visitor.sign(sample, at=RECEIVED_AT - FAR)
    yield from _refused(adapter, visitor, sample, request, ("stale_timestamp",), "signed a day ago")


@rule("K507-future-refused", "A request from the future is refused", only=timestamped)
def future_refused(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """With the reason ``future_timestamp``: it could be sent again for as long as its time has not come."""
    visitor, sample = _ready(adapter)
    request = visitor.sign(sample, at=RECEIVED_AT + FAR)
    yield from _refused(adapter, visitor, sample, request, ("future_timestamp",), "signed for tomorrow")


@rule("K508-two-secrets", "While a secret is rotated, both count", only=authenticated)
def two_secrets(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Two secrets are active; requests that either of them signed are taken."""
    visitor = adapter.door.visitor(secrets=(made_secret(71), made_secret(72)))
    sample = next(iter(adapter.fixtures.values()))
    for which, secret in zip(("newer", "older"), visitor.secrets, strict=True):
        answer = visitor.send(visitor.sign(sample, secret=secret))
        if answer.status >= 300:
            yield f"fixtures/{sample.name}", f"signed with the {which} of two secrets it is answered {answer}"


@rule("K509-expired-secret-refused", "A secret that has expired signs no more", only=shared_secret)
def expired_secret_refused(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """It is refused like a wrong one. ``required_secrets`` gives a scheme only those that count."""
    old = Secret(value=SecretStr(made_secret(82)), expires_at=GONE)
    visitor = adapter.door.visitor(secrets=(Secret(value=SecretStr(made_secret(81))), old))
    sample = next(iter(adapter.fixtures.values()))
    request = visitor.sign(sample, secret=visitor.secrets[1])
    yield from _refused(adapter, visitor, sample, request, WRONG, "signed with an expired secret")


@rule("K510-no-secret-refused", "Without a stored secret nobody is let in", only=shared_secret)
def no_secret_refused(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Not even who signs with an empty one."""
    visitor = adapter.door.visitor(secrets=())
    sample = next(iter(adapter.fixtures.values()))
    signer = adapter.door.visitor()
    for secret in (signer.secrets[0], " "):
        try:
            request = signer.sign(sample, secret=secret)
        except Exception:  # noqa: S112 # a scheme may refuse to sign with an empty secret
            continue
        yield from _refused(adapter, visitor, sample, request, ("no_secret",), "and no secret is stored")


def _ready(adapter: Adapter) -> tuple[Visitor, Fixture]:
    return adapter.door.visitor(), next(iter(adapter.fixtures.values()))


def _refused(
    adapter: Adapter,
    visitor: Visitor,
    sample: Fixture,
    request: Outgoing,
    reasons: tuple[str, ...],
    how: str,
) -> Iterator[tuple[str, str]]:
    """What is wrong unless the request is refused for one of these reasons, with the provider's status."""
    where = f"fixtures/{sample.name}"
    answer = visitor.send(request)
    if answer.status < 300:
        yield where, f"{how} it is taken: {answer}"
    elif not _refusal(answer):
        yield where, f"{how} it is answered {answer}; raise AuthenticationError"
    elif answer.reason is not None and answer.reason not in reasons:
        yield where, f"{how} the reason is {answer.reason!r}; it must be {' or '.join(reasons)}"
    elif answer.status != (wanted := refusal_status(adapter, answer.reason)):
        yield where, f"{how} it is answered {answer}; answers.toml and the contract say {wanted}"
    if visitor.records():
        yield where, f"{how} it made records"


def _refusal(answer: Answer) -> bool:
    return 400 <= answer.status < 500


def _without_proof(visitor: Visitor, sample: Fixture) -> Outgoing:
    return _with_proof(visitor, sample, None)


def _with_proof(visitor: Visitor, sample: Fixture, text: str | None) -> Outgoing:
    """The signed sample with another text where the signature is: in headers, in the query or in fields of a
    form. ``None`` leaves them out."""
    bare, done = visitor.door.bare(sample), visitor.sign(sample)
    return replace(
        done,
        body=done.body if done.body == bare.body else _form_with(bare.body, done.body, text),
        headers=_mapping_with(bare.headers, done.headers, _header_text(text)),
        query=_mapping_with(bare.query, done.query, text),
    )


def _mapping_with(bare: Mapping[str, str], done: Mapping[str, str], text: str | None) -> dict[str, str]:
    added = {name for name, value in done.items() if bare.get(name) != value}
    kept = {name: text if name in added else value for name, value in done.items()}
    return {name: value for name, value in kept.items() if value is not None}


def _form_with(bare: bytes, done: bytes, text: str | None) -> bytes:
    signed = pairs_of(done)
    added = {name for name, _ in set(signed) - set(pairs_of(bare))}
    pairs = [(name, text if name in added else value) for name, value in signed]
    return urlencode([(name, value) for name, value in pairs if value is not None]).encode()


def _header_text(text: str | None) -> str | None:
    """The text as the bytes that a sender would put into a header."""
    return None if text is None else text.encode().decode("latin-1")
