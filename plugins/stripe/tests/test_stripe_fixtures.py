"""What the conformance kit does not know of the samples: mappers, Stripe's ids, bodies from elsewhere."""

import json

import pytest
from hub_stripe import plugin
from hub_stripe.mapper import MAPPERS

from hub.registry.fixtures import fixtures_of
from hub.support import jsontext

SAMPLES = fixtures_of(plugin)


def test_every_event_has_a_mapper():
    assert set(plugin.manifest.events) == set(MAPPERS)


def test_event_ids_differ():
    ids = [json.loads(sample.body)["id"] for sample in SAMPLES.values()]
    assert len(ids) == len(set(ids))


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
