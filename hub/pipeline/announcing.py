"""Signals go up: each announced record is told to the receivers whose plugin is on for its tenant,
inside the transaction, behind savepoints, so that one that fails is undone alone. What is declared
as background, and what failed, is left to a worker."""

import inspect
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import blinker
import structlog

from hub.contract.errors import ContractError
from hub.contract.outcome import Persisted
from hub.contract.signals import BY_NAME, Announcement, Signal
from hub.records import effects
from hub.records.applying import Occasion
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

    def announce(self, unit: Unit, source: Occasion, on: Set[str], records: Iterable[Persisted]) -> None:
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
            done = effects.done(unit, source.event_id) if source.event_id and not source.new else frozenset()
            calls = list(self._calls(announcements.values(), done))
            now = [call for call in calls if call.receiver.plugin in on and not call.receiver.background]
            left = [self._left(call, on) for call in calls if call not in now]
            effects.note(unit, left + self._together(unit, now))

    def _calls(
        self, announcements: Iterable[Announcement], done: Set[tuple[UUID, str, str]]
    ) -> Iterator["_Call"]:
        for announcement in announcements:
            signal = announcement.signal
            receiver: Any
            for receiver in self._signals.signal(signal.name).receivers_for(blinker.ANY):
                known = (announcement.record_id, signal.name, receiver.name) in done
                if signal.recurs or not known:
                    yield _Call(receiver, announcement)

    def _left(self, call: "_Call", on: Set[str]) -> Run:
        """A call that is not made now: by a worker, or not at all."""
        if call.receiver.plugin not in on:
            return call.run("skipped", reason="plugin_off", called=False)
        return call.run("pending", called=False, next_at=self._clock())

    def _together(self, unit: Unit, calls: Sequence["_Call"]) -> list[Run]:
        """Make the calls behind one savepoint, since they usually all succeed. If one fails, what they
        did is undone, and each is made behind a savepoint of its own."""
        if len(calls) > 1:
            with suppress(Exception), unit.savepoint():
                for call in calls:
                    call.make(unit)
                return [call.run("done") for call in calls]
        return [self._alone(unit, call) for call in calls]

    def _alone(self, unit: Unit, call: "_Call") -> Run:
        try:
            with unit.savepoint():
                call.make(unit)
        except Exception as error:
            event_id = str(call.announcement.event_id)
            log.error("receiver_failed", receiver=call.receiver.name, event_id=event_id)
            reason = "".join(traceback.format_exception(error))
            return call.run("failed", reason=reason, next_at=self._clock() + FIRST_RETRY)
        return call.run("done")


@dataclass(frozen=True)
class _Call:
    """A receiver that is to hear of a record."""

    receiver: Receiver
    announcement: Announcement

    def make(self, unit: Unit) -> None:
        self.receiver(self.announcement, unit)

    def run(self, state: str, **more: Any) -> Run:
        return Run(announcement=self.announcement, receiver=self.receiver.name, state=state, **more)
