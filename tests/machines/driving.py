"""Hubs as processes, and senders that keep account of what was acknowledged."""

import hashlib
import hmac
import http.client
import importlib
import itertools
import json
import os
import queue
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from click.testing import CliRunner
from flask import Flask

from hub.app import create_app
from hub.config import Config

COMMANDS = importlib.import_module("hub.cli.main")
TENANT = "musterfirma"
SECRET = "ein-langes-geheimnis-0815"
KEY = "the-vault-key-of-the-machines"
PATH = f"/api/webhooks/{TENANT}/custom"
Address = tuple[str, int]


def await_that(true: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """Wait until something is true, and give it; fail after so many seconds."""
    until = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < until, f"waited {seconds} s for {what}"
        time.sleep(0.02)
    return found


@dataclass
class House:
    """One installation: its environment, what runs in it, and commands. ``prefix`` stands before each
    command, such as that which enters a network namespace."""

    environment: Mapping[str, str]
    prefix: Sequence[str] = ()
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def command(self, *words: str) -> list[str]:
        return [*self.prefix, sys.executable, "-m", "hub", *words]

    def env(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
        return inherited | self.settings()

    def settings(self) -> dict[str, str]:
        return {"HUB_SECRET_KEY": KEY, "HUB_LOG_LEVEL": "error", **self.environment}

    def run(self, *words: str) -> str:
        """Standard output of a command that must succeed."""
        ran = subprocess.run(
            self.command(*words), env=self.env(), capture_output=True, text=True, timeout=120, check=False
        )
        assert ran.returncode == 0, f"hub {' '.join(words)}: {ran.stderr}"
        return ran.stdout

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """A process that runs until it is ended."""
        process = subprocess.Popen(self.command(*words), env=self.env())
        self.processes.append(process)
        return process

    def serve(self, address: Address, *words: str) -> subprocess.Popen[bytes]:
        """A server that answers on this address."""
        process = self.start("serve", "--host", address[0], "--port", str(address[1]), *words)
        await_that(lambda: is_ready(address), f"{address} to serve")
        return process

    def here(self, *words: str) -> str:
        """Standard output of a command that must succeed, in this process: a process of its own takes seconds
        to start."""
        ran = CliRunner().invoke(COMMANDS.hub, list(words), env=self.settings(), prog_name="hub")
        assert ran.exit_code == 0, f"hub {' '.join(words)}: {ran.output} {ran.exception!r}"
        return ran.stdout

    def app(self) -> Flask:
        """The installation's application, in this process."""
        values = {name.removeprefix("HUB_").lower(): value for name, value in self.settings().items()}
        return create_app(Config(**values))  # type: ignore[arg-type] # pydantic reads the texts

    def set_up(self, endpoint: str) -> None:
        """A tenant that takes sales, reckons commissions and posts webhooks to that address."""
        self.here("tenant", "create", TENANT, "--name", "Musterfirma")
        self.here("connection", "create", TENANT, "custom", "--set", f"secrets={SECRET}")
        for plugin in ("notifications", "commissions"):
            self.here("connection", "create", TENANT, plugin)
        self.here("endpoint", "create", TENANT, endpoint, "--events", "transaction.created")

    def end(self, how: int = signal.SIGTERM) -> None:
        """End all that runs, by its id."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(how)
        for process in self.processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()


def is_ready(address: Address) -> bool:
    """Whether a server takes events there."""
    try:
        return request(address, "GET", "/readyz", b"", {}, 2.0)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def request(
    address: Address, method: str, path: str, body: bytes, headers: Mapping[str, str], seconds: float
) -> tuple[int, bytes]:
    """One request on a connection of its own. Raises OSError or HTTPException."""
    connection = http.client.HTTPConnection(*address, timeout=seconds)
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def post_sale(address: Address, name: str, seconds: float = 10.0) -> str | None:
    """Send a sale; ``processed`` or ``skipped`` if it was acknowledged, else ``None``."""
    told = {"event": "transaction.created", "externalId": name, "grossAmount": "119.00", "currency": "EUR"}
    body = json.dumps(told | {"customer": {"email": f"{name}@example.com"}}).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Webhook-Signature": f"sha256={signature}"}
    try:
        status, answer = request(address, "POST", PATH, body, headers, seconds)
    except (OSError, http.client.HTTPException):
        return None
    if status >= 500:
        return None
    assert status == 200, (status, answer)
    said: str = json.loads(answer)["status"]
    return said


@dataclass
class Load:
    """Senders that send sales to several addresses, again until they are acknowledged, and every fifth one
    twice, to another address. ``acknowledged`` counts the answers for each sale."""

    addresses: Sequence[Address]
    clients: int = 4
    seed: int = 1
    seconds: float = 5.0
    acknowledged: dict[str, int] = field(default_factory=dict)
    processed: dict[str, int] = field(default_factory=dict)
    failures: int = 0

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._send, args=(random.Random(f"{self.seed}/{n}"),), daemon=True)
            for n in range(self.clients)
        ]
        self.faults: queue.Queue[BaseException] = queue.Queue()

    def start(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def known(self) -> set[str]:
        """What is acknowledged by now."""
        with self._lock:
            return set(self.acknowledged)

    def await_known(self, number: int, seconds: float = 60.0) -> None:
        await_that(
            lambda: len(self.acknowledged) >= number or not self.faults.empty(), f"{number} sales", seconds
        )
        assert self.faults.empty(), self.faults.get()

    def stop(self) -> None:
        """Begin nothing new; what was begun is finished."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()
        assert self.faults.empty(), self.faults.get()

    def _send(self, chance: random.Random) -> None:
        try:
            while not self._stopping.is_set():
                number = next(self._numbers)
                for _ in range(2 if number % 5 == 0 else 1):
                    self._until_acknowledged(f"s-{number}", chance)
        except BaseException as fault:  # shown by whoever waits
            self.faults.put(fault)

    def _until_acknowledged(self, name: str, chance: random.Random) -> None:
        gave_up = time.monotonic() + 60
        while time.monotonic() < gave_up:
            said = post_sale(chance.choice(self.addresses), name, self.seconds)
            with self._lock:
                if said is None:
                    self.failures += 1
                    continue
                self.acknowledged[name] = self.acknowledged.get(name, 0) + 1
                self.processed[name] = self.processed.get(name, 0) + (said == "processed")
                return
        raise AssertionError(f"{name} was not acknowledged within a minute")
