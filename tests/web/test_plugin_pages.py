"""Pages that plugins bring: found by the manifest, kept apart, and put aside when they cannot be used."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import hub
from hub.contract.errors import ContractError
from hub.registry.discovery import Installed, admit
from hub.web.navigation import Entry
from hub.web.page import Pages
from hub.web.plugged import PluginPages, load
from hub.web.rights import Right


def plugin(pages: str | None) -> hub.Plugin:
    made = hub.Plugin()
    made.manifest = hub.Manifest(
        slug="guest", title={"de": "Gast", "en": "Guest"}, kinds=("effect",), pages=pages
    )
    return made


def show(_visit: Any) -> str:
    """A page."""
    return ""


def group(needs: Right = Right.STAFF, owner: str | None = "guest") -> Pages:
    made = Pages("rooms", plugin=owner)
    made.get("/rooms", needs=needs)(show)
    return made


def brought(**given: Any) -> PluginPages:
    return PluginPages(**{"plugin": "guest", "folder": Path(), "groups": (group(),), **given})


def load_module(monkeypatch: pytest.MonkeyPatch, value: Any) -> Any:
    module = ModuleType("guest_pages")
    module.brought = value  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "guest_pages", module)
    return load(admit([Installed(plugin=plugin("guest_pages"), distribution="guest", version="1")]))


def test_a_page_stands_under_the_plugins_slug(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load_module(monkeypatch, brought())

    (page,) = (page for pages in found.groups() for page in pages)
    assert (page.rule, page.endpoint, page.plugin) == ("/t/<tenant>/guest/rooms", "guest.rooms.show", "guest")
    assert found.broken == {}


def test_a_plugin_without_pages_brings_none() -> None:
    found = load(admit([Installed(plugin=plugin(None), distribution="guest", version="1")]))

    assert (found.pages, found.broken) == ((), {})


def test_pages_that_cannot_be_imported_are_put_aside_with_the_reason() -> None:
    found = load(admit([Installed(plugin=plugin("guest_gone"), distribution="guest", version="1")]))

    assert found.pages == ()
    assert "No module named 'guest_gone'" in found.broken["guest"]


def test_pages_of_somebody_else_are_put_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    found = load_module(monkeypatch, PluginPages(plugin="other", folder=Path(), groups=()))

    assert "is no PluginPages of 'guest'" in found.broken["guest"]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"groups": (group(owner=None),)}, "not declared as the plugin's"),
        ({"groups": (group(Right.ANYBODY),)}, "not within a tenant"),
        ({"groups": (group(Right.OPERATOR),)}, "not within a tenant"),
        ({"entries": (Entry("orders.inbox", "x", icon="x"),)}, "orders.inbox"),
        ({"actions": {"order.taken": "x"}}, "order.taken"),
    ],
)
def test_what_reaches_into_the_hub_is_refused(given: dict[str, Any], fault: str) -> None:
    with pytest.raises(ContractError, match=fault):
        brought(**given)
