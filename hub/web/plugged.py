"""Pages that plugins bring. The manifest names a module, whose ``brought`` says what there is; it is
imported when the web UI is made, so that workers and commands pay nothing for it. One that cannot be used
is put aside with its reason, and the rest runs."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from jinja2 import BaseLoader, FileSystemLoader, PrefixLoader

from hub.contract.errors import ContractError
from hub.registry.discovery import Installed, Plugins
from hub.web.navigation import Entry
from hub.web.page import Pages

EXTENSION = "hub_plugged"
"""Where the web application keeps what plugins brought."""

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class PluginPages:
    """What a plugin brings: its ``brought``. ``folder`` holds ``templates``, which are asked for as
    ``<slug>/<name>``, and ``translations/<language>/*.po``. ``actions`` are the words of the audit log for
    what its pages do; ``values`` says by kind of row how a value of it is called and read: it is given column
    and value."""

    plugin: str
    folder: Path
    groups: Sequence[Pages]
    entries: Sequence[Entry] = ()
    actions: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Callable[[str, Any], tuple[Any, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises ContractError for what would reach into the hub or into another plugin."""
        if faults := list(self._faults()):
            raise ContractError(f"pages of {self.plugin!r}: " + "; ".join(faults))

    @property
    def translations(self) -> Path:
        """The folder of its catalogues."""
        return self.folder / "translations"

    def _faults(self) -> Iterator[str]:
        for group in self.groups:
            if group.plugin != self.plugin:
                yield f"the group {group.name!r} is not declared as the plugin's"
            for page in group:
                if not page.needs.of_tenant:
                    yield f"{page.endpoint} needs a right that is not within a tenant"
        if strange := [entry.endpoint for entry in self.entries if entry.plugin != self.plugin]:
            yield f"entries of the navigation that are not declared as the plugin's: {', '.join(strange)}"
        if strange := [name for name in self.actions if not name.startswith(f"{self.plugin}.")]:
            yield f"actions begin with {self.plugin!r} and a dot, not {', '.join(strange)}"


@dataclass(frozen=True)
class Brought:
    """What all plugins brought, and why some could not be used."""

    pages: tuple[PluginPages, ...] = ()
    broken: Mapping[str, str] = field(default_factory=dict)

    def groups(self) -> Iterator[Pages]:
        """The groups of pages of all plugins."""
        return (group for one in self.pages for group in one.groups)

    def entries(self) -> tuple[Entry, ...]:
        """What they add to the navigation."""
        return tuple(entry for one in self.pages for entry in one.entries)

    def actions(self) -> dict[str, Any]:
        """Their words for the audit log."""
        return {name: text for one in self.pages for name, text in one.actions.items()}

    def values(self) -> dict[str, Callable[[str, Any], tuple[Any, Any]]]:
        """How the audit log and traces tell the values of their rows."""
        return {kind: told for one in self.pages for kind, told in one.values.items()}

    def loader(self) -> BaseLoader:
        """Their templates, each under the plugin's slug."""
        return PrefixLoader({one.plugin: FileSystemLoader(one.folder / "templates") for one in self.pages})


def load(plugins: Plugins) -> Brought:
    """The pages of all installed plugins, in a fixed order."""
    pages: list[PluginPages] = []
    broken: dict[str, str] = {}
    for slug, installed in sorted(plugins.installed.items()):
        if installed.manifest.pages is None:
            continue
        try:
            pages.append(_load(slug, installed))
        except (Exception, SystemExit) as error:
            broken[slug] = f"{type(error).__name__}: {error}"
            log.exception("pages_of_plugin_put_aside", plugin=slug)
    return Brought(tuple(pages), broken)


def _load(slug: str, installed: Installed) -> PluginPages:
    name = installed.manifest.pages or ""
    brought = getattr(importlib.import_module(name), "brought", None)
    if not isinstance(brought, PluginPages) or brought.plugin != slug:
        raise ContractError(f"{name}.brought is no PluginPages of {slug!r}")
    return brought
