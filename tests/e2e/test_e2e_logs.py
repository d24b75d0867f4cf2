"""The server's log: one JSON object a line, with ids and outcomes and nothing that is secret."""

import secrets
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
        firm.post(sale, plugin="shopify"),
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
        400,
        413,
    ]
    assert len(firm.server.log_lines()) >= len(answers)
    for hidden in (wrong, *firm.secrets.values()):
        assert hidden not in text
    # The type of an event is logged, so a sender's own word for it is; nothing else of a body is.
    shown = [line for line in firm.server.log_lines() if mark in str(line)]
    assert all(line["event_type"] == mark for line in shown)
    assert all(mark not in str({**line, "event_type": ""}) for line in shown)


def test_a_request_that_fails_is_logged_with_its_traceback_in_one_line(firm: Any) -> None:
    answer = requests.get(f"{firm.server.url}/gibt-es-nicht", timeout=30)

    assert (answer.status_code, answer.json()["status"]) == (404, "error")
    assert firm.server.log_lines()
