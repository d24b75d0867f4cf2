"""The command's groups, put together."""

import sys

import click

from hub.cli import (
    access_key,
    backfill,
    backup,
    connection,
    customer,
    database,
    deliveries,
    demo,
    doctor,
    effects,
    events,
    init,
    invoice,
    jobs,
    key,
    member,
    order,
    plugin,
    privacy,
    records,
    retention,
    routes,
    secrets,
    send,
    serve,
    tenant,
    ticket,
    trace,
    worker,
)
from hub.cli.logs import set_up_logs
from hub.cli.plugged import PluggedGroup
from hub.version import __version__


@click.group(cls=PluggedGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hub")
def hub() -> None:
    """The integration hub: receives what senders post, and makes records of it."""
    set_up_logs()


for command in (
    init.init,
    tenant.tenant,
    member.member,
    plugin.plugin,
    connection.connection,
    key.key,
    access_key.access_key,
    serve.serve,
    worker.worker,
    send.send,
    events.events,
    backfill.backfill,
    trace.trace,
    effects.effects,
    deliveries.deliveries,
    jobs.jobs,
    records.records,
    invoice.invoice,
    order.order,
    ticket.ticket,
    customer.customer,
    privacy.privacy,
    retention.retention,
    database.db,
    backup.backup,
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
