"""Every sample gives the facts that stand beside it, and every event has a sample."""

import json

import pytest
from hub_stripe import plugin
from hub_stripe.mapper import MAPPERS

from hub.contract.describing import describe
from hub.registry.fixtures import fixtures_of
from hub.support import jsontext

SAMPLES = fixtures_of(plugin)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_fixture_gives_its_facts(name, parse):
    sample = SAMPLES[name]
    assert sample.expected is not None
    assert [describe(fact) for fact in parse(sample.body)] == sample.expected


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_fixture_is_named_after_its_event(name, inbound):
    request = inbound(SAMPLES[name].body)
    assert plugin.manifest.event_type(request) == SAMPLES[name].event
    assert plugin.manifest.event_key(request).startswith("evt_")


def test_every_event_has_a_fixture_and_a_mapper():
    assert set(plugin.manifest.events) == set(MAPPERS) == {sample.event for sample in SAMPLES.values()}


def test_event_ids_differ():
    ids = [json.loads(sample.body)["id"] for sample in SAMPLES.values()]
    assert len(ids) == len(set(ids))


def test_every_ignored_event_has_a_reason():
    assert all(reason.endswith(".") for reason in plugin.manifest.ignored.values())


def test_samples_from_elsewhere_are_mapped_or_refused_cleanly(request, parse, inbound):
    import hub

    folder = request.config.rootpath.parent / "shared" / "payloads" / "stripe"
    if not folder.is_dir():
        pytest.skip("real bodies are tried where a folder with them lies beside the checkout")
    mapped = 0
    for path in sorted(folder.glob("*.json")):
        body = path.read_bytes()
        try:
            if plugin.manifest.event_type(inbound(body)) in MAPPERS:
                parse(body)
                mapped += 1
        except hub.RequestError:
            assert "type" not in jsontext.decode(body), path.name
    assert mapped > 15
