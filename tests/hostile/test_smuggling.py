"""Requests of which two servers could think differently where they end: the shipped server refuses them, ends
the connection, and never takes what comes behind for a request."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

pytestmark = pytest.mark.xdist_group("hostile-server")

Say = Callable[..., bytes]

POST = b"POST /api/webhooks/nobody/custom HTTP/1.1\r\nHost: hub\r\n"
GET = b"GET /healthz HTTP/1.1\r\nHost: hub\r\n"
BEHIND = b"GET /smuggled HTTP/1.1\r\nHost: hub\r\n\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"

REFUSED = {
    "a length and chunks": POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and a length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two equal lengths": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
    "a list of lengths": POST + b"Content-Length: 2, 2\r\n\r\n{}",
    "a length with a sign": POST + b"Content-Length: +2\r\n\r\n{}",
    "a negative length": POST + b"Content-Length: -2\r\n\r\n{}",
    "a length in hex": POST + b"Content-Length: 0x2\r\n\r\n{}",
    "a length with a score": POST + b"Content-Length: 0_2\r\n\r\n{}",
    "a folded header": POST + b"X-A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}",
    "a folded coding": POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a fold before the first header": POST.replace(b"Host", b" Host") + b"\r\n",
    "xchunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "gzip and chunked": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "chunked and identity": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "identity and a length": POST + b"Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\n{}",
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked twice in a line": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "a blank before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "another blank": POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "chunks of HTTP/1.0": CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n",
    "a size that is none": CHUNKED + b"zz\r\n{}\r\n0\r\n\r\n",
    "a size with 0x": CHUNKED + b"0x2\r\n{}\r\n0\r\n\r\n",
    "a negative size": CHUNKED + b"-2\r\n{}\r\n0\r\n\r\n",
    "a size with a sign": CHUNKED + b"+2\r\n{}\r\n0\r\n\r\n",
    "a size with a blank": CHUNKED + b"2 \r\n{}\r\n0\r\n\r\n",
    "line feeds alone between chunks": CHUNKED + b"2\n{}\n0\n\n",
    "a line feed in an extension": CHUNKED + b"2;a\nb\r\n{}\r\n0\r\n\r\n",
    "more bytes than the size": CHUNKED + b"2\r\n{}xx\r\n0\r\n\r\n",
    "a line feed in the first line": GET.replace(b"1.1\r\n", b"1.1\n") + b"\r\n",
    "a carriage return in a header": GET + b"X-A: a\rX-B: b\r\n\r\n",
    "a line feed in a header": GET + b"X-A: a\nX-B: b\r\n\r\n",
    "a NUL in a header": GET + b"X-A: a\0b\r\n\r\n",
    "an escape in a header": GET + b"X-A: \x1b[31m\r\n\r\n",
    "a NUL in the path": GET.replace(b"/healthz", b"/he\0althz") + b"\r\n",
    "an escape in the path": GET.replace(b"/healthz", b"/he\x1balthz") + b"\r\n",
    "a header without a colon": GET + b"X\r\n\r\n",
    "a header without a name": GET + b": x\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": GET + b"Host: evil.example\r\n\r\n",
    "a host with a path": GET.replace(b"Host: hub", b"Host: hub/../x?y#@z") + b"\r\n",
    "a host with a comma": GET.replace(b"Host: hub", b"Host: hub, evil.example") + b"\r\n",
    "a host with a user": GET.replace(b"Host: hub", b"Host: hub@evil.example") + b"\r\n",
    "another host in the address": GET.replace(b"/healthz", b"http://evil.example/healthz") + b"\r\n",
    "HTTP/0.9": b"GET /healthz\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version that nobody knows": GET.replace(b"1.1", b"9.9") + b"\r\n",
    "a small method": GET.replace(b"GET", b"get") + b"\r\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_can_be_read_in_two_ways_is_refused_and_nothing_behind_it_is_read(
    served: Any, say: Say, name: str
) -> None:
    answered = say(served.port, REFUSED[name] + BEHIND)

    status = answered[9:12]
    assert status in (b"400", b"501"), answered
    assert answered.count(b"HTTP/1.") == 1
    assert b"smuggled" not in answered.partition(b"\r\n\r\n")[2]


LARGE = {
    "too many headers": GET + b"".join(b"X-%d: y\r\n" % number for number in range(9000)) + b"\r\n",
    "a huge header": GET + b"X-A: " + b"y" * 70_000 + b"\r\n\r\n",
    "a huge address": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: hub\r\n\r\n",
}


@pytest.mark.parametrize("name", LARGE)
def test_a_head_without_end_is_not_read_to_its_end(served: Any, say: Say, name: str) -> None:
    """The connection ends in the middle of it, so that the answer may be lost on its way."""
    answered = say(served.port, LARGE[name] + BEHIND)

    assert answered[9:12] in (b"431", b"")
    assert answered.count(b"HTTP/1.") <= 1


TAKEN = {
    "a length": (POST + b"Content-Length: 2\r\n\r\n{}", 404),
    "a length that a header with a score is not": (
        POST + b"Content_Length: 40\r\nContent-Length: 2\r\n\r\n{}",
        404,
    ),
    "chunks": (CHUNKED + b"2\r\n{}\r\n0\r\n\r\n", 404),
    "an extension of a chunk": (CHUNKED + b"2;a=b\r\n{}\r\n0\r\n\r\n", 404),
    "a trailer, which nobody reads": (CHUNKED + b"2\r\n{}\r\n0\r\nHost: evil.example\r\n\r\n", 404),
    "chunked in capitals": (CHUNKED.replace(b": chunked", b": CHUNKED") + b"0\r\n\r\n", 404),
    "a body of GET": (GET + b"Content-Length: 5\r\n\r\nhello", 200),
    "the whole address": (GET.replace(b"/healthz", b"http://hub/healthz") + b"\r\n", 200),
    "a host with a port": (GET.replace(b"Host: hub", b"Host: [::1]:8080") + b"\r\n", 200),
}


@pytest.mark.parametrize("name", TAKEN)
def test_what_can_be_read_in_one_way_ends_where_it_says(served: Any, say: Say, name: str) -> None:
    sent, status = TAKEN[name]
    answered = say(served.port, sent + GET + b"Connection: close\r\n\r\n")

    assert answered.startswith(b"HTTP/1.1 %d" % status), answered
    assert answered.count(b"HTTP/1.1 ") == 2
    assert answered.endswith(b'{"status":"alive"}\n')


def test_requests_one_behind_the_other_are_answered_in_order(served: Any, say: Say) -> None:
    wanted = [b"/healthz", b"/nothing", b"/healthz", b"/readyz"] * 5
    sent = b"".join(GET.replace(b"/healthz", path) + b"\r\n" for path in wanted)
    answered = say(served.port, sent + GET + b"Connection: close\r\n\r\n")

    found = [part[:3] for part in answered.split(b"HTTP/1.1 ")[1:]]
    assert found == [b"404" if path == b"/nothing" else b"200" for path in wanted] + [b"200"]


@pytest.mark.parametrize(
    "escaped", [b"%00", b"%0d%0aSet-Cookie:%20a=b", b"%1b[31m", b"%e2%80%a8", b"..%2f..%2f"]
)
def test_escaped_characters_in_an_address_begin_no_header(served: Any, say: Say, escaped: bytes) -> None:
    for path in (
        b"/" + escaped,
        b"/static/" + escaped,
        b"/sign-in?next=/" + escaped,
        b"/api/webhooks/" + escaped,
    ):
        answered = say(served.port, GET.replace(b"/healthz", path) + b"Connection: close\r\n\r\n")
        head = answered.partition(b"\r\n\r\n")[0]
        assert answered[9:12] in (b"200", b"404", b"405"), path
        assert b"a=b" not in head
        assert b"\x1b" not in head


def test_a_body_that_is_packed_is_refused_and_never_unpacked(firm: Any) -> None:
    """However small it is: a thousandfold of it would fill the memory. No provider packs webhooks."""
    bomb = gzip.compress(b'{"event":"' + b"x" * 10_000_000 + b'"}')
    headers = {**firm.sign("custom", bomb), "Content-Encoding": "gzip"}

    answer = requests.post(firm.address(), data=bomb, headers=headers, timeout=30)

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_encoding")
    (event,) = firm.json("events", "list", "--tenant", firm.slug)
    assert event["outcome"] == "rejected"
    assert len(bomb) < 100_000


def test_what_a_proxy_says_of_a_sender_counts_where_there_is_one(
    proxied: Any, make_firm: Callable[..., Any], say: Say
) -> None:
    """And what a sender says of itself behind it does not."""
    said = b"X-Forwarded-For: 6.6.6.6, 203.0.113.7\r\nX-Forwarded-Proto: https\r\n"
    answered = say(proxied.port, POST + said + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}")
    event = json.loads(answered.partition(b"\r\n\r\n")[2])["eventId"]

    assert make_firm(proxied).json("events", "show", event)["remote_addr"] == "203.0.113.7"


def test_where_there_is_no_proxy_nobody_is_believed_to_be_one(served: Any, firm: Any, say: Say) -> None:
    said = b"X-Forwarded-For: 203.0.113.7\r\nForwarded: for=203.0.113.7\r\nConnection: close\r\n"
    answered = say(served.port, POST + said + b"Content-Length: 2\r\n\r\n{}")
    event = json.loads(answered.partition(b"\r\n\r\n")[2])["eventId"]

    assert firm.json("events", "show", event)["remote_addr"] == "127.0.0.1"
