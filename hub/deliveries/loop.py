"""The engine that needs nothing but the database: one thread claims, some send, one settles, one
calls receivers, one makes periodic jobs' rounds, one asks providers for what was lost, one tidies. Any
number of such engines may share a database."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from hub.deliveries.buffer import Buffer
from hub.deliveries.ledger import Ledger
from hub.deliveries.periodic import PeriodicRunner
from hub.deliveries.rota import Rota
from hub.deliveries.running import EffectRunner
from hub.deliveries.sending import Sender
from hub.deliveries.tenancy import Tenancy
from hub.records import deliveries, due
from hub.records.database import Database, DatabaseUnavailable
from hub.records.deliveries import Claim
from hub.records.waking import Listener
from hub.support.clock import Clock

log = structlog.get_logger()

MARGIN = timedelta(seconds=30)
"""What must be left of a usual lease for an attempt to begin; of a short one half."""

POLL = 1.0
"""Seconds after which an idle engine looks for itself."""

BUSY_POLL = 0.1
"""The same within a second after there was something to do, because a wake-up is sent at most every
tenth of a second."""


Turn = Callable[[], tuple[int, datetime | None]]
"""Does some of what is due. Gives how much, and when the next is due."""


class Turns:
    """A thread for each kind of work, which takes turns while they do anything; else it waits for the
    bell, or for the next instant."""

    def __init__(self, clock: Clock, kinds: Mapping[str, Turn]) -> None:
        self._clock = clock
        self._stopping = threading.Event()
        self._bells = {name: threading.Event() for name in kinds}
        self._threads = [
            threading.Thread(
                target=self._run, args=(self._bells[name], turn), name=f"hub-{name}", daemon=True
            )
            for name, turn in kinds.items()
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Ring all bells."""
        for name in self._bells:
            self.call(name)

    def call(self, name: str) -> None:
        """Ring the bell of one kind."""
        self._bells[name].set()

    def stop(self, until: float) -> None:
        """Take no further turn; wait for those that are taken, to this instant of the monotonic clock
        at most."""
        self._stopping.set()
        self.wake()
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _run(self, bell: threading.Event, turn: Turn) -> None:
        busy_until = 0.0
        while not self._stopping.is_set():
            bell.clear()
            try:
                did, later = turn()
            except DatabaseUnavailable as error:
                log.error("database_unavailable", reason=str(error))
                self._stopping.wait(POLL)
                continue
            except Exception:
                log.exception("worker_failed")
                self._stopping.wait(POLL)
                continue
            if did or bell.wait(self._pause(busy_until, later)):
                busy_until = time.monotonic() + POLL

    def _pause(self, busy_until: float, later: datetime | None) -> float:
        pause = BUSY_POLL if time.monotonic() < busy_until else POLL
        if later is None:
            return pause
        return max(0.01, min(pause, (later - self._clock()).total_seconds()))


class LoopEngine:
    """The claim loop. ``start`` it and ``stop`` it, or let it ``run_due`` once."""

    def __init__(
        self,
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
        self._effects = effects
        self._periodic = periodic
        self._rounds = rounds
        self._tidying = tidying
        self._clock = clock
        self._lease = lease
        self._margin = min(MARGIN, lease / 2)
        self._name = worker_name()
        self._claims = 0
        self._more = False
        self._rota = Rota()
        self._buffer = Buffer(threads)
        self._ledger = Ledger(self._database, room=16 * threads, patience=lease.total_seconds())
        self._listener = Listener(database, self.wake)
        kinds = {
            "claimer": self.claim_turn,
            **effects.turns(),
            "periodic": periodic.turn,
            "rounds": rounds,
            "tidying": tidying,
        }
        self._turns = Turns(clock, kinds)
        self._senders = [
            threading.Thread(target=self._send, name=f"hub-sender-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        """Begin, in threads of its own."""
        self._database.on_due(self.wake)
        self._listener.start()
        self._ledger.start()
        for thread in self._senders:
            thread.start()
        self._turns.start()

    def wake(self) -> None:
        """Look at once."""
        self._turns.wake()

    def stop(self, drain: float) -> None:
        """Claim nothing more, finish what is being sent, give the rest back."""
        until = time.monotonic() + drain
        self._listener.stop()
        self._turns.stop(until)
        self._release(self._buffer.close())
        self._join(self._senders, until)
        self._ledger.stop(max(1.0, until - time.monotonic()))

    def run_due(self) -> int:
        """Do what is due now, and what becomes due by that, then end; an engine can do this once and
        is not started. Gives how much was done."""
        self._ledger.start()
        for thread in self._senders:
            thread.start()
        done = 0
        while True:
            ran = sum(
                turn()[0] for turn in (self._tidying, self._rounds, self._periodic.turn, self._effects.turn)
            )
            claimed = self.claim_turn()[0]
            done += ran + claimed
            if claimed == 0 and self._buffer.is_empty():
                self._ledger.settled()
                if ran == 0 and self.claim_turn()[0] == 0 and self._buffer.is_empty():
                    break
            elif claimed == 0:
                time.sleep(0.01)
        self._buffer.close()
        self._join(self._senders, time.monotonic() + POLL)
        self._ledger.stop(POLL)
        return done

    def claim_turn(self) -> tuple[int, datetime | None]:
        """Claim as much as can be used, in turns between tenants. Gives how many, and when the next
        is due that was not."""
        now, places = self._clock(), self._buffer.places()
        with self._database.read() as unit:
            self._tenancy.refresh(unit)
            waiting = due.waiting(unit, deliveries.LANE)
        ready = [one.tenant_id for one in waiting if one.first_at <= now]
        later = min((one.first_at for one in waiting if one.first_at > now), default=None)
        shares = self._rota.shares(ready, places, self._buffer.places_of)
        self._more = bool(ready)
        if not shares:
            return 0, later
        self._claims += 1
        by = f"{self._name}/{self._claims}"
        with self._database.write() as unit:
            claims = deliveries.claim(unit, shares, by=by, now=now, until=now + self._lease)
        self._buffer.put(claims)
        return len(claims), later

    def _send(self) -> None:
        while (claim := self._buffer.take()) is not None:
            try:
                if claim.until - self._clock() < self._margin:
                    self._release([claim])  # it lay here too long
                else:
                    self._ledger.add(self._sender.send(claim))
            except DatabaseUnavailable as error:  # the lease runs out, and somebody tries again
                log.error("database_unavailable", delivery_id=str(claim.id), reason=str(error))
            except Exception:  # the same
                log.exception("delivery_not_sent", delivery_id=str(claim.id))
            if self._buffer.sent(claim) and self._more:
                self._turns.call("claimer")

    def _release(self, claims: list[Claim]) -> None:
        if not claims:
            return
        try:
            with self._database.write() as unit:
                deliveries.release(unit, claims, self._clock())
        except DatabaseUnavailable as error:
            log.warning("claims_not_released", number=len(claims), reason=str(error))

    def _join(self, threads: list[threading.Thread], until: float) -> None:
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))


def worker_name() -> str:
    """A name that no other worker has, and that says where it runs."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
