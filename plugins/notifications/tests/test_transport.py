"""Where an outgoing connection may go, in every spelling, and that it goes where it was checked."""

import ipaddress
import socket
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests

from hub.support.transport import Guard, TargetRefusedError, Transport

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)

CLOSED = [
    "http://127.0.0.1:{port}/",
    "http://127.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0x7f.1:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b:1::a00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[2001:0:7f00:1::]:{port}/",
    "http://[fe80::1]:{port}/",
    "http://[fd00::1]:{port}/",
    "http://[fec0::1]:{port}/",
    "http://[ff02::1]:{port}/",
    "http://10.0.0.1:{port}/",
    "http://172.16.0.1:{port}/",
    "http://192.168.1.1:{port}/",
    "http://169.254.169.254:{port}/latest/meta-data/",
    "http://[fd00:ec2::254]:{port}/",
    "http://100.100.100.200:{port}/",
    "http://192.0.0.192:{port}/",
    "http://224.0.0.1:{port}/",
    "http://255.255.255.255:{port}/",
    "http://240.0.0.1:{port}/",
]


def post(guard: Guard, url: str, **options: Any) -> requests.Response:
    """One request over a transport of its own."""
    transport = Transport(guard)
    try:
        with transport.post(url, b"{}", {}, timeout=(2, 2), **options) as response:
            return response
    finally:
        transport.close()


@pytest.mark.parametrize("form", CLOSED)
def test_nothing_reaches_the_inside(form: str, receiver: Any) -> None:
    with pytest.raises(TargetRefusedError, match="HUB_ALLOWED_TARGETS"):
        post(Guard(), form.format(port=receiver.port))
    assert receiver.connections == 0


@pytest.mark.parametrize("text", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_open(text: str) -> None:
    assert Guard().permits(ipaddress.ip_address(text))


def test_an_allowed_network_is_open_and_only_that() -> None:
    guard = Guard((ipaddress.ip_network("10.1.0.0/16"),))
    assert guard.permits(ipaddress.ip_address("10.1.2.3"))
    assert guard.permits(ipaddress.ip_address("::ffff:10.1.2.3"))
    assert not guard.permits(ipaddress.ip_address("10.2.0.1"))
    assert not guard.permits(ipaddress.ip_address("127.0.0.1"))


def test_a_name_is_looked_up_once_and_the_connection_goes_there(receiver: Any) -> None:
    """A name that answers with a permitted address first and another one later gains nothing."""
    answers = iter([["127.0.0.1"], ["10.0.0.1"], ["10.0.0.1"]])
    asked: list[str] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    name = f"http://rebind.example:{receiver.port}/hook"
    transport = Transport(Guard(LOOPBACK, rebinding))
    for _ in range(2):  # the second time over the same connection
        with transport.post(name, b"", {}, timeout=(2, 2)) as response:
            assert response.text == "ok"
    transport.close()
    assert asked == ["rebind.example"]
    assert receiver.requests[0][1]["host"] == f"rebind.example:{receiver.port}"
    with pytest.raises(TargetRefusedError, match=r"10\.0\.0\.1"):
        post(Guard(LOOPBACK, rebinding), name)


def test_one_closed_address_among_the_answers_closes_the_name() -> None:
    guard = Guard(resolve=lambda host, port: ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(TargetRefusedError, match=r"mixed\.example is 127\.0\.0\.1"):
        guard.addresses("mixed.example", 80)


def test_the_next_address_is_tried_when_one_does_not_answer(receiver: Any) -> None:
    guard = Guard(LOOPBACK, lambda host, port: ["127.0.0.9", "127.0.0.1"])
    assert post(guard, f"http://two.example:{receiver.port}/").ok


def test_unknown_names_and_closed_ports_are_connection_errors() -> None:
    def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    for guard in (Guard(resolve=unknown), Guard(LOOPBACK, lambda host, port: ["127.0.0.1"])):
        with pytest.raises(requests.ConnectionError):
            post(guard, "http://nobody.example:9/")


@pytest.fixture
def secure(certificate: Any) -> Iterator[int]:
    """The port of a web server with a certificate for *localhost*."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Silent."""

    class Quiet(HTTPServer):
        def handle_error(self, *_: Any) -> None:
            """A handshake that the client gave up."""

    server = Quiet(("127.0.0.1", 0), Handler)
    server.socket = certificate.server.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_the_certificate_is_checked_against_the_name(secure: int, certificate: Any) -> None:
    trusted = str(certificate.path)
    guard = Guard(LOOPBACK, lambda host, _: ["127.0.0.1"])
    assert post(guard, f"https://localhost:{secure}/", verify=trusted).ok
    with pytest.raises(requests.exceptions.SSLError):
        post(guard, f"https://evil.example:{secure}/", verify=trusted)
    with pytest.raises(requests.exceptions.SSLError):
        post(guard, f"https://localhost:{secure}/")
