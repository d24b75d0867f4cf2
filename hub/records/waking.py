"""Hearing from other processes, on PostgreSQL, that something became due."""

import threading
from collections.abc import Callable

import psycopg
import structlog
from psycopg import sql
from psycopg.conninfo import make_conninfo

from hub.records.database import WAKE_CHANNEL, Database, watch_back, watchful

log = structlog.get_logger()

PATIENCE = 5.0
"""Seconds between looks whether to end, and before a lost connection is made anew."""


class Listener:
    """Calls ``wake`` for each notification. Does nothing on SQLite, where all is one machine's and
    a look each second is cheap."""

    def __init__(self, database: Database, wake: Callable[[], None]) -> None:
        self._url = database.url
        self._wake = wake
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hub-listener", daemon=True)

    def start(self) -> None:
        """Listen from now on."""
        if self._url.get_backend_name() == "postgresql":
            self._thread.start()

    def stop(self) -> None:
        """Listen no more. The thread ends by itself, and is not waited for."""
        self._stopping.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen()
            except (psycopg.Error, OSError) as error:
                if not self._stopping.is_set():
                    log.warning("listening_interrupted", reason=type(error).__name__)
                self._stopping.wait(PATIENCE)

    def _listen(self) -> None:
        address = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(make_conninfo(address, **watchful(self._url)), autocommit=True) as connection:
            watch_back(connection)
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(WAKE_CHANNEL)))
            self._wake()  # for what was missed until now
            while not self._stopping.is_set():
                for _ in connection.notifies(timeout=PATIENCE, stop_after=1):
                    self._wake()
