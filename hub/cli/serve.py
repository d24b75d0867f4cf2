"""``hub serve``: the production server. Waitress reads each request whole before it costs a thread,
so that slow senders cannot stop the hub."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from tempfile import TemporaryDirectory
from types import FrameType

import click
import structlog

from hub.app import EXTENSION, Hub, create_app, create_engine, end_streams
from hub.cli.common import load_config, opened
from hub.cli.cores import keep_to_one_core
from hub.cli.doctor import MESSAGES
from hub.cli.logs import set_up_logs
from hub.cli.serving import make_server, raise_file_limit
from hub.records import isolation
from hub.records.migrating import up_to_date

log = structlog.get_logger()

BACKLOG = 1024
SHUTDOWN_SECONDS = 15
DRAIN_SECONDS = 10


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Number of processes.")
@click.option("--fd", type=int, hidden=True, help="Listening socket that a parent process opened.")
@click.option("--number", type=int, default=0, hidden=True, help="Number of this process among its parent's.")
def serve(host: str, port: int, workers: int, fd: int | None, number: int) -> None:
    """Receive requests until SIGTERM or Ctrl-C; requests in flight are finished.

    On SQLite it is its own worker (HUB_WORKER); on PostgreSQL run `hub worker` beside it.
    """
    config = load_config()
    set_up_logs(config.log_level, config.log_format)
    if fd is not None:
        _leave_with_parent()
        _serve(socket.socket(fileno=fd), number)
        return
    _require_ready()
    listening = _listen(host, port)
    log.info("serving", url=_url(listening), web=f"{config.base_url}/", workers=workers)
    if workers == 1:
        _serve(listening)
    else:
        sys.exit(_supervise(listening, workers))


def _require_ready() -> None:
    with opened() as hub, hub.database.read() as unit:
        migrated = up_to_date(hub.database, hub.plugins.branches())
        unbound = isolation.bypassing_role(unit.connection)
    if not migrated:
        raise click.ClickException("the database has other tables; run `hub init` or `hub db upgrade`")
    if unbound is not None:
        log.warning("role_unbound", role=unbound, message=MESSAGES["role_unbound"].format(role=unbound))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror}") from None
    listening.listen(BACKLOG)
    return listening


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _serve(listening: socket.socket, number: int = 0) -> None:
    app = create_app()
    hub: Hub = app.extensions[EXTENSION]
    if hub.config.one_core:
        keep_to_one_core(number)

    def leave(_signal: int, _frame: FrameType | None) -> None:
        """Streams are ended, so that requests in flight are all that is waited for."""
        end_streams(app)
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    raise_file_limit()
    server = make_server(
        app,
        listening,
        threads=hub.config.threads,
        body_limit=hub.config.body_limit,
        behind_proxy=hub.config.proxy_hops > 0,
    )
    worker = create_engine(hub) if hub.config.serves_with_worker else None
    try:
        if worker:
            worker.start()
        server.run()
    except SystemExit:
        server.close()
    finally:
        if worker:
            worker.stop(DRAIN_SECONDS)
        hub.database.close()


def _supervise(listening: socket.socket, workers: int) -> int:
    """Keep so many processes running on one socket; a dead one is replaced."""
    listening.set_inheritable(True)
    fd = listening.fileno()
    leaving = False

    def leave(_signal: int, _frame: FrameType | None) -> None:
        nonlocal leaving
        leaving = True

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    with TemporaryDirectory(prefix="hub-metrics-") as figures:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", figures)  # inherited: each process tells of all
        return _keep_running(fd, workers, lambda: leaving)


def _keep_running(fd: int, workers: int, leaving: Callable[[], bool]) -> int:
    running = [_start(fd, number) for number in range(workers)]
    while not leaving():
        time.sleep(0.2)
        for index, process in enumerate(running):
            if process.poll() is not None and not leaving():
                log.warning("process_replaced", pid=process.pid, ended_with=process.returncode)
                time.sleep(0.5)
                running[index] = _start(fd, index)
    return _stop(running)


def _start(fd: int, number: int) -> subprocess.Popen[bytes]:
    """A process on that socket. It leaves when its standard input ends, that is with its parent,
    however that one ends."""
    command = [sys.executable, "-m", "hub", "serve", "--fd", str(fd), "--number", str(number)]
    return subprocess.Popen(command, pass_fds=[fd], stdin=subprocess.PIPE, env=os.environ)  # noqa: S603 - our own command


def _leave_with_parent() -> None:
    """End this process as SIGTERM would, once nobody holds the other end of standard input."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1):  # the buffered reader would be in the way of leaving
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()


def _stop(running: list[subprocess.Popen[bytes]]) -> int:
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(SHUTDOWN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return 0
