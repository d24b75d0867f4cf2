"""Deliveries to be sent: a hub with an endpoint at the receiver, whose outbox is filled with copies of
a delivery that a real sale made, and a worker that empties it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from bench.cloning import Template, snapshot
from bench.places import Hub, Place, receive, set_up_hub
from bench.servers import TENANT, BenchError, Program, Server, start_receiver, start_worker
from hub.records.deliveries import DELIVERIES
from hub.support import jsontext

COPIED = ("deliveries", "delivery_attempts")
HOLD = timedelta(days=1)
"""How far ahead the deliveries lie that nobody is to send yet."""

PATIENCE = 300.0
LOOK = 0.05

_OPEN = DELIVERIES.c.state == sa.literal_column("'pending'")


@dataclass(frozen=True)
class Outbox:
    """A hub's outbox; ``body`` is what the delivery says that all others are copies of."""

    hub: Hub
    body: bytes
    waiting: Template
    done: Template

    def fill(self, count: int) -> None:
        """Add deliveries that are not due before ``release``."""
        self._clone(self.waiting, count)

    def add_finished(self, count: int) -> None:
        """Add deliveries that were sent long ago, with their attempts."""
        self._clone(self.done, count)

    def release(self) -> list[UUID]:
        """Make all that waits due at once. Gives the ids."""
        with self.hub.engine() as engine, engine.begin() as connection:
            ids = list(connection.scalars(sa.select(DELIVERIES.c.id).where(_OPEN)))
            _put_at(connection, datetime.now(UTC))
        return ids

    def wait(self) -> None:
        """Until nothing is open any more. Raises BenchError if that takes too long."""
        until = time.monotonic() + PATIENCE
        with self.hub.engine() as engine:
            while _is_open(engine):
                if time.monotonic() > until:
                    raise BenchError(f"the worker did not empty the outbox in {PATIENCE:.0f} s")
                time.sleep(LOOK)

    @contextmanager
    def worker(self, threads: int) -> Iterator[Program]:
        """A worker for as long as the block lasts."""
        with start_worker(self.hub.environment, self.hub.folder, threads) as program:
            yield program

    def _clone(self, template: Template, count: int) -> None:
        with self.hub.engine() as engine:
            run = f"{time.time_ns():x}-"
            template.clone(engine, count, name=lambda number: f"{run}{number}", spacing=timedelta())


@contextmanager
def receiving(place: Place, name: str) -> Iterator[Server]:
    """A receiver for as long as the block lasts."""
    with start_receiver(place.subfolder(f"{name}-receiver")) as receiver:
        yield receiver


def set_up_outbox(place: Place, name: str, receiver: Server) -> Outbox:
    """A hub that tells the receiver of each sale. One is received and sent for real."""
    hub = set_up_hub(place, name).with_settings(HUB_WORKER="off", HUB_ALLOWED_TARGETS="127.0.0.0/8")
    hub.command("connection", "create", TENANT, "notifications")
    hub.command(
        "endpoint", "create", TENANT, f"http://127.0.0.1:{receiver.port}/", "--events", "transaction.*"
    )
    with hub.running() as target:
        marker = receive(target, 1)
    with hub.engine() as engine:
        with engine.begin() as connection:
            content: dict[str, Any] = connection.scalars(sa.select(DELIVERIES.c.content)).one()
            _put_at(connection, datetime.now(UTC) + HOLD)
        waiting = _template(engine, marker)
        with engine.begin() as connection:
            _put_at(connection, datetime.now(UTC))
        hub.command("worker", "--once")
        done = _template(engine, marker)
    if set(done.rows) != set(COPIED):
        raise BenchError(f"the delivery to be copied was not sent: {done.rows}")
    return Outbox(hub, jsontext.encode(content), waiting, done)


def _template(engine: sa.Engine, marker: str) -> Template:
    """The delivery with its attempts as it is now; all else is there already."""
    return Template(engine, {**snapshot(engine), **{name: set() for name in COPIED}}, marker)


def _put_at(connection: sa.Connection, at: datetime) -> None:
    connection.execute(sa.update(DELIVERIES).where(_OPEN).values(next_at=at))


def _is_open(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        return connection.scalar(sa.select(DELIVERIES.c.id).where(_OPEN).limit(1)) is not None
