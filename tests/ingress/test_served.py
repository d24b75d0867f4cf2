"""What only a real server shows: chunked bodies, headers sent twice, connections that break off."""

import hashlib
import hmac
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

PATH = b"/api/webhooks/musterfirma/custom"
SALE = b'{"event":"transaction.created","externalId":"t-1","grossAmount":"119.00","currency":"EUR"}'

Speak = Callable[[int, bytes], bytes]


def signature(body: bytes) -> bytes:
    mac = hmac.new(b"ein-langes-geheimnis-0815", body, hashlib.sha256).hexdigest()
    return b"X-Webhook-Signature: sha256=" + mac.encode()


def request(*headers: bytes, body: bytes = b"") -> bytes:
    lines = (b"POST " + PATH + b" HTTP/1.1", b"Host: hub.test", b"Content-Type: application/json", *headers)
    return b"\r\n".join((*lines, b"Connection: close", b"", body))


def chunks(body: bytes, size: int) -> bytes:
    """The body as HTTP chunks."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def status_and_answer(raw: bytes) -> tuple[int, Any]:
    head, _, body = raw.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), json.loads(body or b"null")


def test_a_chunked_body_is_taken(site: Any, listening: Any, speak: Speak) -> None:
    sent = request(b"Transfer-Encoding: chunked", signature(SALE), body=chunks(SALE, 7))
    with listening(site.app) as port:
        status, answer = status_and_answer(speak(port, sent))

    assert (status, answer["status"]) == (200, "processed")
    assert site.events()[0]["outcome"] == "processed"


def test_a_chunked_body_over_the_limit_is_refused(make_hub: Any, listening: Any, speak: Speak) -> None:
    site = make_hub(body_limit=1000)
    body = SALE + b" " * 1000
    sent = request(b"Transfer-Encoding: chunked", signature(body), body=chunks(body, 100))
    with listening(site.app) as port:
        status, answer = status_and_answer(speak(port, sent))

    assert (status, answer["code"]) == (413, "body_too_large")
    assert [event["reason"] for event in site.events()] == ["body_too_large"]
    assert site.count() == 0


def test_a_body_that_is_announced_too_large_is_refused(make_hub: Any, listening: Any, speak: Speak) -> None:
    site = make_hub(body_limit=1000)
    body = b"x" * 2000
    with listening(site.app) as port:
        status, answer = status_and_answer(speak(port, request(b"Content-Length: 2000", body=body)))

    assert (status, answer["code"]) == (413, "body_too_large")
    assert site.count() == 0


def test_two_signature_headers_are_refused(site: Any, listening: Any, speak: Speak) -> None:
    twice = (signature(SALE), signature(SALE))
    sent = request(b"Content-Length: %d" % len(SALE), *twice, body=SALE)
    with listening(site.app) as port:
        status, answer = status_and_answer(speak(port, sent))

    assert (status, answer["code"]) == (401, "malformed_signature")
    assert site.events()[0]["reason"] == "malformed_signature"
    assert site.count() == 0


@pytest.mark.parametrize("odd", [b"X-Odd: a\xffb", b"X-Odd: a\x01b", b"X-Odd: " + b"x" * 60_000])
def test_an_odd_header_does_no_harm(site: Any, listening: Any, speak: Speak, odd: bytes) -> None:
    sent = request(odd, signature(SALE), b"Content-Length: %d" % len(SALE), body=SALE)
    with listening(site.app) as port:
        raw = speak(port, sent)

    assert int(raw.split(b" ")[1]) in {200, 400}


def test_a_topic_with_nul_is_no_fault_of_the_hub(site: Any) -> None:
    answer = site.send({}, plugin="shopify", headers={"X-Shopify-Topic": "orders/\x00"})

    assert (answer.status_code, answer.get_json()["status"]) == (200, "ignored")
    assert site.event(answer)["event_type"] == "orders/\ufffd"


def test_a_sender_that_breaks_off_leaves_nothing(site: Any, listening: Any, speak: Speak) -> None:
    with listening(site.app) as port:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(request(signature(SALE), b"Content-Length: 5000", body=SALE))
        whole = request(signature(SALE), b"Content-Length: %d" % len(SALE), body=SALE)
        status, answer = status_and_answer(speak(port, whole))

    assert (status, answer["status"]) == (200, "processed")
    assert len(site.events()) == 1
