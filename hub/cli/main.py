"""The command's groups, put together."""

import sys

import click

from hub.cli import (
    connection,
    database,
    demo,
    doctor,
    events,
    init,
    invoice,
    key,
    plugin,
    records,
    routes,
    secrets,
    send,
    serve,
    tenant,
)
from hub.cli.logs import set_up_logs
from hub.version import __version__


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hub")
def hub() -> None:
    """The integration hub: receives what senders post, and makes records of it."""
    set_up_logs()


for command in (
    init.init,
    tenant.tenant,
    plugin.plugin,
    connection.connection,
    key.key,
    serve.serve,
    send.send,
    events.events,
    records.records,
    invoice.invoice,
    database.db,
    secrets.secrets,
    demo.demo,
    routes.routes,
    doctor.doctor,
):
    hub.add_command(command)


def main() -> None:
    """Entry point of the console script."""
    try:
        hub(prog_name="hub")
    except BrokenPipeError:
        sys.exit(1)
