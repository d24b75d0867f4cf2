"""A limit for a whole exchange. A socket's time-out only limits each wait, so that an answer that
comes drop by drop would hold a thread for as long as the other side likes."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

PERIOD = 0.5
"""Seconds between two looks, while there is something to look at."""


@dataclass
class _Exchange:
    deadline: float
    sock: socket.socket | None = None
    late: bool = False


class Watch:
    """Shuts the sockets of exchanges that take too long. One thread looks after all of them, started
    with the first, asleep while there are none."""

    def __init__(self) -> None:
        self._exchanges: dict[int, _Exchange] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """What this thread exchanges inside must be over in that time. Raises TimeoutError if it was
        not, instead of what the shut socket led to."""
        exchange = _Exchange(time.monotonic() + seconds)
        me = threading.get_ident()
        with self._changed:
            self._exchanges[me] = exchange
            self._start()
            self._changed.notify()
        try:
            yield
        except Exception:
            if not exchange.late:
                raise
        finally:
            with self._changed:
                del self._exchanges[me]
        if exchange.late:  # headers that were cut off look like whole ones
            raise TimeoutError("the exchange took too long")

    def use(self, sock: socket.socket | None) -> None:
        """This thread's exchange goes over that socket now."""
        exchange = self._exchanges.get(threading.get_ident())
        if exchange is not None:
            exchange.sock = sock

    def _start(self) -> None:
        """A forked process has none of its parent's threads."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="exchange-watch", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._exchanges)
                now = time.monotonic()
                for exchange in self._exchanges.values():
                    if exchange.deadline < now and exchange.sock is not None:
                        exchange.late = True
                        with contextlib.suppress(OSError):
                            exchange.sock.shutdown(socket.SHUT_RDWR)
            time.sleep(PERIOD)


watch = Watch()
"""The watch of this process."""
