"""Rules about ``parse``: the same facts each time, out of nothing but the request, and exact."""

from collections.abc import Iterator
from dataclasses import replace

from hub.contract.describing import describe
from hub.contract.inbound import Inbound
from hub.contract.outcome import OutcomeKind
from hub.registry.fixtures import Fixture
from hub.testing.adapter import Adapter
from hub.testing.door import unsigned
from hub.testing.mutating import with_type
from hub.testing.purity import watched
from hub.testing.requests import Reader, arrived, inbound_of, reader
from hub.testing.rules.fixtures import last_line
from hub.testing.rules.registry import rule, sampled
from hub.testing.wellformed import faults, floats

UNKNOWN = "kit.unknown-event"


@rule("K301-deterministic", "The same request gives the same facts each time", only=sampled)
def deterministic(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """A replay runs stored bytes through the adapter again, years later. What it says must depend on the
    request, the settings and ``received_at`` alone."""
    reading = reader(adapter)
    for name, sample in _read(adapter, reading):
        first, second = (
            [describe(fact) for fact in reading.facts(arrived(adapter, sample))] for _ in range(2)
        )
        if first != second:
            yield f"fixtures/{name}", "two readings gave different facts"


@rule("K302-pure", "parse opens no socket and no file, and reads no clock and no environment", only=sampled)
def pure(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Take the time from ``inbound.received_at``, everything else from the body and the settings. What
    needs a socket belongs to another hook."""
    reading = reader(adapter)
    for name, sample in _read(adapter, reading):
        inbound = arrived(adapter, sample)
        reading.facts(inbound)  # what is loaded at the first call is loaded now
        inbound = arrived(adapter, sample)
        with watched(adapter.package) as seen:
            reading.facts(inbound)
        for act, line in seen.acts.items():
            yield f"fixtures/{name}", f"parse {act} in {line}"


@rule("K303-no-float", "No fact holds a float", only=sampled)
def no_float(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """A float is not what the provider wrote: 0.1 + 0.2 is not 0.3. Read amounts with ``money`` or
    ``minor_units``, other numbers with ``decimal`` or ``integer``; in ``extra`` keep what
    ``payload.rest(…)`` or ``raw()`` gives."""
    reading = reader(adapter)
    for name, sample in _read(adapter, reading):
        for fact in reading.facts(arrived(adapter, sample)):
            for path in floats(fact, type(fact).__name__):
                yield f"fixtures/{name}", f"{path} is a float"


@rule("K304-whole-facts", "Each field of a fact holds what its type says", only=sampled)
def whole_facts(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Amounts are ``Money``, times are aware, ids are text and not empty, lists are tuples."""
    reading = reader(adapter)
    for name, sample in _read(adapter, reading):
        for fact in reading.facts(arrived(adapter, sample)):
            for fault in faults(fact):
                if not fault.endswith("is float") and "float is no JSON value" not in fault:  # K303 says it
                    yield f"fixtures/{name}", fault


@rule("K305-unknown-event", "An event of an unknown type gives no facts and breaks nothing", only=sampled)
def unknown_event(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Providers invent event types. One that the manifest does not know is acknowledged and ignored, or
    refused where the manifest says ``unknown_events="refuse"``; it is never read as another type."""
    wanted = OutcomeKind.REJECTED if adapter.manifest.unknown_events == "refuse" else OutcomeKind.IGNORED
    reading = reader(adapter)
    for name, sample in _read(adapter, reading):
        inbound = _of_unknown_type(adapter, reading, sample)
        judged = reading.judge(inbound)
        if judged.facts or judged.kind is OutcomeKind.PROCESSED:
            yield (
                f"fixtures/{name}",
                f"with the unknown type {UNKNOWN!r} it is read as {judged.event_type!r}; let the "
                "manifest's event_type find what is written, or nothing",
            )
        elif judged.kind not in (wanted, OutcomeKind.REJECTED):
            said = last_line(judged.traceback) or judged.message
            yield f"fixtures/{name}", f"with an unknown type it is {judged.kind.value}: {said}"


def _of_unknown_type(adapter: Adapter, reading: Reader, sample: Fixture) -> Inbound:
    known = str(reading.judge(arrived(adapter, sample)).event_type)
    outgoing = unsigned(sample, adapter.manifest)
    headers = {name: UNKNOWN if value == known else value for name, value in outgoing.headers.items()}
    return inbound_of(
        adapter, replace(outgoing, body=with_type(outgoing.body, known, UNKNOWN), headers=headers)
    )


def _read(adapter: Adapter, reading: Reader) -> Iterator[tuple[str, Fixture]]:
    """The samples of declared events that are taken; K203 speaks of the others."""
    for name, sample in adapter.fixtures.items():
        judged = reading.judge(arrived(adapter, sample))
        taken = judged.kind in (OutcomeKind.PROCESSED, OutcomeKind.IGNORED)
        if taken and judged.event_type in adapter.manifest.events:
            yield name, sample
