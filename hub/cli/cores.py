"""Each process on a core of its own (Linux; docs/adr/0030-one-core.md).

Python runs one thread of a process at a time. Where its threads lie on several cores, each wait for the
database or a socket hands the interpreter over from one core to another one, which costs more than what is
done in between. A process that keeps to one core takes half as many requests more, as long as nobody else
wants that core; so it looks now and then whether somebody does.
"""

import contextlib
import os
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

log = structlog.get_logger()

PERIOD = 5.0
"""Seconds between two looks, more or less: processes that look at the same time would move together."""

LOOK = 0.5
"""Seconds that a look takes."""

CROWDED = 0.3
"""The share of a core that others may take before one goes elsewhere."""

IDLE = 0.1
"""Who uses less of its core stays where it is: those of one parent would else meet on one that is free."""

Shares = Mapping[int, float]
"""By the number of a core: the share of a time in which others kept it busy."""


@dataclass(frozen=True)
class Reading:
    """Seconds since the machine was started, and since this process was: when, how long each core was busy,
    and how long this process was."""

    at: float
    busy: Mapping[int, float]
    own: float


def keep_to_one_core(number: int = 0) -> None:
    """Keep this process to one core from now on, its threads too; ``number`` tells it from the other
    processes of its parent. Does nothing where the system gives no choice."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_setaffinity") else []
    if len(cores) > 1:
        Keeper(first_core(cores, parent=os.getppid(), number=number), cores, read, _move).start()


def first_core(cores: list[int], *, parent: int, number: int) -> int:
    """Where to begin: processes of one parent on different cores, those of other parents somewhere else."""
    return cores[(parent + number) % len(cores)]


class Keeper:
    """Keeps to a core, and leaves it when others want it and there is a better one."""

    def __init__(
        self, core: int, cores: list[int], look: Callable[[], Reading], move: Callable[[int], None]
    ) -> None:
        self.core = core
        self._cores = cores
        self._look = look
        self._move = move

    def start(self) -> None:
        """Go to the core, and look after it in a thread of its own."""
        self._move(self.core)
        threading.Thread(target=self._run, name="core-keeper", daemon=True).start()

    def turn(self) -> None:
        """Look for a moment, and move if that is better."""
        before = self._look()
        time.sleep(LOOK)
        after = self._look()
        if after.own - before.own < IDLE * (after.at - before.at):
            return
        taken = others(before, after, self.core)
        best = choose(self.core, {core: taken.get(core, 0.0) for core in self._cores})
        if best != self.core:
            log.info(
                "core_changed", core=best, instead_of=self.core, taken_by_others=round(taken[self.core], 2)
            )
            self.core = best
            self._move(best)

    def _run(self) -> None:
        while True:
            time.sleep(random.uniform(0.5, 1.5) * PERIOD)  # noqa: S311 - nobody gains by guessing it
            with contextlib.suppress(OSError):  # no /proc, or the core was taken from this machine
                self.turn()


def choose(core: int, taken: Shares) -> int:
    """The core to be on: the present one, unless others want it and another one is at least twice as free
    of them."""
    best = min(taken, key=lambda one: (taken[one], one))
    is_crowded = taken[core] > CROWDED
    return best if is_crowded and taken[best] < taken[core] / 2 else core


def others(before: Reading, after: Reading, core: int) -> Shares:
    """How busy others kept each core between two readings, if this process was on that core."""
    seconds = after.at - before.at
    mine = {core: after.own - before.own}
    return {
        one: max(0.0, (after.busy[one] - before.busy[one] - mine.get(one, 0.0)) / seconds)
        for one in before.busy.keys() & after.busy.keys()
    }


def read(root: Path = Path("/proc")) -> Reading:
    """What the system says now (proc_stat(5)): of each core the time that was neither idle nor waiting for
    a disk. Raises OSError."""
    tick = os.sysconf("SC_CLK_TCK")
    busy: dict[int, float] = {}
    for line in (root / "stat").read_text("ascii").splitlines():
        name, *times = line.split()
        if name.startswith("cpu") and name != "cpu":
            user, nice, system, _idle, _waiting, *interrupts = map(int, times[:8])
            busy[int(name[3:])] = (user + nice + system + sum(interrupts)) / tick
    return Reading(at=time.monotonic(), busy=busy, own=time.process_time())


def _move(core: int) -> None:
    """All threads; those that they start follow."""
    for thread in os.listdir("/proc/self/task"):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread), {core})
