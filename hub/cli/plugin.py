"""``hub plugin``: what is installed, a new one, and whether one keeps the contract."""

from typing import Any

import click

from hub.cli.checking import check_plugin
from hub.cli.common import err, json_option, print_rows
from hub.cli.plugin_new import new
from hub.contract.errors import ContractError
from hub.registry.discovery import Plugins, discover
from hub.registry.quality import tier_of


@click.group()
def plugin() -> None:
    """The installed plugins."""


plugin.add_command(new)
plugin.add_command(check_plugin)


@plugin.command("list")
@json_option
def list_plugins(as_json: bool) -> None:
    """All installed plugins, and those that were put aside with the reason."""
    try:
        plugins = discover()
    except ContractError as error:
        raise click.ClickException(str(error)) from None
    print_rows(
        _rows(plugins), ["slug", "state", "version", "kinds", "tier", "title", "reason"], as_json=as_json
    )
    if plugins.quarantined:
        err.print(f"{len(plugins.quarantined)} put aside.")


def _rows(plugins: Plugins) -> list[dict[str, Any]]:
    running = [
        {
            "slug": slug,
            "state": "installed",
            "version": installed.version,
            "kinds": list(installed.manifest.kinds),
            "tier": tier_of(installed.plugin).value,
            "title": installed.manifest.title["en"],
            "package": installed.distribution,
            "reason": None,
        }
        for slug, installed in sorted(plugins.installed.items())
    ]
    aside: list[dict[str, Any]] = [
        {
            "slug": item.name,
            "state": "quarantined",
            "version": item.version,
            "kinds": [],
            "tier": None,
            "title": None,
            "package": item.distribution,
            "reason": item.reason,
        }
        for item in plugins.quarantined
    ]
    return running + aside
