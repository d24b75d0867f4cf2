"""The load generator: N keep-alive connections, one selector loop, raw sockets, so that it takes
little of the processor the server needs. It sends to the loopback interface and nowhere else.
"""

import gc
import ipaddress
import math
import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.payloads import Prepared

MAX_REQUESTS = 1_000_000
NO_ANSWER = 0
"""The status of a request whose connection ended, or whose time was up, before an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request."""

    external_id: str
    status: int
    seconds: float


@dataclass(frozen=True)
class LoadResult:
    """One run of the generator. ``client_cpu`` shows that the generator was not what was measured."""

    answers: Sequence[Answer]
    seconds: float
    client_cpu: float

    @property
    def acknowledged(self) -> list[str]:
        """The ids that got a 2xx."""
        return [answer.external_id for answer in self.answers if 200 <= answer.status < 300]

    @property
    def statuses(self) -> dict[int, int]:
        """How often each status came; 0 stands for no answer."""
        return dict(sorted(Counter(answer.status for answer in self.answers).items()))

    @property
    def rate(self) -> float:
        """Acknowledged requests per second."""
        return len(self.acknowledged) / self.seconds if self.seconds else 0.0

    def percentile(self, percent: float) -> float:
        """Latency in seconds that so many percent of the answers did not exceed (nearest rank)."""
        times = sorted(answer.seconds for answer in self.answers if answer.status != NO_ANSWER)
        return times[max(0, math.ceil(percent / 100 * len(times)) - 1)] if times else math.nan


def run(
    requests: Sequence[Prepared],
    port: int,
    connections: int,
    *,
    host: str = "127.0.0.1",
    limit: float = 120.0,
) -> LoadResult:
    """Send each request once and wait for its answer.

    After ``limit`` seconds nothing further is sent; what is then under way has a quarter of it to
    be answered. A request that gets no answer is not repeated.
    """
    _require_bounds(requests, connections, limit, host)
    return _uncollected(_Loop((host, port), deque(requests), limit), min(connections, len(requests)))


def run_paced(
    requests: Sequence[Prepared],
    port: int,
    per_second: float,
    connections: int,
    *,
    host: str = "127.0.0.1",
    limit: float = 120.0,
) -> LoadResult:
    """Send each request once at a time of its own, whatever became of those before it (an open loop).

    Its latency counts from that time, also if it then has to wait for a connection that is free.
    """
    _require_bounds(requests, connections, limit, host)
    return _uncollected(_PacedLoop((host, port), deque(requests), limit, 1 / per_second), connections)


def _require_bounds(requests: Sequence[Prepared], connections: int, limit: float, host: str) -> None:
    require_loopback(host)
    if not 0 < len(requests) <= MAX_REQUESTS or not 0 < connections <= 1000 or limit <= 0:
        raise ValueError(
            f"{len(requests)} requests over {connections} connections in {limit} s is out of bounds"
        )


def _uncollected(loop: "_Loop", connections: int) -> LoadResult:
    gc.collect()
    gc.disable()  # a collection would walk all prepared requests and show up as latency
    try:
        return loop.run(connections)
    finally:
        gc.enable()


def require_loopback(host: str) -> None:
    """Refuse every address that leaves the machine, and every name."""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = False
    if not local:
        raise ValueError(f"the load generator sends to a loopback address only, not to {host!r}")


@dataclass(eq=False)
class _Line:
    """One keep-alive connection and the request that is under way on it."""

    sock: socket.socket
    request: Prepared | None = None
    sent_at: float = 0.0
    unsent: bytes = b""
    received: bytes = field(default=b"", repr=False)


class _Loop:
    def __init__(self, address: tuple[str, int], queue: deque[Prepared], limit: float) -> None:
        self.address = address
        self.queue = queue
        self.limit = limit
        self.selector = selectors.DefaultSelector()
        self.answers: list[Answer] = []
        self.busy = 0

    def run(self, connections: int) -> LoadResult:
        lines = [self._connect() for _ in range(connections)]
        cpu, started = time.process_time(), time.perf_counter()
        for line in lines:
            self._next(line)
        self._drive(started)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        for key in list(self.selector.get_map().values()):
            self._finish(key.data, NO_ANSWER)
            self._close(key.data)
        self.selector.close()
        return LoadResult(self.answers, seconds, cpu)

    @property
    def over(self) -> bool:
        """Whether all was sent and answered."""
        return not self.busy

    def _pause(self) -> float:
        """Seconds for which nothing happens unless an answer comes."""
        return 1.0

    def _drive(self, started: float) -> None:
        stop_at, give_up_at = started + self.limit, started + self.limit * 1.25
        while not self.over:
            now = time.perf_counter()
            if now > stop_at:
                self.queue.clear()
            if now > give_up_at:
                return
            for key, mask in self.selector.select(timeout=self._pause()):
                if mask & selectors.EVENT_WRITE:
                    self._send(key.data)
                elif mask & selectors.EVENT_READ:
                    self._receive(key.data)

    def _connect(self) -> _Line:
        sock = socket.create_connection(self.address, timeout=10)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        line = _Line(sock)
        self.selector.register(sock, selectors.EVENT_READ, line)
        return line

    def _close(self, line: _Line) -> None:
        self.selector.unregister(line.sock)
        line.sock.close()

    def _next(self, line: _Line) -> None:
        if not self.queue:
            return
        line.request = self.queue.popleft()
        line.received = b""
        line.unsent = line.request.raw
        line.sent_at = time.perf_counter()
        self.busy += 1
        self._send(line)

    def _send(self, line: _Line) -> None:
        try:
            line.unsent = line.unsent[line.sock.send(line.unsent) :]
        except BlockingIOError:
            pass
        except OSError:
            self._replace(line)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if line.unsent else 0)
        if self.selector.get_key(line.sock).events != wanted:
            self.selector.modify(line.sock, wanted, line)

    def _receive(self, line: _Line) -> None:
        try:
            data = line.sock.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._replace(line)
            return
        line.received += data
        if line.request is None or not complete(line.received):
            return
        status, closing = int(line.received[9:12]), _closes(line.received)
        self._finish(line, status)
        if closing:
            self._replace(line)
        else:
            self._next(line)

    def _finish(self, line: _Line, status: int) -> None:
        if line.request is not None:
            elapsed = time.perf_counter() - line.sent_at
            self.answers.append(Answer(line.request.external_id, status, elapsed))
            line.request = None
            self.busy -= 1

    def _replace(self, line: _Line) -> None:
        """Go on with a new connection; what was under way on the old one got no answer."""
        self._finish(line, NO_ANSWER)
        self._close(line)
        if self.queue:
            try:
                fresh = self._connect()
            except OSError:
                return  # nobody listens any more: the remaining lines notice it for themselves
            self._next(fresh)


class _PacedLoop(_Loop):
    """Gives each request to a line that is free, once its time has come."""

    def __init__(self, address: tuple[str, int], queue: deque[Prepared], limit: float, gap: float) -> None:
        super().__init__(address, queue, limit)
        self.gap = gap
        self.free: list[_Line] = []
        self.due_at = 0.0

    @property
    def over(self) -> bool:
        return not self.busy and not self.queue

    def _pause(self) -> float:
        """Send what is due; then until the next is."""
        self.due_at = self.due_at or time.perf_counter()
        while self.queue and self.free and self.due_at <= time.perf_counter():
            line = self.free.pop()
            super()._next(line)
            line.sent_at, self.due_at = self.due_at, self.due_at + self.gap
        if not (self.queue and self.free):
            return 1.0
        return max(0.0, self.due_at - time.perf_counter())

    def _next(self, line: _Line) -> None:
        self.free.append(line)

    def _close(self, line: _Line) -> None:
        if line in self.free:
            self.free.remove(line)
        super()._close(line)


def complete(received: bytes) -> bool:
    """Whether these bytes are a whole response."""
    head, blank, body = received.partition(b"\r\n\r\n")
    if not blank:
        return False
    lowered = head.lower()
    _, found, rest = lowered.partition(b"\r\ncontent-length:")
    if found:
        return len(body) >= int(rest.partition(b"\r\n")[0])
    if b"\r\ntransfer-encoding: chunked" in lowered:
        return body.endswith(b"0\r\n\r\n")
    return lowered[9:12] == b"204"


def _closes(received: bytes) -> bool:
    return b"\r\nconnection: close" in received.partition(b"\r\n\r\n")[0].lower()
