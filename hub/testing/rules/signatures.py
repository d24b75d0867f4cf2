"""Rules about who is let in: everything that a scheme promises, tried at the door."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from pydantic import SecretStr

from hub.contract.settings import Secret
from hub.testing.adapter import Adapter
from hub.testing.door import RECEIVED_AT, made_secret
from hub.testing.forging import suspects
from hub.testing.rules.registry import authenticated, rule, shared_secret, signed, timestamped

MISSING = ("missing_signature", "missing_key")
MALFORMED = ("malformed_signature", "malformed_key")
WRONG = ("invalid_signature", "invalid_key")
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
    for suspect in suspects(adapter):
        yield from suspect.refused(suspect.with_proof(None), MISSING, "without a signature")


@rule("K503-garbage-refused", "A signature that is none is refused", only=authenticated)
def garbage_refused(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Whatever stands where the signature belongs: a 4xx, never an exception."""
    for suspect in suspects(adapter):
        for garbage in ("garbage", "💶", "t=,v1=", "=" * 300):
            how = f"with the signature {garbage[:10]!r}"
            yield from suspect.refused(suspect.with_proof(garbage), (*MALFORMED, *WRONG, *MISSING), how)


@rule("K504-wrong-secret-refused", "A request that another secret signed is refused", only=authenticated)
def wrong_secret_refused(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """With a 4xx and the reason ``invalid_signature`` (``invalid_key`` where keys are sent)."""
    for suspect in suspects(adapter):
        secret = suspect.visitor.secrets[0]
        other = secret[:-1] + ("A" if secret[-1] != "A" else "B")
        request = suspect.visitor.sign(suspect.sample, secret=other)
        yield from suspect.refused(request, WRONG, "signed with another secret")


@rule("K505-bit-flip-refused", "One bit that was changed on the way is found", only=signed)
def bit_flip_refused(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Wherever in the body: at its start, in its middle, at its end. A form may hold its own signature, which
    the bit can hit."""
    for suspect in suspects(adapter):
        request = suspect.signed()
        for at in sorted({0, len(request.body) // 2, len(request.body) - 1}):
            spoilt = bytearray(request.body)
            spoilt[at] ^= 1
            how = f"with one bit of byte {at} changed after signing"
            reasons = ("invalid_signature", "malformed_signature", "missing_signature")
            yield from suspect.refused(replace(request, body=bytes(spoilt)), reasons, how)


@rule("K506-stale-refused", "A request that was signed long ago is refused", only=timestamped)
def stale_refused(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """With the reason ``stale_timestamp``: who has read a request must not be able to send it again later."""
    for suspect in suspects(adapter):
        request = suspect.visitor.sign(suspect.sample, at=RECEIVED_AT - FAR)
        yield from suspect.refused(request, ("stale_timestamp",), "signed a day ago")


@rule("K507-future-refused", "A request from the future is refused", only=timestamped)
def future_refused(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """With the reason ``future_timestamp``: it could be sent again for as long as its time has not come."""
    for suspect in suspects(adapter):
        request = suspect.visitor.sign(suspect.sample, at=RECEIVED_AT + FAR)
        yield from suspect.refused(request, ("future_timestamp",), "signed for tomorrow")


@rule("K508-two-secrets", "While a secret is rotated, both count", only=authenticated)
def two_secrets(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Two secrets are active; requests that either of them signed are taken."""
    for suspect in suspects(adapter, (made_secret(71), made_secret(72))):
        visitor, sample = suspect.visitor, suspect.sample
        for which, secret in zip(("newer", "older"), visitor.secrets, strict=True):
            answer = visitor.send(visitor.sign(sample, secret=secret))
            if answer.status >= 300:
                told = f"signed with the {which} of two secrets it is answered {answer}"
                yield f"fixtures/{sample.name}", told


@rule("K509-expired-secret-refused", "A secret that has expired signs no more", only=shared_secret)
def expired_secret_refused(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """It is refused like a wrong one. ``required_secrets`` gives a scheme only those that count."""
    new = Secret(value=SecretStr(made_secret(81)))
    old = Secret(value=SecretStr(made_secret(82)), expires_at=GONE)
    for suspect in suspects(adapter, (new, old)):
        request = suspect.visitor.sign(suspect.sample, secret=suspect.visitor.secrets[1])
        yield from suspect.refused(request, WRONG, "signed with an expired secret")


@rule("K510-no-secret-refused", "Without a stored secret nobody is let in", only=shared_secret)
def no_secret_refused(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Whoever signs, with whatever."""
    for suspect in suspects(adapter, ()):
        request = adapter.door.signer.sign(suspect.sample)
        yield from suspect.refused(request, ("no_secret",), "and no secret is stored")
