"""A hub whose channel posts to a receiver of the test's own, on each database."""

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

import hub
from hub.app import create_worker
from hub.records import deliveries, outbox


def load(name: str) -> ModuleType:
    """A module of this folder, which is no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class Office:
    """A hub with the channel *post*, and what a test does with its deliveries."""

    site: Any
    receiver: Any

    def post(self, number: int = 1, *, tenant: str = "musterfirma", **values: Any) -> list[UUID]:
        """Put deliveries into the outbox; gives their ids."""
        row = {
            "tenant_id": self.site.tenant_id(tenant),
            "channel": "post",
            "target": f"{self.receiver.url}/{tenant}",
            "content": {"greeting": "Grüße"},
            "at": self.site.clock(),
        } | values
        with self.site.rooms.database.write() as unit:
            return [outbox.enqueue(unit, **row) for _ in range(number)]

    def work(self, *, threads: int = 1, chance: float = 1.0, **options: Any) -> int:
        """Let a worker do what is due; ``chance`` is what its dice show: with 1 a schedule is
        followed to the second."""
        return create_worker(self.site.rooms, threads=threads, chance=lambda: chance, **options).run_due()

    def row(self, delivery_id: UUID) -> Any:
        with self.site.rooms.database.read() as unit:
            return deliveries.get(unit, delivery_id)

    def state(self, delivery_id: UUID) -> str:
        state: str = self.row(delivery_id)["state"]
        return state

    def wait(self, delivery_id: UUID) -> float:
        """Seconds until the delivery is due."""
        seconds: float = (self.row(delivery_id)["next_at"] - self.site.clock()).total_seconds()
        return seconds

    def log(self, delivery_id: UUID) -> Sequence[Any]:
        with self.site.rooms.database.read() as unit:
            return deliveries.attempts_of(unit, delivery_id)

    def retry(self, *delivery_ids: UUID) -> list[UUID]:
        with self.site.rooms.database.write() as unit:
            return deliveries.retry(unit, delivery_ids, self.site.clock())


@pytest.fixture
def receiver() -> Iterator[Any]:
    """A real HTTP server."""
    with load("receiving").receiving() as running:
        yield running


@pytest.fixture
def answers() -> Callable[..., Any]:
    """What the receiver can say: ``answers(503, "busy", **headers)``."""
    kind = load("receiving").Answer

    def make(status: int, body: str = "", **headers: str) -> Any:
        return kind(status, body, {name.replace("_", "-"): value for name, value in headers.items()})

    return make


@pytest.fixture
def make_office(make_hub: Any, receiver: Any) -> Callable[..., Office]:
    """Starts such a hub with further plugins."""

    def make(plugins: Sequence[hub.Plugin] = (), **config: Any) -> Office:
        return Office(make_hub(plugins=[load("hub_poster").Poster(), *plugins], **config), receiver)

    return make


@pytest.fixture
def office(make_office: Callable[..., Office]) -> Office:
    """The usual one."""
    return make_office()
