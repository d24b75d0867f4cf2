"""The engine for many machines: Celery on RabbitMQ carries claims from a relay to whoever is free.

The relay claims due deliveries with the same lease as the loop does, and publishes each claim. Whoever
gets the message takes the claim over, which can be done once. A message that is lost leaves a lease
that runs out, and the relay claims and publishes anew: it is its own sweeper.
"""

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from hub.deliveries.ledger import Ledger
from hub.deliveries.loop import Turn, Turns, worker_name
from hub.deliveries.periodic import PeriodicRunner
from hub.deliveries.rota import Rota
from hub.deliveries.running import EffectRunner
from hub.deliveries.sending import Sender
from hub.deliveries.tenancy import Tenancy
from hub.records import deliveries, due
from hub.records.database import Database
from hub.records.deliveries import Claim
from hub.records.waking import Listener
from hub.support.clock import Clock

log = structlog.get_logger()

TASK = "hub.send"

AHEAD = 8
"""Messages that may lie in the queue for each sending thread of a worker: enough to be busy, and few
enough that a tenant's first delivery does not wait long behind another's."""


PULSE = 0.05
"""Seconds between looks of Celery's loop for what other threads have left to it."""


class BrokerEngine:
    """Relay and Celery worker in one process; any number of them share a broker and a database."""

    def __init__(
        self,
        broker_url: str,
        database: Database,
        tenancy: Tenancy,
        sender: Sender,
        effects: EffectRunner,
        periodic: PeriodicRunner,
        *,
        rounds: Turn,
        tidying: Turn,
        threads: int,
        clock: Clock,
        lease: timedelta,
    ) -> None:
        self._database = database.for_all_tenants()
        self._tenancy = tenancy
        self._sender = sender
        self._clock = clock
        self._lease = lease
        self._ahead = AHEAD * threads
        self._threads = threads
        self._name = worker_name()
        self._claims = 0
        self._counting = threading.Lock()
        self._sent = itertools.count(1)
        self._rota = Rota()
        self._ledger = Ledger(self._database, room=16 * threads, patience=lease.total_seconds())
        self._queue = f"hub.deliveries.{database.mark}"
        self._celery = _celery(broker_url, self._queue)
        self._celery.task(self._send, name=TASK)
        self._consumer = self._celery.WorkController(
            concurrency=threads,
            pool="threads",
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            task_events=False,
            queues=[self._queue],
            hostname=f"hub@{self._name.replace(':', '-')}",
        )
        kinds = {
            "relay": self._relay_turn,
            **effects.turns(),
            "periodic": periodic.turn,
            "rounds": rounds,
            "tidying": tidying,
        }
        self._turns = Turns(clock, kinds)
        self._listener = Listener(database, self.wake)
        self._thread = threading.Thread(target=self._consume, name="hub-celery", daemon=True)

    def start(self) -> None:
        """Begin, in threads of its own."""
        self._database.on_due(self.wake)
        self._ledger.start()
        self._thread.start()
        self._listener.start()
        self._turns.start()

    def wake(self) -> None:
        """Look at once."""
        self._turns.wake()

    def stop(self, drain: float) -> None:
        """Publish and take nothing more, and finish what is being sent."""
        from celery.worker import state

        until = time.monotonic() + drain
        self._listener.stop()
        self._turns.stop(until)
        state.should_stop = 0
        self._thread.join(max(0.0, until - time.monotonic()))
        self._ledger.stop(max(1.0, until - time.monotonic()))

    def _relay_turn(self) -> tuple[int, datetime | None]:
        """Claim as much as the queue should hold, in turns between tenants, and publish it."""
        now = self._clock()
        with self._database.read() as unit:
            self._tenancy.refresh(unit)
            waiting = due.waiting(unit, deliveries.LANE)
        ready = [one.tenant_id for one in waiting if one.first_at <= now]
        later = min((one.first_at for one in waiting if one.first_at > now), default=None)
        if not ready:
            return 0, later
        with self._connection() as connection:
            places = self._ahead - _depth(connection, self._queue)
            shares = self._rota.shares(ready, places, lambda _tenant: places)
            return (self._publish(connection, shares, now) if shares else 0), later

    def _publish(self, connection: Any, shares: list[tuple[UUID, int]], now: datetime) -> int:
        """Claim and publish. What could not be published is given back; a message that did get
        through names a claim that is no more."""
        by = self._next_name()
        with self._database.write() as unit:
            claims = deliveries.claim(unit, shares, by=by, now=now, until=now + self._lease)
        try:
            with self._celery.amqp.Producer(connection) as producer:
                for claim in claims:
                    self._celery.send_task(TASK, (str(claim.id), by), producer=producer, queue=self._queue)
        except Exception:
            with self._database.write() as unit:
                deliveries.release(unit, claims, now)
            raise
        return len(claims)

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        """The relay's connection; after a fault the next one is made anew."""
        with self._celery.pool.acquire(block=True) as connection:
            try:
                yield connection
            except Exception:
                connection.collapse()
                raise

    def _send(self, delivery_id: str, holder: str) -> None:
        """The task: take the claim over, send, and leave the result to the ledger."""
        until = self._clock() + self._lease
        with self._database.write() as unit:
            claim: Claim | None = deliveries.take_over(
                unit, UUID(delivery_id), holder=holder, by=self._next_name(), until=until
            )
        if claim is not None:
            self._ledger.add(self._sender.send(claim))
        if next(self._sent) % self._threads == 0:
            self._turns.call("relay")  # there is room in the queue again

    def _next_name(self) -> str:
        with self._counting:
            self._claims += 1
            return f"{self._name}/{self._claims}"

    def _consume(self) -> None:
        """Celery's own loop, which makes a lost connection anew by itself. It acknowledges what was
        done, and sees that it is to stop, when something wakes it: a timer does for certain."""
        self._consumer.hub.call_repeatedly(PULSE, lambda: None)
        self._consumer.start()


def _depth(connection: Any, name: str) -> int:
    """How many messages lie in the queue, which is made if need be."""
    from kombu import Queue

    queue = Queue(name, durable=True)(connection.default_channel)
    return int(queue.queue_declare().message_count)


def _celery(broker_url: str, queue: str) -> Any:
    """A Celery application that keeps nothing but messages. Imported only here: it takes its time."""
    from celery import Celery
    from kombu import Queue

    app = Celery("hub", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_queues=[Queue(queue, durable=True)],
        task_default_queue=queue,
        task_create_missing_queues=False,
        worker_prefetch_multiplier=4,
        worker_hijack_root_logger=False,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"confirm_publish": True},
    )
    return app
