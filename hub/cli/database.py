"""``hub db``: the database's tables."""

import click

from hub.cli.common import err, json_option, load_config, opened, print_one
from hub.records.migrating import upgrade as bring_up


@click.group()
def db() -> None:
    """The database's tables."""


@db.command()
@json_option
def upgrade(as_json: bool) -> None:
    """Make or change the tables to what this version needs. Safe to call again."""
    config = load_config()
    with opened() as hub:
        bring_up(config.resolved_database_url, hub.plugins.branches())
        url = hub.database.url.render_as_string(hide_password=True)
    if as_json:
        print_one({"database": url, "upgraded": True}, as_json=True)
    else:
        err.print(f"{url} is up to date.")
