"""How long each step of a request took. It is written after the answer, for many requests at once: a
statement of its own in each request's transaction would cost more than the steps that are measured
(docs/adr/0017-times-of-steps.md)."""

import threading
from collections import deque
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import structlog

from hub.records import timings
from hub.records.database import Database, DatabaseUnavailable
from hub.support.clock import Timer

log = structlog.get_logger()

Step = Literal["authenticate", "parse", "persist", "announce"]

PAUSE = 0.5
"""Seconds in which times are gathered before they are written."""

MOST = 5000
"""So many wait at most, while the database is slow or away; then the oldest are forgotten."""


class Stopwatch:
    """The steps of one request, by one thread. A step that is begun again goes on."""

    def __init__(self, timer: Timer) -> None:
        self._timer = timer
        self._since = 0
        self._step: Step | None = None
        self._times: dict[Step, int] = {}

    def begin(self, step: Step) -> None:
        """The step before is over, this one begins."""
        now = self._timer()
        if self._step is not None:
            self._times[self._step] = self._times.get(self._step, 0) + now - self._since
        self._step, self._since = step, now

    def stop(self) -> Mapping[Step, int]:
        """The last step is over. Gives the nanoseconds of all that were begun."""
        if self._step is not None:
            self.begin(self._step)
            self._step = None
        return self._times


class Timings:
    """Takes the times of answered requests and writes them soon after. Safe to share between threads."""

    def __init__(self, database: Database, timer: Timer) -> None:
        self._database = database
        self._timer = timer
        self._waiting: deque[dict[str, Any]] = deque(maxlen=MOST)
        self._lock = threading.Lock()
        self._writer: threading.Thread | None = None
        self._closed = threading.Event()
        database.on_close(self.close)

    def watch(self) -> Stopwatch:
        """A stopwatch for one request."""
        return Stopwatch(self._timer)

    def keep(self, event_id: UUID, times: Mapping[Step, int]) -> None:
        """Write these times soon."""
        row: dict[str, Any] = {step: nanoseconds // 1000 for step, nanoseconds in times.items()}
        with self._lock:
            self._waiting.append(row | {"event_id": event_id})
            # A forked process has none of its parent's threads.
            if (self._writer is None or not self._writer.is_alive()) and not self._closed.is_set():
                self._writer = threading.Thread(target=self._write, name="hub-timings", daemon=True)
                self._writer.start()

    def settle(self) -> None:
        """Write what waits, now. What cannot be written is forgotten: nothing depends on it."""
        with self._lock:
            rows = list(self._waiting)
            self._waiting.clear()
        try:
            with self._database.write() as unit:
                timings.note(unit, rows)
        except DatabaseUnavailable as error:
            log.warning("timings_lost", number=len(rows), reason=str(error))
        except Exception:  # such as an event that is gone meanwhile
            log.exception("timings_lost", number=len(rows))

    def close(self) -> None:
        """Write no more."""
        self._closed.set()
        if self._writer is not None:
            self._writer.join(1)

    def _write(self) -> None:
        """As long as there is something to write: an idle process has no such thread."""
        while not self._closed.wait(PAUSE):
            self.settle()
            with self._lock:
                if not self._waiting:
                    self._writer = None
                    return
