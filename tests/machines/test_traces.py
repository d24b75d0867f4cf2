"""Traces: one request and what it set off is one trace, which goes on where the sender's was."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from hub.app import create_worker

SENDERS = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{SENDERS}-00f067aa0ba902b7-01"
SECRET_KEY = "the-vault-key-of-the-tests"


@pytest.fixture
def traced(make_app: Any, sqlite_url: str, receiver: Any, house: Any) -> Callable[..., Any]:
    """A hub that sends webhooks and its traces to the same receiver; the worker's work done, it ends."""

    def make() -> Any:
        site = make_app(
            sqlite_url, traces_endpoint=f"{receiver.url}/v1/traces", allowed_targets="127.0.0.0/8"
        )
        site.add_tenant("musterfirma")
        site.connect("notifications")
        settings = house(sqlite_url, HUB_SECRET_KEY=SECRET_KEY)
        settings.here(
            "endpoint", "create", "musterfirma", f"{receiver.url}/hook", "--events", "transaction.*"
        )
        return site

    return make


def spans(receiver: Any) -> Iterator[Any]:
    for request in receiver.requests:
        if request.path == "/v1/traces":
            sent = ExportTraceServiceRequest.FromString(request.body)
            for resource in sent.resource_spans:
                for scope in resource.scope_spans:
                    yield from scope.spans


def finish(site: Any) -> None:
    """What the worker does now, and what is left of traces."""
    create_worker(site.rooms).run_due()
    site.rooms.database.close()


@pytest.mark.parametrize("parent", [PARENT, None, "00-nonsense"])
def test_a_request_and_its_delivery_are_one_trace(
    traced: Any, receiver: Any, sale: Any, parent: str | None
) -> None:
    site = traced()
    answer = site.send(sale("t-1"), headers={"traceparent": parent})
    event_id = answer.json["eventId"].replace("-", "")
    finish(site)

    found = {span.name: span for span in spans(receiver)}
    assert {
        "hub.event",
        "hub.authenticate",
        "hub.parse",
        "hub.persist",
        "hub.announce",
        "hub.deliver",
    } == set(found)
    event, delivered = found["hub.event"], found["hub.deliver"]
    whose = SENDERS if parent == PARENT else event_id
    assert {span.trace_id.hex() for span in found.values()} == {whose}
    assert event.parent_span_id.hex() == ("00f067aa0ba902b7" if parent == PARENT else "")
    assert found["hub.persist"].parent_span_id == delivered.parent_span_id == event.span_id
    told = {one.key: one.value.string_value for one in event.attributes}
    assert (told["hub.plugin"], told["hub.outcome"]) == ("custom", "processed")

    (hook,) = [one for one in receiver.requests if one.path == "/hook"]
    assert hook.headers["traceparent"] == f"00-{whose}-{delivered.span_id.hex()}-01"


def test_a_sender_that_is_not_sampled_is_not_traced(traced: Any, receiver: Any, sale: Any) -> None:
    site = traced()
    site.send(sale("t-1"), headers={"traceparent": PARENT[:-1] + "0"})
    finish(site)

    assert list(spans(receiver)) == []
    (hook,) = receiver.requests
    assert hook.headers["traceparent"].endswith("-00")


def test_without_an_endpoint_nothing_of_it_is_there(site: Any, sale: Any) -> None:
    site.send(sale("t-1"), headers={"traceparent": PARENT})

    assert site.rooms.spans is None


def test_a_collector_that_is_away_is_in_nobodys_way(make_app: Any, sqlite_url: str, sale: Any) -> None:
    site = make_app(sqlite_url, traces_endpoint="http://127.0.0.1:9/v1/traces")
    site.add_tenant("musterfirma")
    began = time.monotonic()

    assert site.send(sale("t-1")).status_code == 200
    assert time.monotonic() - began < 5
