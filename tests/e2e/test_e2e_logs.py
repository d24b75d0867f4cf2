"""The server's log: one JSON object a line, with ids and outcomes and nothing that is secret."""

import secrets
import socket
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Any

import requests


def test_each_request_is_one_line_with_its_events_id(firm: Any) -> None:
    sale = {
        "event": "transaction.created",
        "externalId": "x-1",
        "grossAmount": "10.00",
        "currency": "EUR",
    }
    taken, refused = firm.post(sale), firm.post(sale, secret="falsch")

    lines = {line.get("event_id"): line for line in firm.server.log_lines()}

    line = lines[taken.headers["X-Event-Id"]]
    assert line["event"] == "event"
    assert {
        name: line[name] for name in ("plugin", "tenant", "event_type", "outcome", "status", "level")
    } == {
        "plugin": "custom",
        "tenant": firm.slug,
        "event_type": "transaction.created",
        "outcome": "processed",
        "status": 200,
        "level": "info",
    }
    assert line["ms"] > 0
    assert line["timestamp"].endswith("Z")
    assert lines[refused.headers["X-Event-Id"]]["reason"] == "invalid_signature"


def test_no_secret_no_key_and_no_body(firm: Any) -> None:
    mark = f"geheimer-kunde-{secrets.token_hex(6)}"
    lead = {"type": "order", "email": f"{mark}@beispiel.de", "note": mark}
    sale = {"event": "transaction.created", "externalId": mark, "grossAmount": mark, "currency": "EUR"}
    wrong = firm.key[:-1]
    answers = [
        firm.post(lead, plugin="lead"),
        requests.post(f"{firm.server.url}/api/v1/lead?key={firm.key}", json=lead, timeout=30),
        firm.post(lead, plugin="lead", secret=wrong),
        firm.post(sale),
        firm.post(sale | {"grossAmount": "1.00"}),
        firm.post(mark.encode()),
        firm.post(sale, secret=mark),
        firm.post(sale | {"event": mark}),
        firm.post(sale, plugin="stripe"),
        firm.post(sale, plugin="shopify"),  # without a topic it is of an unknown type: ignored
        firm.post(mark.encode() * 100_000),
    ]

    text = firm.server.log.read_text("utf-8")

    assert [answer.status_code for answer in answers] == [
        200,
        200,
        403,
        400,
        200,
        400,
        401,
        200,
        400,
        200,
        413,
    ]
    assert len(firm.server.log_lines()) >= len(answers)
    for hidden in (wrong, *firm.secrets.values()):
        assert hidden not in text
    # The type of an event is logged, so a sender's own word for it is; nothing else of a body is.
    shown = [line for line in firm.server.log_lines() if mark in str(line)]
    assert all(line["event_type"] == mark for line in shown)
    assert all(mark not in str({**line, "event_type": ""}) for line in shown)


def test_what_libraries_warn_of_has_the_same_form(firm: Any) -> None:
    with ExitStack() as stack:
        for _ in range(2):  # HTTP that the server cannot parse
            odd = stack.enter_context(socket.create_connection(("127.0.0.1", firm.server.port)))
            odd.sendall(b"POST / HTTP/1.1\r\nContent-Length: viel\r\n\r\n")
            assert odd.recv(100).startswith(b"HTTP/1.")
    with ThreadPoolExecutor(32) as threads:  # requests have to queue
        list(threads.map(lambda _: requests.get(f"{firm.server.url}/healthz", timeout=30), range(64)))

    assert all({"event", "level", "timestamp"} <= set(line) for line in firm.server.log_lines())


def test_a_fault_is_one_line_with_its_traceback(
    serve: Callable[..., Any], fresh_database: Callable[[str], str], make_firm: Callable[..., Any]
) -> None:
    url = fresh_database("sqlite")
    with serve(url) as server:
        firm = make_firm(server)
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            connection.execute(
                "CREATE TRIGGER broken BEFORE INSERT ON orders BEGIN SELECT RAISE(ABORT, 'kaputt'); END"
            )
        answer = firm.post({"type": "order", "email": "kunde@beispiel.de"}, plugin="lead")
        (line,) = [line for line in server.log_lines() if line["level"] == "error"]

    assert (answer.status_code, answer.json()["status"]) == (500, "error")
    assert "kaputt" not in answer.text
    assert (line["event"], line["level"], line["plugin"]) == ("event_failed", "error", "lead")
    assert "Traceback" in line["exception"]
    assert "kunde@beispiel.de" not in str(line)
