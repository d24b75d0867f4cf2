"""The web server by itself: it notices what its connections wait for, and pays nothing for silent ones."""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from hub.cli.serving import Channel, Server, make_server

SECONDS = 10
LARGE = 8 * 1024 * 1024
"""Bytes of an answer that no buffer of the system takes at once."""

Streams = dict[str, threading.Event]


@pytest.fixture
def left() -> threading.Event:
    """Set when a stream is closed because nobody reads it any more."""
    return threading.Event()


@pytest.fixture
def server(left: threading.Event) -> Server:
    """It answers a path with itself, ``/large`` with many bytes, ``/stream`` for as long as one listens."""

    def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"].encode()
        if path == b"/stream":
            start("200 OK", [("Content-Type", "text/plain")])
            return stream(environ["waitress.client_disconnected"])
        body = b"x" * LARGE if path == b"/large" else path
        start("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    def stream(is_alone: Callable[[], bool]) -> Iterator[bytes]:
        yield b"begun"
        until = time.monotonic() + SECONDS
        while not is_alone() and time.monotonic() < until:
            time.sleep(0.01)
        if is_alone():
            left.set()

    made = make_server(app, socket.create_server(("127.0.0.1", 0)), threads=4, body_limit=1000)
    threading.Thread(target=made.run, daemon=True).start()
    return made


@pytest.fixture
def connect(server: Server) -> Iterator[Callable[[], socket.socket]]:
    """A new connection to the server."""
    opened: list[socket.socket] = []

    def connect() -> socket.socket:
        opened.append(socket.create_connection(server.socket.getsockname(), SECONDS))
        return opened[-1]

    yield connect
    for one in opened:
        one.close()


def request(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: hub", *headers, "", ""]).encode()


def read_until(one: socket.socket, end: bytes) -> bytes:
    read = b""
    while not read.endswith(end):
        read += one.recv(65536)
    return read


def read_all(one: socket.socket) -> bytes:
    read = b""
    while chunk := one.recv(65536):
        read += chunk
    return read


def test_a_connection_is_used_again_and_closed_when_the_sender_wants_it(
    connect: Callable[[], socket.socket],
) -> None:
    one = connect()
    for path in ("/a", "/b", "/c"):
        one.sendall(request(path))
        assert b" 200 OK" in read_until(one, path.encode())
    one.sendall(request("/d", "Connection: close"))
    assert read_all(one).endswith(b"/d")


def test_requests_that_do_not_wait_for_answers_are_answered_in_order(
    connect: Callable[[], socket.socket],
) -> None:
    one = connect()
    paths = [f"/{number:03}" for number in range(50)]
    one.sendall(b"".join(map(request, paths)))
    read = read_until(one, b"/049")
    assert [part[:4].decode() for part in read.split(b"\r\n\r\n")[1:]] == paths


def test_a_large_answer_reaches_who_reads_slowly(connect: Callable[[], socket.socket]) -> None:
    one, other = connect(), connect()
    one.sendall(request("/large", "Connection: close"))
    time.sleep(0.2)  # nothing more fits
    other.sendall(request("/other"))
    assert b" 200 OK" in read_until(other, b"/other")
    assert read_all(one).count(b"x") == LARGE


def test_who_leaves_a_stream_is_noticed(connect: Callable[[], socket.socket], left: threading.Event) -> None:
    one = connect()
    one.sendall(request("/stream"))
    read_until(one, b"begun\r\n")
    assert not left.is_set()
    one.close()
    assert left.wait(SECONDS)


def test_silent_connections_cost_nothing(
    server: Server, connect: Callable[[], socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [0]

    def readable(channel: Channel) -> bool:
        asked[0] += 1
        return bool(super(Channel, channel).readable())

    monkeypatch.setattr(Channel, "readable", readable, raising=False)

    def cost() -> int:
        one, before = connect(), asked[0]
        for _ in range(100):
            one.sendall(request("/again"))
            read_until(one, b"/again")
        return asked[0] - before

    alone = cost()
    for _ in range(300):
        connect()
    while len(server.active_channels) < 301:
        time.sleep(0.01)
    assert cost() < 1.5 * alone + 50
