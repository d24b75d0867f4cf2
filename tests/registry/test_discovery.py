"""Finding plugins: one that cannot run is put aside with its reason, and the others run."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import hub
from hub.contract.locators import Json
from hub.registry import discovery
from hub.registry.discovery import Installed, Plugins, Quarantined, admit, discover


def manifest(slug: str = "shop", **fields: Any) -> hub.Manifest:
    usual = {
        "title": {"de": slug, "en": slug},
        "routes": (f"/api/webhooks/<tenant>/{slug}",),
        "events": {"say": "Something."},
        "event_type": Json("type"),
    }
    return hub.Manifest(slug=slug, **(usual | fields))


def plugin(declared: hub.Manifest, **members: Any) -> hub.Plugin:
    made: hub.Plugin = type("Made", (hub.Plugin,), {"manifest": declared, **members})()
    return made


def admitted(*plugins: hub.Plugin) -> Plugins:
    found = [Installed(plugin=one, distribution=f"d{n}", version="1") for n, one in enumerate(plugins)]
    return admit(found)


def reason(plugins: Plugins) -> str:
    (aside,) = plugins.quarantined
    return aside.reason


@pytest.fixture
def entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], EntryPoint]:
    """Makes a module with that code, and the entry point that names its ``plugin``."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(name: str, code: str) -> EntryPoint:
        (tmp_path / f"made_{name}.py").write_text(code)
        return EntryPoint(name=name, value=f"made_{name}:plugin", group=discovery.GROUP)

    return make


GOOD = """
import hub

class Effect(hub.Plugin):
    manifest = hub.Manifest(slug="good", title={"de": "G", "en": "G"}, kinds=("effect",))

plugin = Effect()
"""

BROKEN = {
    "raises": ("1 / 0", "cannot be imported: ZeroDivisionError: division by zero"),
    "needs": ("import a_package_that_nobody_has", "cannot be imported: ModuleNotFoundError"),
    "syntax": ("def", "cannot be imported: SyntaxError"),
    "lacks": ("", "cannot be imported: AttributeError"),
    "text": ("plugin = 'text'", "is not an instance of hub.Plugin with a manifest"),
    "bare": ("import hub\nplugin = hub.Plugin()", "is not an instance of hub.Plugin with a manifest"),
    "manifest": (
        GOOD.replace('slug="good"', 'slug="Not Good"'),
        "cannot be imported: ContractError: manifest of 'Not Good': slug must be",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_plugin_that_cannot_be_loaded_is_put_aside_and_the_others_run(
    entry_point: Any, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    code, expected = BROKEN[case]
    points = [entry_point("a_" + case, code), entry_point("good_" + case, GOOD)]
    monkeypatch.setattr(discovery, "entry_points", lambda group: points)
    plugins = discover()

    assert list(plugins.installed) == ["good"]
    assert plugins.quarantined[0].name == "a_" + case
    assert expected in reason(plugins)


def test_the_installed_plugins_all_run(installed: Plugins) -> None:
    assert {"custom", "lead", "shopify", "stripe"} <= set(installed.installed)
    assert installed.quarantined == ()


def test_what_was_put_aside_on_loading_stays_aside() -> None:
    aside = Quarantined(name="x", distribution="d", version="1", reason="because")

    assert admit([aside]).quarantined == (aside,)


@pytest.mark.parametrize("wanted", [">=9", "<0.1", "==0.0.1"])
def test_a_plugin_for_another_hub_is_put_aside(wanted: str) -> None:
    assert f"needs hub {wanted}, this is" in reason(admitted(plugin(manifest(hub=wanted))))


def test_a_slug_is_taken_once() -> None:
    plugins = admitted(plugin(manifest()), plugin(manifest(routes=("/other",))))

    assert reason(plugins) == "the slug shop is taken by d0"
    assert plugins.installed["shop"].distribution == "d0"


def test_a_route_is_taken_once() -> None:
    plugins = admitted(plugin(manifest()), plugin(manifest("other", routes=manifest().routes)))

    assert reason(plugins) == "the route /api/webhooks/<tenant>/shop is taken by d0"


def test_a_hook_with_an_argument_that_it_has_not_is_put_aside() -> None:
    def parse(self: Any, inbound: Any, request: Any) -> None: ...

    assert "request" in reason(admitted(plugin(manifest(), parse=hub.hookimpl(parse))))


def test_a_receiver_of_a_signal_that_the_hub_has_not_is_put_aside() -> None:
    made_up = hub.Signal("sale_dreamt", "transaction", "Nobody sends it.")

    def dream(self: Any, announcement: Any, unit: Any) -> None: ...

    aside = admitted(plugin(manifest(), dream=hub.receives(made_up)(dream)))
    assert "'sale_dreamt', which is no signal of the hub" in reason(aside)


def effect(**members: Any) -> hub.Plugin:
    declared = hub.Manifest(slug="clockwork", title={"de": "U", "en": "C"}, kinds=("effect",))
    return plugin(declared, **members)


def tidy(self: Any, tick: hub.Tick, unit: Any) -> None:
    """Tidies up."""


def tidy_with_more(self: Any, tick: hub.Tick, unit: Any, more: Any) -> None:
    """Wants what it is not given."""


HOURLY = hub.periodic(every=timedelta(hours=1))


def test_periodic_jobs_are_found_by_plugin_and_method() -> None:
    plugins = admitted(effect(tidy=HOURLY(tidy)))

    ((name, job),) = plugins.jobs().items()
    assert (name, job.plugin, job.every) == ("clockwork.tidy", "clockwork", timedelta(hours=1))
    assert job.call.__func__.__doc__ == "Tidies up."  # type: ignore[attr-defined]


@pytest.mark.parametrize("every", [timedelta(seconds=59), timedelta(days=367), -timedelta(hours=1), 3600])
def test_a_job_at_odd_intervals_is_put_aside(every: Any) -> None:
    aside = admitted(effect(tidy=hub.periodic(every=every)(tidy)))
    assert reason(aside).startswith(f"tidy is periodic every {every!r}; it must be a timedelta")


def test_a_job_that_is_a_closure_or_no_method_is_put_aside() -> None:
    def closure(self: Any, tick: hub.Tick, unit: Any) -> None: ...

    for odd in (HOURLY(closure), staticmethod(HOURLY(tidy))):
        assert "no closure or lambda" in reason(admitted(effect(tidy=odd)))


def test_a_job_with_other_arguments_is_put_aside() -> None:
    aside = admitted(effect(tidy=HOURLY(tidy_with_more)))
    assert reason(aside) == "tidy is periodic and must take (self, tick, unit)"


def test_a_job_of_a_plugin_that_is_no_effect_is_put_aside() -> None:
    aside = admitted(plugin(manifest(), tidy=HOURLY(tidy)))
    assert "only an effect" in reason(aside)


def test_a_plugin_that_cannot_even_be_looked_at_is_put_aside() -> None:
    def failing(self: Any) -> None:
        raise RuntimeError("not today")

    plugins = admitted(plugin(manifest("odd"), state=property(failing)), plugin(manifest()))
    assert "not today" in reason(plugins)
    assert list(plugins.installed) == ["shop"]


def test_a_misspelt_hook_stops_the_start() -> None:
    def prase(self: Any, inbound: Any, connection: Any) -> Sequence[hub.Fact]:
        return []

    with pytest.raises(hub.ContractError, match="prase"):
        admitted(plugin(manifest(), prase=hub.hookimpl(prase)))


def test_a_hub_starts_with_a_plugin_put_aside(make_hub: Any, sale: Any) -> None:
    site = make_hub(plugins=[plugin(manifest(hub=">=9"))])

    assert [aside.name for aside in site.rooms.plugins.quarantined] == ["shop"]
    assert site.send({}, path="/api/webhooks/musterfirma/shop").status_code == 404
    assert site.send(sale()).get_json()["status"] == "processed"
