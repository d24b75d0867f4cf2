"""Mutilated events are refused with a message; nothing else ever comes out of the mapper."""

import contextlib
import copy
import json
from pathlib import Path

import pytest
from hub_stripe import plugin
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hub

FIXTURES = sorted((Path(__file__).parent.parent / "fixtures").glob("*__*.json"))
EVENTS = [json.loads(path.read_bytes()) for path in FIXTURES if ".expected" not in path.name]
SHAPES = ("null", "true", "[]", "{}", "[null]", '{"id": 1}', '{"data": [[]]}', "1.5", "1e40")
JUNK = st.one_of(st.sampled_from(SHAPES).map(json.loads), st.integers(), st.text(max_size=5))


def places(value, path=()):
    """The paths of all members and elements of a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        yield (*path, key)
        yield from places(item, (*path, key))


@st.composite
def mutilated(draw):
    event = copy.deepcopy(draw(st.sampled_from(EVENTS)))
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from(list(places(event))))
        target = event
        for key in above:
            target = target[key]
        if draw(st.booleans()):
            del target[last]
        else:
            target[last] = draw(JUNK)
        if not event:
            break
    return event


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(event=mutilated())
def test_mutilated_event_gives_facts_or_a_refusal(event, parse):
    with contextlib.suppress(hub.RequestError):
        facts = parse(event)
        assert all(isinstance(fact, hub.facts.Fact) for fact in facts)


@settings(deadline=None)
@given(event=st.one_of(mutilated(), JUNK))
def test_locate_never_raises(event, inbound):
    address = plugin.locate(inbound(json.dumps(event).encode()))
    assert address is None or address.tenant or address.references


@pytest.mark.parametrize("kind", sorted(plugin.manifest.events))
def test_event_without_an_object_is_refused_or_ignored(kind, parse):
    for data in ({}, {"data": None}, {"data": {"object": None}}, {"data": {"object": {}}}):
        with contextlib.suppress(hub.PayloadError):
            assert parse({"type": kind, **data}) == []
