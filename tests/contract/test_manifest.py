"""A manifest that cannot work is refused when it is made, with every fault at once."""

import re

import pytest

import hub
from hub.contract.locators import Json

GOOD = {
    "slug": "demo",
    "title": {"de": "Vorführung", "en": "Demo"},
    "routes": ("/api/webhooks/<tenant>/demo",),
    "events": {"sale": "Makes a transaction."},
    "event_type": Json("type", required=True),
}


def test_good_manifest_is_taken():
    manifest = hub.Manifest(**GOOD)
    assert manifest.is_source
    assert manifest.unknown_events == "ignore"
    assert manifest.content_types == ("application/json",)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"slug": ""}, "slug must be"),
        ({"slug": "Demo"}, "slug must be"),
        ({"slug": "1demo"}, "slug must be"),
        ({"slug": "de mo"}, "slug must be"),
        ({"slug": "démo"}, "slug must be"),
        ({"slug": "demo\n"}, "slug must be"),
        ({"slug": "d" * 41}, "slug must be"),
        ({"title": {}}, "title lacks de, en"),
        ({"title": {"de": "Vorführung"}}, "title lacks en"),
        ({"title": {"de": "", "en": "Demo"}}, "title lacks de"),
        (
            {"paying": hub.PaymentSetup(keys=(hub.PaymentKey(setting="api_key"),))},
            "keys for payment are no settings: api_key",
        ),
        (
            {"kinds": ("effect",), "paying": hub.PaymentSetup(keys=())},
            "a payment provider is a source",
        ),
        ({"kinds": ()}, "kinds must be some of"),
        ({"kinds": ("sauce",)}, "kinds must be some of"),
        ({"kinds": ("source", "sauce")}, "kinds must be some of"),
        ({"routes": ()}, "a source declares routes"),
        ({"events": {}}, "a source declares routes"),
        ({"event_type": None}, "a source declares routes"),
        ({"ignored": {"sale": "why"}}, "both handled and ignored: sale"),
        ({"routes": ("api/webhooks",)}, "routes start with /"),
        ({"routes": ("/good", "https://bad.example/")}, "routes start with /"),
        ({"hub": "one or two"}, "hub is no version range"),
    ],
)
def test_fault_is_refused_and_named(change, said):
    with pytest.raises(hub.ContractError, match=re.escape(said)):
        hub.Manifest(**{**GOOD, **change})


def test_all_faults_are_named_at_once():
    with pytest.raises(hub.ContractError) as caught:
        hub.Manifest(slug="Demo", title={}, kinds=("sauce",), hub="?")
    assert str(caught.value).startswith("manifest of 'Demo': ")
    assert str(caught.value).count(";") == 3


@pytest.mark.parametrize("kind", ["effect", "channel", "wrapper"])
def test_only_a_source_needs_routes(kind):
    channels = (hub.Channel(name="post", schedule=(0,)),) if kind == "channel" else ()
    manifest = hub.Manifest(slug="demo", title=GOOD["title"], kinds=(kind,), channels=channels)
    assert not manifest.is_source


def test_plugin_may_be_several_things():
    assert hub.Manifest(**GOOD, kinds=("source", "effect")).is_source


def test_manifest_is_frozen():
    with pytest.raises(AttributeError):
        hub.Manifest(**GOOD).slug = "other"
