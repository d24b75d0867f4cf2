"""What plugins add to the API. The manifest names a module, whose ``resources`` say what there is; it is
imported when the API is made. One that cannot be used is put aside with its reason, and the rest runs."""

import importlib
from collections.abc import Iterator, Sequence

import structlog

from hub.api.call import Call
from hub.api.operation import Operation, Resource
from hub.api.problems import Problem
from hub.contract.errors import ContractError
from hub.records import tenants
from hub.registry.discovery import Installed, Plugins

log = structlog.get_logger()


def load(plugins: Plugins) -> Iterator[Resource]:
    """The resources of all installed plugins, in a fixed order."""
    for slug, installed in sorted(plugins.installed.items()):
        if installed.manifest.api is None:
            continue
        try:
            brought = _load(slug, installed)
        except (Exception, SystemExit):
            log.exception("resources_of_plugin_put_aside", plugin=slug)
        else:
            yield from brought


def require(call: Call, operation: Operation) -> None:
    """What a plugin made stays readable while it is off. Raises Problem where the company never had it, and
    for a change while it is off."""
    if operation.plugin is None:
        return
    with call.read() as unit:
        rows = tenants.connections_of(unit, call.tenant_id)
    mine = [row["enabled"] for row in rows if row["plugin"] == operation.plugin]
    if not mine:
        raise Problem("not-found", f"Your company does not use {operation.plugin}; it can be connected.")
    if operation.method != "GET" and not any(mine):
        raise Problem("conflict", f"The plugin {operation.plugin} is off; switch its connection on first.")


def _load(slug: str, installed: Installed) -> Sequence[Resource]:
    name = installed.manifest.api or ""
    brought: Sequence[Resource] = importlib.import_module(name).resources
    if strange := [one.name for one in brought if one.plugin != slug]:
        raise ContractError(f"{name}: not declared as the plugin's: {', '.join(strange)}")
    return brought
