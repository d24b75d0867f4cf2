"""More connections than the server holds, and senders that take their time: who sends at once is served."""

import resource
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from hub.cli.serving import FILES, make_server, raise_file_limit

from .conftest import SECONDS

pytestmark = pytest.mark.xdist_group("hostile-server")

CROWD = 1_300
"""More than a server process holds at a time, and than ``select`` can count."""

STARTS = (
    b"",
    b"POST /api/webhooks/x/custom HT",
    b"POST /api/webhooks/x/custom HTTP/1.1\r\nHost: hub\r\nContent-Le",
    b"POST /api/webhooks/x/custom HTTP/1.1\r\nHost: hub\r\nContent-Length: 1000\r\n\r\n{",
    b"POST /api/webhooks/x/custom HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n{",
)
SALE = {"event": "transaction.created", "externalId": "x-1", "grossAmount": "10.00", "currency": "EUR"}


@pytest.mark.usefixtures("many_files")
def test_a_crowd_of_half_sent_requests_shuts_nobody_out(proxied: Any, make_firm: Callable[..., Any]) -> None:
    firm = make_firm(proxied)
    with ThreadPoolExecutor(32) as threads:  # connections to the database take numbers of files too
        list(threads.map(lambda _: requests.get(f"{proxied.url}/readyz", timeout=30), range(64)))
    with ExitStack() as stack:
        for number in range(CROWD):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", proxied.port), SECONDS))
            one.sendall(STARTS[number % len(STARTS)])
        began = time.monotonic()
        answers = [firm.post(SALE | {"externalId": f"x-{number}"}).status_code for number in range(3)]
        took = time.monotonic() - began

    assert answers == [200] * 3
    assert took < SECONDS
    assert proxied.process.poll() is None


@pytest.mark.usefixtures("many_files")
def test_it_asks_for_the_files_that_it_needs() -> None:
    """Systemd starts services with 1024, and many more for whoever asks."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
        raise_file_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == FILES
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_who_sends_a_little_now_and_then_is_cut_off_in_the_end() -> None:
    """Each byte counts as activity, so that only a limit on the whole request ends it."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = make_server(_hello, listening, threads=2, body_limit=1000, patience=1, cleanup_interval=0)
    threading.Thread(target=server.run, daemon=True).start()
    with socket.create_connection(listening.getsockname(), SECONDS) as slow:
        began = time.monotonic()
        slow.settimeout(0.1)
        slow.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        ended = False
        while not ended and time.monotonic() - began < SECONDS:
            try:
                slow.sendall(b"x")
                ended = slow.recv(100) == b""
            except TimeoutError:
                continue
            except OSError:
                ended = True
        took = time.monotonic() - began
    answered = requests.get("http://{}:{}/".format(*listening.getsockname()), timeout=SECONDS)
    server.task_dispatcher.shutdown()
    server.close()

    assert ended
    assert 1 <= took < SECONDS
    assert answered.text == "hello"


def _hello(_environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]
