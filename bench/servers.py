"""The processes under measurement, and those beside them: started (servers on a free loopback port),
watched, and stopped by the process id they were given.
"""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

ROOT = Path(__file__).parents[1]
START_TIMEOUT = 60.0
STOP_TIMEOUT = 20.0
POOL_TIMEOUT = 300.0
TENANT = "bench"


class BenchError(Exception):
    """The bench cannot go on; the message says why."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process tree has used: CPU seconds since its start, memory in bytes since the last
    ``reset_peak``."""

    cpu: float
    peak: int
    resident: int


class Program:
    """A process of ours, and its children. A context manager that waits until it is ready, and ends
    it."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, ready: Callable[[], bool]
    ) -> None:
        self.log = log
        self._ready = ready
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, cwd=log.parent, env={**os.environ, **environment}, stdout=output, stderr=output
            )
        self._watched = psutil.Process(self._process.pid)

    def __enter__(self) -> Self:
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def usage(self) -> Usage:
        """What the process tree has used so far."""
        cpu, peak, resident = 0.0, 0, 0
        for process in self._tree():
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                cpu += times.user + times.system
                cpu += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
                now = process.memory_info().rss
                peak += _high_water(process.pid) or now
                resident += now
        return Usage(cpu, peak, resident)

    def reset_peak(self) -> None:
        """Let the peak of memory begin anew, where the kernel can do that (Linux)."""
        for process in self._tree():
            with suppress(OSError):
                Path(f"/proc/{process.pid}/clear_refs").write_text("5", encoding="ascii")

    def stop(self) -> None:
        """SIGTERM, then SIGKILL for whatever of the tree is left. Raises BenchError if it had
        already ended by itself."""
        died = self._process.poll()
        tree = self._tree()
        if died is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_TIMEOUT)
        for process in tree:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait(STOP_TIMEOUT)
        if died is not None:
            raise BenchError(f"{self.log.stem} ended by itself with {died}:\n{self._tail()}")

    def _tree(self) -> list[psutil.Process]:
        try:
            return [self._watched, *self._watched.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _wait(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise BenchError(f"{self.log.stem} did not start:\n{self._tail()}")
            if self._ready():
                return
            time.sleep(0.1)
        raise BenchError(f"{self.log.stem} was not ready within {START_TIMEOUT:.0f} s:\n{self._tail()}")

    def _tail(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-3000:]


class Server(Program):
    """A program that answers on a port."""

    def __init__(self, command: Sequence[str], port: int, environment: Mapping[str, str], log: Path) -> None:
        self.port = port
        super().__init__(command, environment, log, lambda: _answers(port))


def start_yardstick(
    module: str, database_url: str, secret: str, folder: Path, settings: Mapping[str, str], processes: int = 1
) -> Server:
    """A hand-written application; it makes its own tables."""
    port = free_port()
    environment = {
        **settings,
        "YARDSTICK_DATABASE_URL": database_url,
        "YARDSTICK_SECRET": secret,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", module, "--port", str(port), "--processes", str(processes)]
    return Server(command, port, environment, folder / "yardstick.log")


def start_receiver(folder: Path) -> Server:
    """Takes deliveries and notes them."""
    port = free_port()
    command = [sys.executable, "-m", "bench.receiver", "--port", str(port)]
    return Server(command, port, {"PYTHONPATH": str(ROOT)}, folder / "receiver.log")


def start_worker(environment: Mapping[str, str], folder: Path, threads: int) -> Program:
    """``hub worker`` beside the database that ``prepare_hub`` has set up; one in each folder."""
    log = folder / "worker.log"
    command = [*hub_command(), "worker", "--threads", str(threads)]
    return Program(command, environment, log, lambda: '"working"' in log.read_text(encoding="utf-8"))


def run_bare_pool(port: int, body: bytes, *, count: int, threads: int) -> float:
    """Post the body so often to the receiver without the hub. Gives the CPU seconds that it took."""
    command = [sys.executable, "-m", "bench.barepool", "--port", str(port)]
    command += ["--count", str(count), "--threads", str(threads)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        command, input=body, env=environment, capture_output=True, timeout=POOL_TIMEOUT, check=False
    )
    if done.returncode:
        raise BenchError(f"the bare pool failed:\n{done.stderr.decode(errors='replace')[-3000:]}")
    return float(done.stdout)


def start_hub(environment: Mapping[str, str], folder: Path, processes: int = 1) -> Server:
    """``hub serve`` on a database that ``prepare_hub`` has set up."""
    port = free_port()
    command = [*hub_command(), "serve", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(processes)]
    return Server(command, port, environment, folder / "hub.log")


def hub_environment(database_url: str, folder: Path) -> dict[str, str]:
    """The settings of a hub of its own: database, secret key, folder."""
    return {
        "HUB_DATABASE_URL": database_url,
        "HUB_SECRET_KEY": secrets.token_urlsafe(32),
        "HUB_VAR_DIR": str(folder / "var"),
    }


def prepare_hub(environment: Mapping[str, str], secret: str, folder: Path) -> None:
    """Make the tables, the first tenant and its connection, the way an operator does."""
    run_hub(["init", "--json"], environment, folder)
    create_tenant(TENANT, environment, secret, folder)


def create_tenant(slug: str, environment: Mapping[str, str], secret: str, folder: Path) -> None:
    """A tenant with the custom webhook switched on."""
    run_hub(["tenant", "create", slug, "--name", slug.title()], environment, folder)
    run_hub(["connection", "create", slug, "custom", "--set", f"secrets={secret}"], environment, folder)


def run_hub(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> str:
    """Run one command of the hub and return what it printed. Raises BenchError if it fails."""
    done = subprocess.run(
        [*hub_command(), *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise BenchError(f"hub {' '.join(arguments[:2])} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def hub_command() -> list[str]:
    """The installed ``hub`` beside this interpreter, or the package run as a module."""
    script = Path(sys.executable).with_name("hub")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "hub"]


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
            probe.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return probe.recv(5) == b"HTTP/"
    except OSError:
        return False


def _high_water(pid: int) -> int | None:
    """VmHWM in bytes; ``None`` where the system does not say it."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    lines = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(lines[0]) * 1024 if lines else None
