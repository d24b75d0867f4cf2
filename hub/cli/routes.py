"""``hub routes``: every address that the hub serves."""

import click

from hub.app import create_app
from hub.cli.common import json_option, load_config, opened, print_rows


@click.command()
@json_option
def routes(as_json: bool) -> None:
    """Every address that the hub serves, and whose it is."""
    with opened() as hub:
        app = create_app(load_config(), plugins=hub.plugins)
        rows = [
            {
                "path": rule.rule,
                "methods": sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}),
                "plugin": rule.endpoint.partition(":")[0] if ":" in rule.endpoint else "hub",
            }
            for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
        ]
    print_rows(rows, ["path", "methods", "plugin"], as_json=as_json)
