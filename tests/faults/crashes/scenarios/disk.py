"""The disk under a SQLite file is full, and has room again. As root that is a small file system of its own
(tmpfs) that something else fills; otherwise a limit on the size of the process's files (RLIMIT_FSIZE)."""

import os
import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.faults.crashes.office import Office
from tests.faults.crashes.traffic import UnderWay
from tests.faults.crashes.trial import BATCH_SECONDS, Account, Trial

DISK_MIB = 48
PIECE = 64 * 1024
ENOUGH = 5
"""Answers that say 503, before there is room again."""


class Disk(Protocol):
    """Where the database lies."""

    @property
    def name(self) -> str:
        """What it is, for the table."""

    def fill(self, made: Office) -> None:
        """Leave no room."""

    def free(self, made: Office) -> None:
        """Give it back."""


@dataclass(frozen=True)
class SmallDisk:
    """A file system that holds the database and nothing else."""

    folder: Path
    name: str = "tmpfs"

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self, made: Office) -> None:
        """Write until the last byte is taken."""
        with self._ballast.open("wb", buffering=0) as ballast:
            for piece in (bytes(PIECE), bytes(1024)):
                try:
                    while ballast.write(piece) == len(piece):
                        pass
                except OSError:
                    continue

    def free(self, made: Office) -> None:
        """Delete what was written."""
        self._ballast.unlink()


@dataclass(frozen=True)
class LimitedFiles:
    """No file of the hub's processes may grow."""

    name: str = "RLIMIT_FSIZE"

    def fill(self, made: Office) -> None:
        """Not one byte more than the largest file has now."""
        files = made.folder.glob("hub.db*")
        self._limit(made, max(file.stat().st_size for file in files))

    def free(self, made: Office) -> None:
        """As large as they like."""
        self._limit(made, resource.RLIM_INFINITY)

    def _limit(self, made: Office, size: int) -> None:
        for program in made.programs.values():
            resource.prlimit(program.process.pid or 0, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def full(trial: Trial, *, rounds: int = 4) -> Account:
    """What comes meanwhile is refused with 503 and goes through afterwards."""
    with trial.office() as made, _disk(made) as disk:
        made.start_all()
        made.await_that(made.serves, "server", trial.left(60))
        for _ in range(rounds):
            under_way = trial.begin(made, 24)
            time.sleep(trial.dice.uniform(0, 0.5))
            disk.fill(made)
            _await_refusals(trial, made, under_way)
            disk.free(made)
            trial.wait(made, under_way)
        trial.settle(made)
        made.require_alive()
        refused = _refused(made)
        if not refused:
            raise AssertionError("the disk was never full enough")
        remark = f"{refused} answers were 503 ({disk.name})"
        return trial.account(made, rounds=rounds, kills=rounds, remark=remark)


def _await_refusals(trial: Trial, made: Office, under_way: UnderWay) -> None:
    number = _refused(made) + ENOUGH
    made.await_that(lambda: under_way.done or _refused(made) >= number, "503", trial.left(BATCH_SECONDS))


def _refused(made: Office) -> int:
    return sum(answer.status == 503 for answer in made.senders.answers)


@contextmanager
def _disk(made: Office) -> Iterator[Disk]:
    """Move the database to a small file system, if that can be had."""
    folder = made.folder / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or not _mount(folder):
        yield LimitedFiles()
        return
    try:
        for file in made.folder.glob("hub.db*"):
            (folder / file.name).write_bytes(file.read_bytes())
        made.database_url = f"sqlite:///{folder / 'hub.db'}"
        made.environment["HUB_DATABASE_URL"] = made.database_url
        yield SmallDisk(folder)
    finally:
        made.end_all()
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
