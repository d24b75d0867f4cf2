"""Traces for OpenTelemetry: what became of a request and of its deliveries, handed to a collector after the
fact. Imported only where somebody wants traces; all others pay nothing."""

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import SpanKind, Status, StatusCode

Headers = Iterable[tuple[str, str]]

_PARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
"""https://www.w3.org/TR/trace-context/#traceparent-header"""

SAMPLED = 0x01


class _Ids(RandomIdGenerator):
    """Random ids, but for a span whose id is given: others find it by the event's id alone."""

    def __init__(self) -> None:
        self.given = threading.local()

    def generate_trace_id(self) -> int:
        return getattr(self.given, "trace", None) or super().generate_trace_id()

    def generate_span_id(self) -> int:
        return getattr(self.given, "span", None) or super().generate_span_id()


class Spans:
    """Makes spans and sends them in the background to ``endpoint`` (OTLP over HTTP); what a collector does
    not take is forgotten. Safe to share between threads."""

    def __init__(self, endpoint: str, version: str) -> None:
        self._ids = _Ids()
        resource = Resource.create({"service.name": "integration-hub", "service.version": version})
        self._provider = TracerProvider(resource=resource, id_generator=self._ids)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint, timeout=5)))
        self._tracer = self._provider.get_tracer("hub", version)

    def close(self) -> None:
        """Send what waits, and end."""
        self._provider.shutdown()

    def received(
        self,
        event_id: UUID,
        headers: Headers,
        steps: Mapping[Any, int],
        told: Mapping[str, str | int | None],
        *,
        failed: bool,
    ) -> None:
        """A request that was answered just now, and the nanoseconds of its steps, one after the other. It is
        part of the sender's trace if the sender named one, else of its own."""
        end = time.time_ns()
        start = end - sum(steps.values())
        attributes = {f"hub.{name}": value for name, value in told.items() if value is not None}
        with self._given(event_id):
            span = self._tracer.start_span(
                "hub.event", _context(_parent_of(headers)), SpanKind.SERVER, attributes, start_time=start
            )
        inside = trace.set_span_in_context(span)
        for step, nanoseconds in steps.items():
            self._tracer.start_span(f"hub.{step}", inside, start_time=start).end(start + nanoseconds)
            start += nanoseconds
        if failed:
            span.set_status(Status(StatusCode.ERROR))
        span.end(end)

    @contextmanager
    def delivering(
        self, event_id: UUID | None, headers: Callable[[], Headers], told: Mapping[str, str | int]
    ) -> Iterator["Delivering"]:
        """An attempt to send something that an event set off: part of that event's trace."""
        parent = _span_of(event_id, headers()) if event_id else None
        attributes = {f"hub.{name}": value for name, value in told.items()}
        span = self._tracer.start_span("hub.deliver", _context(parent), SpanKind.CLIENT, attributes)
        try:
            yield Delivering(span)
        finally:
            span.end()

    @contextmanager
    def _given(self, event_id: UUID) -> Iterator[None]:
        """Let the next span be that of this event."""
        self._ids.given.trace, self._ids.given.span = event_id.int, _span_id(event_id)
        try:
            yield
        finally:
            self._ids.given.trace = self._ids.given.span = None


class Delivering:
    """A span that is under way."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        """What the other side is told, so that its spans are part of the trace."""
        its = self._span.get_span_context()
        return f"00-{its.trace_id:032x}-{its.span_id:016x}-{int(its.trace_flags):02x}"

    def failed(self, why: str) -> None:
        """It did not arrive."""
        self._span.set_status(Status(StatusCode.ERROR, why))


def _parent_of(headers: Headers) -> trace.SpanContext | None:
    """The sender's span, if it names one as it should."""
    named = [value for name, value in headers if name.lower() == "traceparent"]
    found = _PARENT.fullmatch(named[0].strip()) if len(named) == 1 else None
    if found is None:
        return None
    trace_id, span_id, flags = (int(part, 16) for part in found.groups())
    return _remote(trace_id, span_id, flags & SAMPLED)


def _span_of(event_id: UUID, headers: Headers) -> trace.SpanContext:
    """The span of an event, made or not."""
    parent = _parent_of(headers)
    trace_id, flags = (parent.trace_id, parent.trace_flags) if parent else (event_id.int, SAMPLED)
    return _remote(trace_id, _span_id(event_id), flags)


def _span_id(event_id: UUID) -> int:
    return int.from_bytes(hashlib.sha256(event_id.bytes).digest()[:8], "big") or 1


def _remote(trace_id: int, span_id: int, flags: int) -> trace.SpanContext:
    return trace.SpanContext(trace_id, span_id, is_remote=True, trace_flags=trace.TraceFlags(flags))


def _context(parent: trace.SpanContext | None) -> Any:
    return trace.set_span_in_context(trace.NonRecordingSpan(parent)) if parent else Context()
