"""``hub worker``: sends what has to leave the machine, calls the receivers that were left to it, and
makes the rounds of periodic jobs."""

import signal
import threading
from types import FrameType

import click
import structlog

from hub.app import Hub, create_engine, create_worker
from hub.cli.common import err, load_config, opened
from hub.cli.cores import keep_to_one_core
from hub.cli.logs import set_up_logs
from hub.records.migrating import up_to_date

log = structlog.get_logger()

DRAIN_SECONDS = 45
"""How long what is being sent may take to end after SIGTERM."""


@click.command()
@click.option(
    "--threads",
    type=click.IntRange(1),
    help="Deliveries sent at the same time.  [default: HUB_WORKER_THREADS]",
)
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
def worker(threads: int | None, once: bool) -> None:
    """Send deliveries, call background receivers and do periodic jobs until SIGTERM or Ctrl-C.

    What is being sent then is finished. Any number of workers may share a PostgreSQL database, on any
    number of machines.
    """
    config = load_config()
    if not once:
        set_up_logs(config.log_level, config.log_format)
    with opened() as hub:
        with hub.database.read():
            migrated = up_to_date(hub.database, hub.plugins.branches())
        if not migrated:
            raise click.ClickException("the database has other tables; run `hub db upgrade`")
        if once:
            err.print(f"{create_worker(hub, threads=threads).run_due()} done")
        else:
            _work(hub, threads)


def _work(hub: Hub, threads: int | None) -> None:
    leaving = threading.Event()

    def leave(_signal: int, _frame: FrameType | None) -> None:
        leaving.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    if hub.config.one_core:
        keep_to_one_core(1)  # beside a `hub serve` of the same parent, which is 0
    engine = create_engine(hub, threads=threads)
    engine.start()
    log.info("working", threads=threads or hub.config.worker_threads)
    while not leaving.wait(1):
        pass  # a signal that another thread got would not end an endless wait
    engine.stop(DRAIN_SECONDS)
    log.info("stopped")
