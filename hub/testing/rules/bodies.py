"""Rules about bodies that nobody promised: spoilt, cut, too large, and written in another way."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.configuration import set_hypothesis_home_dir

from hub.contract.errors import RequestError
from hub.contract.outcome import OutcomeKind
from hub.support import jsontext
from hub.testing.adapter import Adapter
from hub.testing.door import BODY_LIMIT
from hub.testing.mutating import Mutation, mutations, tree_of
from hub.testing.requests import Reader, arrived, reader
from hub.testing.rules.fixtures import last_line
from hub.testing.rules.registry import authenticated, one_of_each_event, rule, sampled, signed
from hub.testing.wellformed import faults

EXAMPLES = 200


class BrokenError(AssertionError):
    """A spoilt sample that was not refused as it should be; the first one found."""


@rule(
    "K401-mutated-payloads", "A spoilt payload is refused by the contract, or gives whole facts", only=sampled
)
def mutated_payloads(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Members are taken away, get a wrong type, are huge, empty or in other scripts; bodies are cut. Whatever
    comes, ``parse`` and the locators raise ``PayloadError`` or another refusal, or give whole facts. Read
    each field with the payload reader, which does that. The same samples are tried each time."""
    reading = reader(adapter)
    samples = list(adapter.fixtures.values())

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),  # the changes are small as they are, and to shrink them can take minutes
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(mutation=mutations(samples))
    def holds(mutation: Mutation) -> None:
        for fault in _breaks(adapter, reading, mutation):
            raise BrokenError(f"{mutation.what}: {fault}", mutation.sample.name)

    try:
        with _home_elsewhere():
            holds()
    except BrokenError as broken:
        message, name = broken.args
        yield f"fixtures/{name}", message


@contextmanager
def _home_elsewhere() -> Iterator[None]:
    """Hypothesis keeps what it knows of modules in a folder; none is to be left where the check is called."""
    with TemporaryDirectory(prefix="hub-kit-") as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)


def _breaks(adapter: Adapter, reading: Reader, mutation: Mutation) -> Iterator[str]:
    inbound = arrived(adapter, mutation.sample, body=mutation.body)
    judged = reading.judge(inbound)
    if judged.kind is OutcomeKind.FAILED:
        yield f"fails with {last_line(judged.traceback)}"
    for fact in judged.facts:
        yield from (f"gives half a fact: {fault}" for fault in faults(fact))
    if not hasattr(adapter.plugin, "locate"):
        return
    try:
        reading.target.hooks.locate(inbound=inbound)
    except RequestError:
        return
    except Exception as error:
        yield f"locate raises {type(error).__name__}: {error}"


@rule(
    "K402-truncated-body", "A body that was cut on its way is refused, and leaves nothing", only=authenticated
)
def truncated_body(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Each sample is cut in the middle and signed as it is then: JSON is refused with 400, any other body
    must at least not break the adapter."""
    visitor = adapter.door.visitor()
    for name, sample in one_of_each_event(adapter):
        cut = sample.body[: len(sample.body) // 2]
        answer = visitor.send(visitor.sign(sample, body=cut))
        if answer.status >= 500:
            yield f"fixtures/{name}", f"cut in the middle it is answered {answer}"
        elif tree_of(sample.body) is not None and answer.status < 400:
            yield f"fixtures/{name}", f"cut in the middle it is taken: {answer}"


@rule("K403-oversized-body", "A body above the limit is refused, and leaves nothing", only=authenticated)
def oversized_body(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """The door refuses it with 413 before anybody reads it; ``respond`` may not turn that into a success."""
    visitor = adapter.door.visitor()
    name, sample = next(iter(adapter.fixtures.items()))
    request = visitor.sign(sample)
    answer = visitor.send(replace(request, body=request.body + b" " * BODY_LIMIT))
    if answer.status != 413:
        yield f"fixtures/{name}", f"with more bytes than are allowed it is answered {answer}, not 413"
    if visitor.records():
        yield f"fixtures/{name}", "a body that is too large made records"


@rule(
    "K404-byte-fidelity",
    "The signature covers the bytes as they came, and they are kept so",
    only=signed,
)
def byte_fidelity(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """The same JSON in other bytes (white space, escapes) is signed over those bytes, must be taken and must
    be in the event log unchanged. A scheme that decodes the body and writes it anew fails here."""
    visitor = adapter.door.visitor()
    for name, sample in one_of_each_event(adapter):
        body = _in_other_bytes(sample.body)
        request = visitor.sign(sample, body=body)
        answer = visitor.send(request)
        if answer.status >= 300:
            yield f"fixtures/{name}", f"with white space around its JSON it is answered {answer}"
        elif answer.kept != request.body:
            yield f"fixtures/{name}", "the event log holds other bytes than were sent"


def _in_other_bytes(body: bytes) -> bytes:
    tree: Any = tree_of(body)
    if tree is None:
        return body
    text = jsontext.encode_text(tree)
    return f"\r\n {text[0]}\t {text[1:-1]} \n{text[-1]}\n".encode()
