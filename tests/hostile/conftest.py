"""What hostile senders meet: a real ``hub serve``, an office with its people, a browser. They are those of
the other tests."""

import contextlib
import resource
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ..browser.conftest import mail_server, stage
from ..e2e.conftest import _no_proxy, fresh_database, make_firm, serve
from ..web.conftest import _quick_hashes, make_office, office

__all__ = [
    "_no_proxy",
    "_quick_hashes",
    "fresh_database",
    "mail_server",
    "make_firm",
    "make_office",
    "office",
    "serve",
    "stage",
]

SECONDS = 10
"""How long a sender waits."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is tried here does not depend on the database, and pages are tried on both elsewhere."""
    return sqlite_url


@pytest.fixture(scope="session")
def served(serve: Callable[..., Any], fresh_database: Callable[[str], str]) -> Iterator[Any]:
    """One ``hub serve`` for the tests of this process."""
    with serve(fresh_database("sqlite")) as server:
        yield server


@pytest.fixture(scope="session")
def proxied(serve: Callable[..., Any], fresh_database: Callable[[str], str]) -> Iterator[Any]:
    """One that stands behind a proxy."""
    with serve(fresh_database("sqlite"), HUB_PROXY_HOPS="1") as server:
        yield server


@pytest.fixture
def firm(served: Any, make_firm: Callable[[Any], Any]) -> Any:
    """A tenant of the test's own on that server."""
    return make_firm(served)


@pytest.fixture
def say() -> Callable[..., bytes]:
    """Says bytes to a port and gives what is answered until the other side closes, breaks off or says nothing
    more: ``say(port, b"GET / HTTP/1.1\\r\\n…")``."""

    def exchange(port: int, sent: bytes, *, patience: float = 2) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
            connection.sendall(sent)
            connection.settimeout(patience)
            answered = b""
            with contextlib.suppress(TimeoutError, ConnectionResetError):
                while piece := connection.recv(65536):
                    answered += piece
            return answered

    return exchange


@pytest.fixture
def many_files() -> Iterator[None]:
    """This process and those that it starts may have thousands of connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4096 if hard == resource.RLIM_INFINITY else min(4096, hard)
    if wanted < 4096:
        pytest.skip("this machine allows fewer than 4096 open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def wait_for(condition: Callable[[], bool]) -> bool:
    """Whether it becomes true before long."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return False
