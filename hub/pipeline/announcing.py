"""Signals go up: each announced record is told to the receivers whose plugin is on for its tenant,
inside the transaction, each behind a savepoint of its own. What is declared as background, and what
failed, is left to a worker."""

import inspect
import traceback
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import blinker
import structlog

from hub.contract.errors import ContractError
from hub.contract.outcome import Persisted
from hub.contract.signals import BY_NAME, Announcement, Signal
from hub.records import effects
from hub.records.applying import Source
from hub.records.database import Unit
from hub.records.effects import Run
from hub.registry.discovery import Plugins, receivers_of
from hub.support.clock import Clock, utc_now

log = structlog.get_logger()

Call = Callable[[Announcement, Unit], Any]

FIRST_RETRY = timedelta(seconds=5)
"""When a worker calls a receiver that failed inside the record's transaction."""


@dataclass(frozen=True)
class Receiver:
    """A connected receiver and whose it is."""

    plugin: str
    name: str
    call: Call
    background: bool = False

    def __call__(self, announcement: Announcement, unit: Unit) -> None:
        self.call(announcement, unit)


class Announcer:
    """One application's signals; nothing is shared between two applications in one process."""

    def __init__(self, plugins: Plugins, clock: Clock = utc_now) -> None:
        self._signals = blinker.Namespace()
        self._clock = clock
        self._named: dict[str, Receiver] = {}
        for slug, installed in plugins.installed.items():
            for known in receivers_of(installed.plugin):
                method = getattr(installed.plugin, known.method)
                self.connect(known.signal, method, slug, background=known.background)

    def connect(self, signal: Signal, receiver: Call, plugin: str, *, background: bool = False) -> None:
        """Let a plugin's receiver hear a signal. Raises ContractError for a closure or lambda,
        which nobody could find again."""
        name = getattr(receiver, "__qualname__", "")
        if not (inspect.ismethod(receiver) or inspect.isfunction(receiver)) or "<" in name:
            raise ContractError(
                f"{plugin}: a receiver must be a method or a module's function, not {name or receiver!r}"
            )
        connected = Receiver(plugin, f"{plugin}:{name}", receiver, background)
        self._named[connected.name] = connected
        self._signals.signal(signal.name).connect(connected, weak=False)

    def receiver(self, name: str) -> Receiver | None:
        """The receiver that is noted by this name; ``None`` if no installed plugin has it any more."""
        return self._named.get(name)

    def announce(self, unit: Unit, source: Source, on: Set[str], records: Iterable[Persisted]) -> None:
        """Tell the receivers whose plugin is among those that are ``on`` of every record that was
        made or changed, once of each signal. No receiver can harm it or another one."""
        announcements = {
            (persisted.id, persisted.signal): Announcement(
                signal=BY_NAME[persisted.signal],
                tenant=source.tenant,
                tenant_id=source.tenant_id,
                event_id=source.event_id,
                received_at=source.received_at,
                record_id=persisted.id,
                action=persisted.action,
            )
            for persisted in records
            if persisted.signal is not None and persisted.action != "unchanged"
        }
        if announcements:
            done = frozenset() if source.new else effects.done(unit, source.event_id)
            effects.note(unit, list(self._tell_all(unit, announcements.values(), on, done)))

    def _tell_all(
        self,
        unit: Unit,
        announcements: Iterable[Announcement],
        on: Set[str],
        done: Set[tuple[UUID, str, str]],
    ) -> Iterator[Run]:
        for announcement in announcements:
            signal = announcement.signal.name
            receiver: Any
            for receiver in self._signals.signal(signal).receivers_for(blinker.ANY):
                known = (announcement.record_id, signal, receiver.name) in done
                if announcement.signal.recurs or not known:
                    yield self._tell(unit, receiver, announcement, on)

    def _tell(self, unit: Unit, receiver: Any, announcement: Announcement, on: Set[str]) -> Run:
        run = partial(Run, announcement=announcement, receiver=receiver.name)
        if receiver.plugin not in on:
            return run(state="skipped", reason="plugin_off", called=False)
        if receiver.background:
            return run(state="pending", called=False, next_at=self._clock())
        try:
            with unit.savepoint():
                receiver(announcement, unit)
        except Exception as error:
            log.error("receiver_failed", receiver=receiver.name, event_id=str(announcement.event_id))
            reason = "".join(traceback.format_exception(error))
            return run(state="failed", reason=reason, next_at=self._clock() + FIRST_RETRY)
        return run(state="done")
