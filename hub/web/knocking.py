"""A test event that goes through the real door: signed as its sender would, given to the application that
senders knock at, within this process."""

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

from hub.contract.schemes import Outgoing
from hub.registry.fixtures import Fixture
from hub.web.fork import Wsgi

PLACEHOLDER = b"hub-test-0001"
"""Stands in a test event for an id, so that each that is sent is a new one."""


@dataclass(frozen=True)
class Answer:
    """What the sender of a test event was answered."""

    status: int
    text: str
    event_id: UUID | None


def fresh(sample: Fixture) -> Outgoing:
    """The sample as a request that was never sent before."""
    its_id = f"hub-test-{secrets.token_hex(4)}"
    body = sample.body.replace(PLACEHOLDER, its_id.encode())
    headers = {name: value.replace(PLACEHOLDER.decode(), its_id) for name, value in sample.headers.items()}
    return Outgoing(body=body, headers={"Content-Type": "application/json", **headers})


def knock(door: Wsgi, url: str, outgoing: Outgoing, *, remote_addr: str | None) -> Answer:
    """Send the request."""
    address = urlsplit(url)
    headers: dict[Any, str] = {"User-Agent": "hub-test-event", **outgoing.headers}
    builder = EnvironBuilder(
        address.path,
        f"{address.scheme}://{address.netloc}",
        query_string=urlencode(dict(outgoing.query)),
        method="POST",
        data=outgoing.body,
        headers=headers,
        environ_base={"REMOTE_ADDR": remote_addr or ""},
    )
    body, status, answered = run_wsgi_app(door, builder.get_environ(), buffered=True)
    answer = Response(body, status, answered)
    event_id = answer.headers.get("X-Event-Id")
    return Answer(answer.status_code, answer.get_data(as_text=True), UUID(event_id) if event_id else None)
