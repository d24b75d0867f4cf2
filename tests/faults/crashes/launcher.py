"""The real ``hub serve`` and ``hub worker``, each in a process of its own that may kill itself at a point
or have its clock somewhere else. The processes are forked from one that has imported the hub already,
because a start from nothing costs more than all that is tried.
"""

import importlib
import multiprocessing
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from multiprocessing import connection
from pathlib import Path

from hub.cli import common, serve
from hub.support.clock import utc_now
from tests.faults.crashes.points import BY_NUMBER, Kill, arm

COMMANDS = importlib.import_module("hub.cli.main")

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload([__name__, f"{__package__}.warm"])


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What a process is to be: a command with all of its environment, where it logs, where it dies and
    what its clock is."""

    words: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    kill: tuple[int, int] | None = None
    note: Path | None = None
    clock: Path | None = None


class ShiftedClock:
    """The real clock, put forward or back by so many seconds as a file says at that moment."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self) -> datetime:
        return utc_now() + timedelta(seconds=float(self._file.read_text("utf-8")))


def launch(launched: Launch) -> None:
    """Become it. Does not return; ends when the process that asked for it does."""
    settle_in(launched.environment, launched.log)
    if launched.kill and launched.note:
        point, passage = launched.kill
        arm(Kill(BY_NUMBER[point], passage), launched.note)
    if launched.clock:
        use_clock(launched.clock)
    COMMANDS.hub(args=list(launched.words), prog_name="hub")


def settle_in(environment: Mapping[str, str], log_file: Path) -> None:
    """What makes a forked process one of the hub's: environment, log, and that it does not outlive the
    process that asked for it."""
    os.environ.clear()
    os.environ.update(environment)
    sys.path.append(environment["PYTHONPATH"])
    log = os.open(log_file, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    threading.Thread(target=_leave_with_parent, name="leaving", daemon=True).start()


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def use_clock(file: Path) -> None:
    """Hand the shifted clock to the server and to the worker, as ``create_app`` and ``create_hub`` take
    one."""
    clock = ShiftedClock(file)
    serve.create_app = partial(serve.create_app, clock=clock)  # type: ignore[attr-defined] # the seam
    common.create_hub = partial(common.create_hub, clock=clock)  # type: ignore[attr-defined] # the seam
