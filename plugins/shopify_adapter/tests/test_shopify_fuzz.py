"""Whatever a body holds, it is mapped or refused: nothing else comes out of the mapper."""

import copy
import json
from typing import Any

import pytest
from hub_shopify_adapter import plugin
from hub_shopify_adapter.manifest import manifest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import hub
from hub.contract.describing import describe
from hub.registry.fixtures import fixtures_of

BODIES = {name: json.loads(fixture.body) for name, fixture in fixtures_of(plugin).items()}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        [
            "",
            " ",
            "-1.00",
            "NaN",
            "1e400",
            "9" * 400,
            "EUR",
            "XXX",
            "2026-02-30T00:00:00Z",
            "\0",
            "0001-01-01T00:00:00+14:00",
        ]
    ),
    st.text(max_size=20),
    # made anew each time, as a later change may go into them
    st.sampled_from(["[]", "{}", "[null]", "[{}]"]).map(json.loads),
)
CHOICES = st.fixed_dictionaries(
    {
        "currency": st.sampled_from(["shop", "presentment"]),
        "partner_source": st.sampled_from(["none", "note_attribute", "landing_page", "discount_code"]),
        "shop_domain": st.sampled_from([None, "muehle-und-korn.myshopify.com"]),
    }
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything inside a body."""
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    found = [(*path, key) for key, _ in inside]
    return found + [deep for key in found for deep in places(node[key[-1]], key)]


@st.composite
def mutations(draw: st.DrawFn) -> tuple[str, Any]:
    """A sample with up to three members taken away or replaced, often under its own topic."""
    name = draw(st.sampled_from(sorted(BODIES)))
    body = copy.deepcopy(BODIES[name])
    for _ in range(draw(st.integers(1, 3))):
        *parents, last = draw(st.sampled_from(places(body)))
        owner = body
        for key in parents:
            owner = owner[key]
        if draw(st.booleans()):
            del owner[last]
        else:
            owner[last] = draw(ODD)
        if not places(body):
            break
    own = name.partition("__")[0].replace(".", "/", 1)
    return draw(st.sampled_from([own, own, own, *manifest.events])), body


@settings(max_examples=600, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutation=mutations(), choices=CHOICES)
def test_a_mutated_body_is_mapped_or_refused(mutation, choices, parse):
    topic, body = mutation
    try:
        facts = parse(topic, body, {"X-Shopify-Shop-Domain": "muehle-und-korn.myshopify.com"}, **choices)
    except hub.RequestError:
        return
    json.dumps([describe(fact) for fact in facts], default=str)


@pytest.mark.parametrize("name", sorted(BODIES))
def test_a_missing_member_is_named_or_not_missed(name, parse):
    topic = name.partition("__")[0].replace(".", "/", 1)
    refusals = []
    for key in BODIES[name]:
        body = {other: value for other, value in BODIES[name].items() if other != key}
        try:
            parse(topic, body)
        except hub.PayloadError as error:
            refusals.append((key, error.message))
    assert all(key in message for key, message in refusals)
