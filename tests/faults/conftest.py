"""Worker processes, killed and ended by their id, and a receiver of the test's own."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from hub.records import deliveries, outbox
from hub.records.database import Row

HERE = Path(__file__)
TOOLS = HERE.parents[1] / "deliveries"
SECRET_KEY = "the-vault-key-of-the-tests"  # of tests/conftest.py
LEASE = 3
"""Seconds; short, so that a killed worker's deliveries do not wait a minute."""

BROKER_VARIABLE = "HUB_TEST_BROKER_URL"


def load(name: str) -> Any:
    """A module of the tests of deliveries."""
    spec = importlib.util.spec_from_file_location(name, TOOLS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Plant:
    """A hub's database, worker processes that share it, and a receiver."""

    site: Any
    receiver: Any
    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]]

    def fill(self, number: int, tenant: str = "musterfirma") -> list[UUID]:
        """Put deliveries into the outbox."""
        tenant_id = self.site.tenant_id(tenant)
        with self.site.rooms.database.write() as unit:
            return [
                outbox.enqueue(
                    unit,
                    tenant_id=tenant_id,
                    channel="patient",
                    target=f"{self.receiver.url}/",
                    content={"number": one},
                    at=self.site.clock(),
                )
                for one in range(number)
            ]

    def start(self, *words: str, threads: int = 4, command: str = "worker") -> subprocess.Popen[bytes]:
        """Start a process of the command line."""
        options = ["--threads", str(threads)] if command == "worker" else []
        process = subprocess.Popen(
            [sys.executable, "-m", "hub", command, *options, *words], env=self.environment
        )
        self.processes.append(process)
        return process

    def await_requests(self, number: int, seconds: float = 60) -> None:
        """Wait until so many have come."""
        self.await_that(lambda: len(self.receiver.requests) >= number, f"{number} requests", seconds)

    def await_done(self, number: int, seconds: float = 90) -> None:
        """Wait until the table says so many are done."""
        try:
            self.await_that(lambda: len(self.rows("done")) >= number, f"{number} done", seconds)
        except AssertionError:
            print([row for row in self.rows() if row["state"] != "done"][:5])  # noqa: T201 - shown on failure
            raise

    def await_that(self, true: Callable[[], bool], what: str, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not true():
            ended = [one.args for one in self.processes if (one.poll() or 0) > 0]
            assert not ended, f"a process ended by itself: {ended}"
            assert time.monotonic() < until, f"no {what}; {len(self.receiver.requests)} requests came"
            time.sleep(0.02)

    def rows(self, state: str | None = None, tenant: str = "musterfirma") -> list[Row]:
        tenant_id = self.site.tenant_id(tenant)
        with self.site.rooms.database.read() as unit:
            return list(deliveries.search(unit, tenant_id=tenant_id, state=state, limit=1_000_000))


@pytest.fixture
def broker() -> dict[str, str]:
    """The setting that lets workers share through RabbitMQ."""
    url = os.environ.get(BROKER_VARIABLE, "")
    if not url and os.environ.get("CI") == "true":
        pytest.fail(f"{BROKER_VARIABLE} is not set, and CI needs RabbitMQ")
    if not url:
        pytest.skip(f"{BROKER_VARIABLE} is not set; `tools/rabbitmq.sh run …` sets it")
    return {"HUB_BROKER_URL": url}


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> tuple[str, dict[str, str]]:
    """What moves the deliveries: a database's address, and further settings."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url"), {}
    settings = request.getfixturevalue("broker") if request.param == "rabbitmq" else {}
    return request.getfixturevalue("postgres_url"), settings


@pytest.fixture
def make_plant(make_app: Callable[..., Any], tmp_path: Path) -> Iterator[Callable[[str], Plant]]:
    """Makes such a plant on a database; its processes are ended with the test."""
    processes: list[subprocess.Popen[bytes]] = []
    plugins = tmp_path / "plugins"
    info = plugins / "hub_poster-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hub-poster\nVersion: 1\n", "utf-8")
    (info / "entry_points.txt").write_text("[hub.plugins]\nposter = hub_poster:plugin\n", "utf-8")
    (plugins / "hub_poster.py").write_text((TOOLS / "hub_poster.py").read_text("utf-8"), "utf-8")
    with ExitStack() as stack:

        def make(url: str, **environment: str) -> Plant:
            site = make_app(url, [load("hub_poster").Poster()])
            site.add_tenant("musterfirma")
            receiver = stack.enter_context(load("receiving").receiving())
            settings = {
                "HUB_DATABASE_URL": url,
                "HUB_SECRET_KEY": SECRET_KEY,
                "HUB_WORKER_LEASE": str(LEASE),
                "PYTHONPATH": str(plugins),
                **environment,
            }
            inherited = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
            return Plant(site, receiver, inherited | settings, processes)

        yield make
        for process in processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait(10)
