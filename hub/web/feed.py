"""New notifications, told to open pages as they arrive: server-sent events over one stream for each
browser. The table is the truth, whichever process wrote it: one thread of this process looks into it
each second, for those mailboxes alone that somebody has open here, and hands on what is new."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any
from uuid import UUID

import structlog
from flask import Flask

from hub.records import choices, notifications
from hub.records.database import Database, DatabaseUnavailable, Row
from hub.records.notifications import Mailbox
from hub.support import jsontext
from hub.support.ids import earliest_id
from hub.web.rooms import Rooms
from hub.web.visit import Visit

log = structlog.get_logger()

EXTENSION = "hub_feed"

PERIOD = 1.0
"""Seconds between two looks into the table."""

OVERLAP = timedelta(seconds=15)
"""How far each look goes back. Ids sort by when they were made, and what another process or machine made
earlier may be committed later."""

PATIENCE = 5.0
"""Seconds until the next look after the database could not be reached."""

BEAT = 15.0
"""Seconds after which a silent stream says that it is still there, so that no proxy ends it."""

LIFE = 300.0
"""Seconds after which a stream ends. The browser opens the next one by itself, and the guard looks again
whether the person may."""

MOST_MISSED = 10
"""So many are told to a page that comes back after a while; the list has the others."""

SHARE = 4
"""One stream for so many threads of the server: each holds one, and the others have pages to serve."""


def set_up(web: Flask, rooms: Rooms) -> None:
    """Make the feed of this application, and its count for the bell."""
    feed = Feed(rooms.database, places=rooms.config.threads // SHARE)
    web.extensions[EXTENSION] = feed
    web.jinja_env.globals.update(
        unread=unread, silent=silent, now_id=now_id, most_unread=notifications.MOST_COUNTED
    )


def unread(visit: Visit) -> int:
    """How many unread notifications the person has in the tenant around the page. An error page must not
    fail on it."""
    if visit.around is None:
        return 0
    try:
        with visit.rooms.database.for_tenant(visit.around.tenant_id).read() as unit:
            (count,) = notifications.unread(unit, [Mailbox(visit.around.tenant_id, visit.person.id)])
    except DatabaseUnavailable:
        return 0
    return count


def silent(visit: Visit) -> str:
    """The topics that the person does not want on the desktop, with blanks between."""
    try:
        with visit.read() as unit:
            wishes = choices.wishes(unit, visit.person.id)
    except DatabaseUnavailable:
        return ""
    return " ".join(topic for topic in choices.TOPICS if not wishes[topic, choices.DESKTOP])


def now_id() -> UUID:
    """What arrives after this page was made has this id or a later one."""
    return earliest_id(datetime.now(UTC))


class Feed:
    """The open streams of this process, and the thread that reads for them: it lives as long as there
    are any."""

    def __init__(self, database: Database, places: int) -> None:
        self._database = database.for_all_tenants()  # it looks for all its listeners at once
        self._places = max(places, 1)
        self._streams: set[Stream] = set()
        self._changed = threading.Condition()
        self._reader: threading.Thread | None = None
        self._closing = False
        self._handed_on: set[UUID] = set()
        self._counts: dict[Mailbox, int] = {}

    def open(self, mailbox: Mailbox, after: UUID | None = None) -> "Stream | None":
        """A stream that begins with what is newer than ``after``; ``None`` if all places are taken."""
        stream = Stream(mailbox, self._leave)
        with self._changed:
            if self._closing or len(self._streams) >= self._places:
                return None
            self._streams.add(stream)
            self._start()
        try:
            self._catch_up(stream, after)
        except BaseException:
            stream.close()
            raise
        return stream

    def close(self) -> None:
        """End all streams, so that the server can stop at once."""
        self._closing = True
        for stream in tuple(self._streams):
            stream.end()

    def _leave(self, stream: "Stream") -> None:
        with self._changed:
            self._streams.discard(stream)
            self._changed.notify()

    def _catch_up(self, stream: "Stream", after: UUID | None) -> None:
        """What lies there already: new for this page is what came after the last one that it saw."""
        recent = earliest_id(datetime.now(UTC) - OVERLAP)
        with self._database.read() as unit:
            rows = notifications.news(unit, [stream.mailbox], min(after or recent, recent))
            (count,) = notifications.unread(unit, [stream.mailbox])
        stream.known = {row["id"] for row in rows}
        missed = [row for row in rows if after and row["id"] > after]
        stream.first = [_unread(count), *map(_notice, missed[-MOST_MISSED:])]

    def _start(self) -> None:
        """A forked process has none of its parent's threads."""
        if self._reader is None or not self._reader.is_alive():
            self._reader = threading.Thread(target=self._run, name="notifications", daemon=True)
            self._reader.start()

    def _run(self) -> None:
        pause = PERIOD
        while self._wait(pause):
            try:
                self._look()
                pause = PERIOD
            except DatabaseUnavailable as error:
                log.warning("notifications_interrupted", reason=str(error))
                pause = PATIENCE

    def _wait(self, pause: float) -> bool:
        """Until the next look. ``False`` once nobody listens any more."""
        with self._changed:
            self._changed.wait_for(lambda: not self._streams, pause)
            if not self._streams:
                self._reader = None
                self._counts.clear()
            return bool(self._streams)

    def _look(self) -> None:
        listeners = self._by_mailbox()
        mailboxes = list(listeners)
        if not mailboxes:
            return
        since = earliest_id(datetime.now(UTC) - OVERLAP)
        with self._database.read() as unit:
            rows = notifications.news(unit, mailboxes, since)
            counts = dict(zip(mailboxes, notifications.unread(unit, mailboxes), strict=True))
        for row in rows:
            if row["id"] not in self._handed_on:
                for stream in listeners[Mailbox(row["tenant_id"], row["member_id"])]:
                    stream.put_notice(row)
        for mailbox, count in counts.items():
            if self._counts.get(mailbox) != count:
                for stream in listeners[mailbox]:
                    stream.put(_unread(count))
        self._handed_on = {one for one in self._handed_on if one >= since} | {row["id"] for row in rows}
        self._counts = counts

    def _by_mailbox(self) -> dict[Mailbox, list["Stream"]]:
        listeners: dict[Mailbox, list[Stream]] = {}
        with self._changed:
            for stream in self._streams:
                listeners.setdefault(stream.mailbox, []).append(stream)
        return listeners


class Stream:
    """One browser that listens. ``known`` are the ids that its page has seen, or is told at first."""

    def __init__(self, mailbox: Mailbox, leave: Callable[["Stream"], None]) -> None:
        self.mailbox = mailbox
        self.known: set[UUID] = set()
        self.first: list[bytes] = []
        self._leave = leave
        self._coming: SimpleQueue[bytes | Row | None] = SimpleQueue()

    def put(self, message: bytes) -> None:
        """Tell it something."""
        self._coming.put(message)

    def put_notice(self, row: Row) -> None:
        """Tell it of a notification, unless it knows that one: only its own thread can say."""
        self._coming.put(row)

    def end(self) -> None:
        """Let its thread go."""
        self._coming.put(None)

    def close(self) -> None:
        """It listens no more."""
        self._leave(self)

    def lines(self, gone: Callable[[], bool]) -> Iterator[bytes]:
        """The body of the answer, until the browser is ``gone``, the stream's life is over or the server
        stops."""
        started = spoken = time.monotonic()
        waiting: deque[bytes] = deque([b"retry: 2000\n\n", *self.first])
        while time.monotonic() - started < LIFE and not gone():
            if waiting:
                spoken = time.monotonic()
                yield b"".join(waiting)
                waiting.clear()
            try:
                coming = self._coming.get(timeout=PERIOD)
            except Empty:
                if time.monotonic() - spoken > BEAT:
                    waiting.append(b":\n\n")
                continue
            if coming is None:
                return
            if isinstance(coming, bytes):
                waiting.append(coming)
            elif coming["id"] not in self.known:
                waiting.append(_notice(coming))


def told(row: Row) -> Mapping[str, Any]:
    """What a page is told of a notification."""
    topic = choices.topic_of(row["record_kind"])
    return {"id": str(row["id"]), "topic": topic, "title": row["title"], "text": row["text"]}


def _notice(row: Row) -> bytes:
    text = jsontext.encode_text(told(row))
    return f"id: {row['id']}\nevent: notice\ndata: {text}\n\n".encode()


def _unread(count: int) -> bytes:
    return f"event: unread\ndata: {count}\n\n".encode()
