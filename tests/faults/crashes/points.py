"""The numbered points between the bytes of a request and its last effect at which a process can be
killed. Each is a seam that the hub has anyway: a named function that is wrapped from outside, or the
commit of a unit of work, told apart by the thread that does it.
"""

import functools
import os
import pkgutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hub.records.database import Database, Unit

Process = Literal["server", "worker"]
Side = Literal["before", "after"]

REQUESTS, CLAIMER, SENDERS, LEDGER, RECEIVERS = (
    "waitress",
    "hub-claimer",
    "hub-sender",
    "hub-ledger",
    "hub-receivers",
)
"""Beginnings of the names of threads."""

COMMIT = "hub.records.database:Database.write"
"""The seam that is no call: before it means with all statements made and the transaction open."""

ANNOUNCE = "hub.pipeline.announcing:Announcer.announce"
RECEIVE = "hub.pipeline.announcing:Receiver.__call__"
SEND = "hub.deliveries.sending:Sender.send"


@dataclass(frozen=True)
class Point:
    """Where a process is killed: on this ``side`` of what ``seam`` names, in threads by that name. While a
    batch of traffic is under way it is passed ``surely`` so many times at least."""

    number: int
    when: str
    thread: str
    side: Side
    seam: str
    surely: int = 8

    @property
    def process(self) -> Process:
        """Whose it is where server and worker are two."""
        return "server" if self.thread == REQUESTS else "worker"


POINTS = (
    Point(1, "the request was read", REQUESTS, "after", "hub.ingress.routes:build_inbound"),
    Point(2, "the sender proved who it is", REQUESTS, "after", "hub.pipeline.pipeline:proved"),
    Point(3, "the facts are read", REQUESTS, "after", "hub.pipeline.pipeline:read"),
    Point(4, "the event is written, its records not", REQUESTS, "after", "hub.records.events:log"),
    Point(5, "the records are written, no receiver was called", REQUESTS, "before", ANNOUNCE),
    Point(
        6, "a sale, but not its early refund", REQUESTS, "after", "hub.records.events:parked_for", surely=2
    ),
    Point(7, "the receivers were called", REQUESTS, "after", ANNOUNCE),
    Point(8, "before the request's commit", REQUESTS, "before", COMMIT),
    Point(9, "after the request's commit", REQUESTS, "after", COMMIT),
    Point(10, "the answer is made", REQUESTS, "after", "hub.ingress.routes:to_response"),
    Point(11, "the server has the answer", REQUESTS, "after", "waitress.task:WSGITask.execute"),
    Point(12, "before a claim's commit", CLAIMER, "before", COMMIT, surely=1),
    Point(13, "after a claim's commit", CLAIMER, "after", COMMIT, surely=1),
    Point(14, "before a delivery is sent", SENDERS, "before", SEND),
    Point(15, "the receiver answered, unread", SENDERS, "after", "hub.support.transport:Transport.post"),
    Point(16, "an endpoint's failure is noted, its delivery's not", SENDERS, "after", COMMIT, surely=1),
    Point(17, "a delivery was sent, unnoted", SENDERS, "after", SEND),
    Point(18, "before the results' commit", LEDGER, "before", COMMIT, surely=1),
    Point(19, "after the results' commit", LEDGER, "after", COMMIT, surely=1),
    Point(20, "a background effect is taken", RECEIVERS, "before", RECEIVE),
    Point(21, "a background effect is made, unnoted", RECEIVERS, "after", RECEIVE),
    Point(22, "before a background effect's commit", RECEIVERS, "before", COMMIT),
    Point(23, "after a background effect's commit", RECEIVERS, "after", COMMIT),
)

BY_NUMBER = {point.number: point for point in POINTS}


@dataclass(frozen=True)
class Kill:
    """The n-th passage of a point, at which the process ends."""

    point: Point
    passage: int


def arm(kill: Kill, note: Path) -> None:
    """Let this process kill itself when that passage comes. ``note`` is written just before."""
    trigger = _trigger(kill, note)
    if kill.point.seam == COMMIT:
        _wrap_commit(kill.point.side, trigger)
    else:
        _wrap_call(kill.point.seam, kill.point.side, trigger)


def _trigger(kill: Kill, note: Path) -> Callable[[], None]:
    lock = threading.Lock()
    left = kill.passage

    def passed() -> None:
        nonlocal left
        if not threading.current_thread().name.startswith(kill.point.thread):
            return
        with lock:
            left -= 1
            if left == 0:
                note.write_text(f"{kill.point.number}:{kill.passage}", "utf-8")
                os.kill(os.getpid(), signal.SIGKILL)

    return passed


def _wrap_call(seam: str, side: Side, passed: Callable[[], None]) -> None:
    owner_name, _, name = seam.replace(":", ".").rpartition(".")
    owner = pkgutil.resolve_name(owner_name)
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*args: Any, **options: Any) -> Any:
        if side == "before":
            passed()
        result = original(*args, **options)
        if side == "after":
            passed()
        return result

    setattr(owner, name, wrapped)


def _wrap_commit(side: Side, passed: Callable[[], None]) -> None:
    original = Database.write

    @contextmanager
    def write(database: Database) -> Iterator[Unit]:
        with original(database) as unit:
            yield unit
            if side == "before":
                passed()
        if side == "after":
            passed()

    Database.write = write  # type: ignore[method-assign, assignment] # that is the seam
