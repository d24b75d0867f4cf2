"""A way to a server that can be cut: everything passes, until ``cut`` ends all connections in the middle
of whatever they carry."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK = 16 * 1024


class Proxy:
    """Listens on a free port of this machine and passes on to another one."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self.port: int = self._listening.getsockname()[1]

    def serve(self) -> None:
        """Until it is closed."""
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                try:
                    far = socket.create_connection(self._target, 5)
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                with self._lock:
                    self._open |= {near, far}
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._pass_on, args=(one, other), daemon=True).start()

    def cut(self) -> int:
        """End all connections at once, towards both sides. Gives how many there were."""
        with self._lock:
            ended = list(self._open)
        for one in ended:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        return len(ended) // 2

    def close(self) -> None:
        """Listen no more."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(CHUNK):
                other.sendall(data)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._open.discard(one)
        one.close()


@contextmanager
def proxy(port: int) -> Iterator[Proxy]:
    """One in front of that port."""
    made = Proxy(port)
    thread = threading.Thread(target=made.serve, name="proxy", daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.close()
        thread.join(10)
