"""``python -m bench.receiver``: takes deliveries on the loopback interface, says 200 to each, and keeps
which came and when. It knows nothing of the hub, and does so little for a request that it is not what is
measured. ``collect`` asks it what came, and lets it begin anew.
"""

import argparse
import asyncio
import hashlib
import http.client
import json
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

ARRIVALS = "/arrivals"
LIFETIME = 3600.0
"""Seconds after which it ends, whoever has forgotten it."""

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True)
class Arrivals:
    """What came since the last time: id and digest of the body of each request, and the seconds from
    the first to the last of them."""

    seconds: float
    requests: Sequence[tuple[str, str]]

    @property
    def rate(self) -> float:
        """Requests per second."""
        return (len(self.requests) - 1) / self.seconds if self.seconds else 0.0


def collect(port: int) -> Arrivals:
    """What the receiver was sent since this was last asked."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", ARRIVALS)
        answer = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return Arrivals(answer["seconds"], [(name, digest) for name, digest in answer["requests"]])


@dataclass
class _Book:
    first: float = 0.0
    last: float = 0.0
    requests: list[tuple[str, str]] = field(default_factory=list)

    def note(self, name: str, body: bytes) -> None:
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.requests.append((name, hashlib.blake2b(body, digest_size=8).hexdigest()))

    def close(self) -> bytes:
        """All of it; then the book is empty."""
        content = {"seconds": self.last - self.first, "requests": self.requests}
        self.first, self.last, self.requests = 0.0, 0.0, []
        return json.dumps(content).encode()


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, book: _Book) -> None:
        self._book = book
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (found := _split(self._received)) is not None:
            head, body, self._received = found
            self._transport.write(self._answer(head, body))

    def _answer(self, head: bytes, body: bytes) -> bytes:
        if head.startswith(b"POST "):
            self._book.note(_header(head, b"webhook-id").decode(), body)
            return _OK
        answer = self._book.close() if head.startswith(b"GET " + ARRIVALS.encode()) else b""
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer) + answer


def _split(received: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Head and body of the first request, and what follows; ``None`` while it is not whole."""
    head, blank, rest = received.partition(b"\r\n\r\n")
    length = int(_header(head, b"content-length") or 0)
    return (head, rest[:length], rest[length:]) if blank and len(rest) >= length else None


def _header(head: bytes, name: bytes) -> bytes:
    start = head.lower().find(b"\r\n" + name + b": ")
    return head[start + len(name) + 4 :].partition(b"\r\n")[0] if start >= 0 else b""


async def _serve(port: int) -> None:
    loop, book = asyncio.get_running_loop(), _Book()
    over = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    loop.call_later(LIFETIME, over.set)
    await loop.create_server(lambda: _Line(book), "127.0.0.1", port, backlog=512)
    await over.wait()


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m bench.receiver", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    asyncio.run(_serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
