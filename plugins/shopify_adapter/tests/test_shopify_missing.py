"""A member that is not there is named in the refusal, or not missed."""

import json

import pytest
from hub_shopify_adapter import plugin

import hub
from hub.registry.fixtures import fixtures_of

BODIES = {name: json.loads(fixture.body) for name, fixture in fixtures_of(plugin).items()}


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
