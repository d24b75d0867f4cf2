"""Rules about samples: each event has one, and each says which facts it gives."""

import tomllib
from collections.abc import Iterator

from hub.contract.describing import describe
from hub.contract.outcome import OutcomeKind
from hub.registry.demonstrating import demo_of
from hub.support import jsontext
from hub.testing.adapter import Adapter
from hub.testing.requests import arrived, reader
from hub.testing.rules.registry import rule, sampled


def in_file_name(event: str) -> str:
    """An event type as it stands in a file's name."""
    return event.replace("/", ".")


@rule("K201-fixture-per-event", "Each declared event has a sample")
def fixture_per_event(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """A sample ``fixtures/<event>__<case>.json`` is what tests, ``hub send``, the demonstration and the
    documentation of an event are made from; a ``/`` in the event's name is a ``.`` in the file's."""
    there = {sample.event for sample in adapter.fixtures.values()}
    for event in adapter.manifest.events:
        if in_file_name(event) not in there:
            yield f"fixtures/{in_file_name(event)}__….json", f"add a sample of {event}"


@rule("K202-fixture-declared", "Each sample is of the event that its name says, and that is declared")
def fixture_declared(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """A sample of an event that the manifest does not declare tests nothing. Its type is found as in a real
    request: in the body or a header (``<name>.headers``). A file of headers or facts needs its body."""
    manifest = adapter.manifest
    declared = {**manifest.events, **manifest.ignored}
    for name, sample in adapter.fixtures.items():
        found = reader(adapter).judge(arrived(adapter, sample)).event_type
        if found not in declared:
            yield f"fixtures/{name}", f"its type is {found!r}, which the manifest does not declare"
        elif in_file_name(str(found)) != sample.event:
            yield f"fixtures/{name}", f"its type is {found!r}; name it {in_file_name(str(found))}__<case>"
    if (folder := adapter.fixtures_folder) is None:
        return
    for path in sorted([*folder.glob("*.headers"), *folder.glob("*.expected.json")]):
        if path.name.removesuffix(".headers").removesuffix(".expected.json") not in adapter.fixtures:
            yield f"fixtures/{path.name}", "there is no body beside it"


@rule("K203-expected-facts", "Each sample gives exactly the facts that stand beside it", only=sampled)
def expected_facts(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """``<name>.expected.json`` is the list of facts as ``hub plugin check`` prints them; an event that says
    nothing of interest has the empty list. The samples are received on 2026-06-01 at 12:00
    UTC; where some are forms, and ``MappedSettings`` may allow them, by a connection that accepts forms."""
    for name, sample in adapter.fixtures.items():
        judged = reader(adapter).judge(arrived(adapter, sample))
        if judged.kind not in (OutcomeKind.PROCESSED, OutcomeKind.IGNORED):
            yield f"fixtures/{name}", f"is not taken: {last_line(judged.traceback) or judged.message}"
            continue
        facts = jsontext.decode(jsontext.encode([describe(fact) for fact in judged.facts]))
        if sample.expected is None:
            yield f"fixtures/{name}.expected.json", f"add it; its facts are {jsontext.encode_text(facts)}"
        elif facts != sample.expected:
            yield f"fixtures/{name}.expected.json", f"the facts are {jsontext.encode_text(facts)}"


@rule("K204-demo", "The demonstration sends samples that exist")
def demo(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """``fixtures/demo.toml`` says what ``hub demo`` sends of this source, and what must become of it."""
    try:
        told = demo_of(adapter.plugin)
    except (TypeError, tomllib.TOMLDecodeError) as error:
        yield "fixtures/demo.toml", str(error)
        return
    if told is None or not told.steps:
        yield "fixtures/demo.toml", "add it, with a [[steps]] for each sample that is worth a look"
        return
    for step in told.steps:
        if step.send not in adapter.fixtures:
            yield "fixtures/demo.toml", f"there is no sample {step.send!r}"
        if step.outcome not in set(OutcomeKind):
            yield "fixtures/demo.toml", f"{step.outcome!r} is no outcome of {step.send!r}"


def last_line(traceback: str | None) -> str | None:
    """What went wrong, from a traceback."""
    return traceback.strip().splitlines()[-1] if traceback else None
