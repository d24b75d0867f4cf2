"""Samples whose proof of origin is spoilt, and whether they are refused for the right reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from hub.contract.schemes import Outgoing
from hub.contract.settings import Secret
from hub.registry.fixtures import Fixture
from hub.testing.adapter import Adapter
from hub.testing.door import Visitor
from hub.testing.expecting import refusal_status
from hub.testing.mutating import pairs_of


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A sample, and the visitor who sends it."""

    adapter: Adapter
    visitor: Visitor
    sample: Fixture

    def signed(self) -> Outgoing:
        """As it ought to be."""
        return self.visitor.sign(self.sample)

    def with_proof(self, text: str | None) -> Outgoing:
        """With another text where the proof is: in headers, in the query or in fields of a form. ``None``
        leaves them out."""
        bare, done = self.visitor.door.bare(self.sample), self.signed()
        return replace(
            done,
            body=done.body if done.body == bare.body else _form_with(bare.body, done.body, text),
            headers=_mapping_with(bare.headers, done.headers, _header_text(text)),
            query=_mapping_with(bare.query, done.query, text),
        )

    def refused(self, request: Outgoing, reasons: Sequence[str], how: str) -> Iterator[tuple[str, str]]:
        """What is wrong unless the request is refused for one of these reasons, with the provider's status,
        and leaves nothing."""
        where = f"fixtures/{self.sample.name}"
        answer = self.visitor.send(request)
        if answer.status < 300:
            yield where, f"{how} it is taken: {answer}"
        elif not 400 <= answer.status < 500:
            yield where, f"{how} it is answered {answer}; raise AuthenticationError"
        elif answer.reason is not None and answer.reason not in reasons:
            yield where, f"{how} the reason is {answer.reason!r}; it must be {' or '.join(reasons)}"
        elif answer.status != (wanted := refusal_status(self.adapter, answer.reason)):
            yield where, f"{how} it is answered {answer}; answers.toml and the contract say {wanted}"
        if self.visitor.records():
            yield where, f"{how} it made records"


def suspects(adapter: Adapter, secrets: Sequence[Secret | str] | None = None) -> Iterator[Suspect]:
    """One for each way in which the samples prove their origin, most often a single one."""
    ways = set()
    for sample in adapter.fixtures.values():
        signer = Suspect(adapter=adapter, visitor=adapter.door.signer, sample=sample)
        way = _proofs(adapter.door.bare(sample), signer.signed())
        if way not in ways:
            ways.add(way)
            yield replace(signer, visitor=adapter.door.visitor(secrets=secrets))


def _proofs(bare: Outgoing, done: Outgoing) -> frozenset[str]:
    headers = {name for name, value in done.headers.items() if bare.headers.get(name) != value}
    query = {f"?{name}" for name, value in done.query.items() if bare.query.get(name) != value}
    return frozenset(headers | query | ({"body"} if done.body != bare.body else set()))


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
