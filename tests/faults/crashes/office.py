"""A hub of the test's own: its database, its server and worker processes, senders at its door and a
receiver for what it sends out.
"""

import os
import random
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.deliveries.receiving import Answer, Receiver, Request, receiving
from tests.faults.crashes import echo
from tests.faults.crashes.furnish import SECRET, furnish
from tests.faults.crashes.launcher import Launch, launch, processes
from tests.faults.crashes.points import Kill, Process
from tests.faults.crashes.traffic import Door, Senders

TENANT = "musterfirma"
LEASE = 2
"""Seconds: the shortest that can be set, so that a dead worker's deliveries do not wait long."""

DEATH_SECONDS = 20.0


@dataclass(frozen=True)
class Program:
    """One process of the hub."""

    process: BaseProcess
    note: Path

    def died(self, seconds: float = DEATH_SECONDS) -> bool:
        """Whether it ends within that time."""
        self.process.join(seconds)
        return not self.process.is_alive()

    @property
    def killed_at(self) -> str | None:
        """Point and passage at which it killed itself."""
        return self.note.read_text("utf-8") if self.note.is_file() else None

    def kill(self) -> None:
        """SIGKILL, from outside. It is not waited for."""
        self.process.kill()

    def end(self) -> None:
        """SIGTERM, and SIGKILL for one that does not hear it."""
        self.process.terminate()
        if not self.died():
            self.process.kill()
            self.process.join()


@dataclass
class Office:
    """What a scenario works with. On SQLite the server is its own worker."""

    database_url: str
    folder: Path
    environment: dict[str, str]
    receiver: Receiver
    senders: Senders
    keys: dict[str, str]
    """The API key of each tenant."""
    programs: dict[Process, Program] = field(default_factory=dict)
    started: int = 0
    clock: Path | None = None
    """The file that says by how much the hub's clock is wrong."""

    @property
    def on_sqlite(self) -> bool:
        """Whether server and worker are one process."""
        return self.database_url.startswith("sqlite")

    def process_of(self, process: Process) -> Process:
        """Which process does the work of that one."""
        return "server" if self.on_sqlite else process

    def start(self, process: Process, kill: Kill | None = None) -> Program:
        """Start the server or a worker, to be killed at a point."""
        self.started += 1
        note = self.folder / f"note-{self.started}"
        port = str(self.senders.door.port)
        launched = Launch(
            words=["serve", "--port", port] if process == "server" else ["worker"],
            environment=self.environment,
            log=self.folder / f"{process}.log",
            kill=(kill.point.number, kill.passage) if kill else None,
            note=note,
            clock=self.clock,
        )
        started = processes.Process(target=launch, args=(launched,), name=f"hub-{process}")
        started.start()
        program = self.programs[process] = Program(started, note)
        return program

    def start_all(self) -> None:
        """Server and, where that is another process, worker."""
        self.start("server")
        if not self.on_sqlite:
            self.start("worker")

    def end_all(self) -> None:
        """End whatever still runs."""
        for program in self.programs.values():
            program.end()

    def kill_all(self) -> None:
        """SIGKILL to all at the same time."""
        for program in self.programs.values():
            program.kill()
        for program in self.programs.values():
            program.died()

    def require_alive(self) -> None:
        """Raises AssertionError if a process ended by itself."""
        for name, program in self.programs.items():
            if not program.process.is_alive():
                raise AssertionError(f"the {name} ended by itself\n{self.said()}")

    def serves(self) -> bool:
        """Whether the server takes connections."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.senders.door.port), 1):
            return True
        return False

    def await_that(self, true: Callable[[], bool], what: str, seconds: float) -> None:
        """Wait for something. Raises TimeoutError with the end of the logs."""
        until = time.monotonic() + seconds
        while not true():
            if time.monotonic() > until:
                raise TimeoutError(f"no {what} after {seconds:.0f} s\n{self.said()}")
            time.sleep(0.05)

    def said(self) -> str:
        """The end of what the processes logged."""
        return "\n".join(log.read_text("utf-8", "replace")[-2000:] for log in self.folder.glob("*.log"))


@contextmanager
def office(
    database_url: str, folder: Path, *, tenants: Sequence[str] = (TENANT,), senders: int = 8
) -> Iterator[Office]:
    """Set one up on an empty database, with senders for the first of its tenants; nothing runs yet. All
    ends with the block."""
    plugins = _plant(folder)
    with receiving() as receiver:
        receiver.answer = _now_and_then_failing()
        environment = _environment(database_url, folder, plugins)
        keys = furnish(environment, folder, {tenant: f"{receiver.url}/{tenant}" for tenant in tenants})
        door = Door(_free_port(), tenants[0], SECRET, keys[tenants[0]])
        made = Office(database_url, folder, environment, receiver, Senders(door, senders), keys)
        try:
            yield made
        finally:
            made.senders.over.set()
            made.end_all()


def _now_and_then_failing() -> Callable[[Request], Answer]:
    """A receiver that fails one delivery of eight the first time, so that there is something to try
    again."""
    dice, seen = random.Random(8), set[str]()

    def answer(request: Request) -> Answer:
        first = request.id not in seen
        seen.add(request.id)
        return Answer(500, "not now", {"Retry-After": "1"}) if first and dice.random() < 0.125 else Answer()

    return answer


def _plant(folder: Path) -> Path:
    """The plugin of these tests, as if it were installed."""
    plugins = folder / "plugins"
    info = plugins / "hub_echo-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hub-echo\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text(f"[hub.plugins]\necho = {echo.__name__}:plugin\n", "utf-8")
    return plugins


def _environment(database_url: str, folder: Path, plugins: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return inherited | {
        "HUB_DATABASE_URL": database_url,
        "HUB_SECRET_KEY": "the-vault-key-of-the-tests",
        "HUB_VAR_DIR": str(folder / "var"),
        "HUB_ALLOWED_TARGETS": "127.0.0.0/8",
        "HUB_WORKER_LEASE": str(LEASE),
        "HUB_WORKER_THREADS": "4",
        "HUB_THREADS": "16",
        "HUB_LOG_LEVEL": "warning",
        "PYTHONPATH": str(plugins),
    }


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port
