"""Signals go up: each announced record is told to the receivers whose plugin is on for its tenant,
inside the transaction, each behind a savepoint of its own."""

import inspect
import traceback
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass
from typing import Any

import blinker
import structlog

from hub.contract.errors import ContractError
from hub.contract.outcome import Persisted
from hub.contract.signals import BY_NAME, Announcement, Signal
from hub.records import effects
from hub.records.applying import Source
from hub.records.database import Unit
from hub.registry.discovery import Plugins, receivers_of

log = structlog.get_logger()

Call = Callable[[Announcement, Unit], Any]


@dataclass(frozen=True)
class Receiver:
    """A connected receiver and whose it is."""

    plugin: str
    name: str
    call: Call

    def __call__(self, announcement: Announcement, unit: Unit) -> None:
        self.call(announcement, unit)


class Announcer:
    """One application's signals; nothing is shared between two applications in one process."""

    def __init__(self, plugins: Plugins) -> None:
        self._signals = blinker.Namespace()
        for slug, installed in plugins.installed.items():
            for signal, method in receivers_of(installed.plugin):
                self.connect(BY_NAME[signal], getattr(installed.plugin, method), slug)

    def connect(self, signal: Signal, receiver: Call, plugin: str) -> None:
        """Let a plugin's receiver hear a signal. Raises ContractError for a closure or lambda,
        which nobody could find again."""
        name = getattr(receiver, "__qualname__", "")
        if not (inspect.ismethod(receiver) or inspect.isfunction(receiver)) or "<" in name:
            raise ContractError(
                f"{plugin}: a receiver must be a method or a module's function, not {name or receiver!r}"
            )
        self._signals.signal(signal.name).connect(Receiver(plugin, f"{plugin}:{name}", receiver), weak=False)

    def announce(self, unit: Unit, source: Source, on: Set[str], records: Iterable[Persisted]) -> None:
        """Tell the receivers whose plugin is among those that are ``on`` of every record that was
        made or changed. No receiver can harm it or another one."""
        for persisted in records:
            if persisted.signal is None or persisted.action == "unchanged":
                continue
            announcement = Announcement(
                signal=BY_NAME[persisted.signal],
                tenant=source.tenant,
                tenant_id=source.tenant_id,
                event_id=source.event_id,
                received_at=source.received_at,
                record_id=persisted.id,
                action=persisted.action,
            )
            for receiver in self._signals.signal(persisted.signal).receivers_for(blinker.ANY):
                self._tell(unit, receiver, announcement, on)

    def _tell(self, unit: Unit, receiver: Any, announcement: Announcement, on: Set[str]) -> None:
        if receiver.plugin not in on:
            effects.note(unit, announcement, receiver.name, "skipped", "plugin_off")
            return
        if effects.is_done(unit, announcement, receiver.name):
            return
        try:
            with unit.savepoint():
                receiver(announcement, unit)
        except Exception as error:
            log.error("receiver_failed", receiver=receiver.name, event_id=str(announcement.event_id))
            effects.note(
                unit, announcement, receiver.name, "failed", "".join(traceback.format_exception(error))
            )
        else:
            effects.note(unit, announcement, receiver.name, "done", None)
