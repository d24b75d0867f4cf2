"""Rules about repetitions: providers send an event again, and it must count once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from hub.contract.schemes import Outgoing
from hub.registry.fixtures import Fixture
from hub.testing.adapter import Adapter
from hub.testing.door import RECEIVED_AT, Visitor
from hub.testing.requests import arrived, inbound_of, reader
from hub.testing.rules.registry import authenticated, keyed, rule, signed

LATER = timedelta(minutes=2)


@rule("K601-key-present", "Each sample has the id by which its repetition is known", only=keyed)
def key_present(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """The manifest's ``event_key`` finds it. Without one every delivery is a new event."""
    reading = reader(adapter)
    for name, sample in adapter.fixtures.items():
        judged = reading.judge(arrived(adapter, sample))
        if judged.event_type is not None and not judged.key:
            yield f"fixtures/{name}", "event_key finds nothing; end it with First(…, BodyHash()) if need be"


@rule("K602-key-stable", "The id of an event is the same in each delivery", only=keyed)
def key_stable(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """A second delivery comes later and is signed anew. The id must hang on neither."""
    reading, visitor = reader(adapter), adapter.door.visitor()
    for name, sample in adapter.fixtures.items():
        keys = {
            reading.judge(inbound_of(adapter, visitor.sign(sample, at=at), at)).key
            for at in (RECEIVED_AT, RECEIVED_AT + LATER)
        }
        if len(keys) > 1:
            yield f"fixtures/{name}", f"two deliveries of it have different ids: {', '.join(map(str, keys))}"


@rule("K603-repetition", "A sample that is sent twice counts once", only=authenticated)
def repetition(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """The second delivery is answered with 2xx and makes no further record."""
    visitor = adapter.door.visitor()
    for name, sample in adapter.fixtures.items():
        request = visitor.sign(sample)
        visitor.send(request)
        yield from _counts_once(visitor, request, f"fixtures/{name}", "sent a second time")


@rule("K604-key-signed", "Who has seen a request cannot make it count twice", only=signed)
def key_signed(adapter: Adapter) -> Iterator[tuple[str, str]]:
    """Headers that the signature does not cover are anybody's. The request is sent again with all of them
    changed, the type of the event aside: it is refused, or known by what is signed, such as the ids in the
    body."""
    visitor = adapter.door.visitor()
    for name, sample in adapter.fixtures.items():
        request = visitor.sign(sample)
        visitor.send(request)
        forged = _with_other_headers(adapter, sample, request)
        if forged.headers == request.headers:
            continue
        before = visitor.records()
        answer = visitor.send(forged)
        if answer.status >= 500:
            yield f"fixtures/{name}", f"with other headers that are not signed it is answered {answer}"
        if visitor.records() != before:
            yield (
                f"fixtures/{name}",
                "sent again with other headers that are not signed it made further records; take the ids "
                "of facts, or the event_key, from what is signed",
            )


def _with_other_headers(adapter: Adapter, sample: Fixture, request: Outgoing) -> Outgoing:
    """The request with other values in the sample's own headers, as far as it is still of the same type."""
    reading = reader(adapter)
    event = reading.judge(inbound_of(adapter, request)).event_type
    changed = dict(request.headers)
    for name, value in sample.headers.items():
        if name.lower() == "content-type":
            continue
        tried = {**changed, name: f"{value}0"}
        if reading.judge(inbound_of(adapter, replace(request, headers=tried))).event_type == event:
            changed = tried
    return replace(request, headers=changed)


def _counts_once(visitor: Visitor, request: Outgoing, where: str, how: str) -> Iterator[tuple[str, str]]:
    before = visitor.records()
    answer = visitor.send(request)
    if answer.status >= 300:
        yield where, f"{how} it is answered {answer}"
    if visitor.records() != before:
        yield where, f"{how} it made further records: {visitor.records()}, before {before}"
