"""Receivers that a worker calls: those that were declared as background, and those that failed.

Taking the run, calling the receiver and noting how it went are one transaction. What a killed
worker left is undone by the database and still due: a receiver's writes happen exactly once.
"""

import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import structlog

from hub.contract.signals import BY_NAME, Announcement
from hub.deliveries.backoff import EFFECT_SCHEDULE, Random, next_delay
from hub.deliveries.rota import Rota
from hub.deliveries.tenancy import Tenancy, plugins_on
from hub.records import due, effects
from hub.records.database import Database, Row, Unit
from hub.registry.registry import TenantEntry
from hub.support.clock import Clock

log = structlog.get_logger()


THREADS = 2
"""Threads of a worker that call receivers on PostgreSQL, each for another tenant: while one's receiver takes
its time there is a thread left for the others. On SQLite only one can write anyway."""

Turn = Callable[[], tuple[int, datetime | None]]


class Receiver(Protocol):
    """A connected receiver and whose it is."""

    @property
    def plugin(self) -> str:
        """The plugin's slug."""

    def __call__(self, announcement: Announcement, unit: Unit) -> None: ...


FindReceiver = Callable[[str], Receiver | None]
"""The receiver that is noted by a name."""


class EffectRunner:
    """Calls receivers, one after the other of each tenant, in turns between tenants. Safe to share between
    threads."""

    def __init__(
        self,
        database: Database,
        tenancy: Tenancy,
        receiver: FindReceiver,
        *,
        clock: Clock,
        random: Random,
    ) -> None:
        self._database = database
        self._tenancy = tenancy
        self._receiver = receiver
        self._clock = clock
        self._random = random
        self._rota = Rota()
        self._lock = threading.Lock()
        self._served: set[UUID] = set()

    def turns(self) -> Mapping[str, Turn]:
        """What a worker's threads do, by their names."""
        several = range(2, THREADS + 1) if self._database.url.get_backend_name() == "postgresql" else ()
        return {"receivers": self.turn, **{f"receivers-{number}": self.turn for number in several}}

    def turn(self) -> tuple[int, datetime | None]:
        """One call for each tenant that has one due, unless somebody else is making one. Gives how many
        were made, and when the next becomes due."""
        now = self._clock()
        with self._database.for_all_tenants().read() as unit:
            self._tenancy.refresh(unit)
            waiting = due.waiting(unit, effects.LANE)
        ready = [one.tenant_id for one in waiting if one.first_at <= now]
        ran = 0
        for tenant_id in self._rota.order(ready):
            with self._alone(tenant_id) as is_alone:
                ran += is_alone and self.run_next(tenant_id)
            self._rota.served(tenant_id)
        return ran, min((one.first_at for one in waiting if one.first_at > now), default=None)

    def run_next(self, tenant_id: UUID) -> bool:
        """Make the call of this tenant that is due longest. ``False`` if there is none, or another
        worker is making it."""
        entry = self._tenancy.entry(tenant_id)
        if entry is None:
            return False
        with self._database.for_tenant(tenant_id).write() as unit:
            run = effects.next_due(unit, tenant_id, self._clock())
            if run is None:
                return False
            if not self._tenancy.is_current(unit, entry):
                self._tenancy.refresh(unit)
                return True  # look again, by what is on now
            effects.conclude(unit, run["id"], **self._run(unit, run, entry))
        return True

    @contextmanager
    def _alone(self, tenant_id: UUID) -> Iterator[bool]:
        """Whether no other thread is calling a receiver for this tenant. If so, none does until the end of
        the block."""
        with self._lock:
            is_alone = tenant_id not in self._served
            self._served.add(tenant_id)
        try:
            yield is_alone
        finally:
            if is_alone:
                with self._lock:
                    self._served.remove(tenant_id)

    def _run(self, unit: Unit, run: Row, entry: TenantEntry) -> dict[str, Any]:
        """Call the receiver. Gives what its row says then."""
        receiver, signal = self._receiver(run["receiver"]), BY_NAME.get(run["signal"])
        if receiver is None or signal is None:
            return self._failed(run, "no installed plugin has this receiver")
        if receiver.plugin not in plugins_on(entry):
            return {"state": "skipped", "reason": "plugin_off", "next_at": None}
        announcement = Announcement(
            signal=signal,
            tenant=entry.tenant,
            tenant_id=entry.id,
            event_id=run["event_id"],
            received_at=run["created_at"],
            record_id=run["record_id"],
            action=run["action"],
        )
        try:
            with unit.savepoint():
                receiver(announcement, unit)
        except Exception as error:
            log.error("receiver_failed", receiver=run["receiver"], event_id=str(run["event_id"]))
            return self._failed(run, "".join(traceback.format_exception(error)))
        return {"state": "done", "reason": None, "next_at": None, "attempts": run["attempts"] + 1}

    def _failed(self, run: Row, reason: str) -> dict[str, Any]:
        attempts = run["attempts"] + 1
        delay = next_delay(EFFECT_SCHEDULE, attempts, self._random)
        return {
            "state": "dead" if delay is None else "failed",
            "reason": reason,
            "attempts": attempts,
            "next_at": None if delay is None else self._clock() + timedelta(seconds=delay),
        }
