"""Figures for Prometheus at ``/metrics``: what this server received, and how the installation is. Nothing in
them is a tenant's: labels are plugins, outcomes, channels, receivers and states.

With several server processes, which share the folder in ``PROMETHEUS_MULTIPROC_DIR``, each tells of all.
"""

import hmac
import os
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from flask import Flask, Response, abort, request
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from hub.contract.outcome import Outcome
from hub.records.database import Database, DatabaseUnavailable
from hub.records.gauges import Gauges, States, measure
from hub.support.clock import Clock
from hub.version import __version__

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The client library's variable for the folder that processes share."""

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

FRESH = 5.0
"""Seconds for which one look at the database serves all who ask."""


class Metrics:
    """Counts requests, and answers what was counted. Safe to share between threads."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._state = State(database, clock)
        own = CollectorRegistry()
        self._events = Counter(
            "hub_events", "Requests by what became of them.", ["plugin", "outcome"], registry=own
        )
        self._seconds = Histogram(
            "hub_event_duration_seconds",
            "From the first byte of a request to its answer.",
            ["plugin"],
            buckets=BUCKETS,
            registry=own,
        )
        self._own = own

    def observe(self, plugin: str, outcome: Outcome, seconds: float) -> None:
        """Count a request."""
        self._events.labels(plugin, outcome.kind.value).inc()
        self._seconds.labels(plugin).observe(seconds)

    def text(self) -> bytes:
        """All figures, as Prometheus reads them."""
        counted = self._own
        if folder := os.environ.get(FOLDER):
            counted = CollectorRegistry()
            MultiProcessCollector(counted, folder)  # type: ignore[no-untyped-call] # the library has no types there
        state = CollectorRegistry()
        state.register(self._state)
        return generate_latest(counted) + generate_latest(state)


class State(Collector):
    """How the installation is, by its database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database.for_all_tenants()
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: Gauges | None = None
        self._until = 0.0

    def describe(self) -> list[Metric]:
        """Nothing is asked of the database when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Measured now, or a moment ago."""
        yield _gauge("hub_build", "The version that serves.", ("version",), {(__version__,): 1})
        found = self._measured()
        yield _gauge("hub_database_up", "Whether the database answers.", (), {(): found is not None})
        if found is not None:
            yield from _families(found, self._clock())

    def _measured(self) -> Gauges | None:
        with self._lock:
            if self._seen is None or time.monotonic() >= self._until:
                try:
                    with self._database.read() as unit:
                        self._seen = measure(unit, self._clock())
                except DatabaseUnavailable:
                    self._seen = None
                self._until = time.monotonic() + FRESH
            return self._seen


def bind_metrics(app: Flask, metrics: Metrics, token: str) -> None:
    """Serve ``/metrics`` to whoever brings ``Authorization: Bearer <token>``, and to nobody else."""
    expected = f"Bearer {token}".encode()

    @app.get("/metrics")
    def figures() -> Response:
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, expected):
            abort(401, "Send the token of HUB_METRICS_TOKEN: Authorization: Bearer …")
        return Response(metrics.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _families(found: Gauges, now: datetime) -> Iterator[Metric]:
    yield _states("hub_deliveries", "Deliveries that are not done.", "channel", found.deliveries)
    yield _states("hub_effects", "Calls of receivers that are not done.", "receiver", found.effects)
    open_events = {(outcome,): number for outcome, number in found.open_events.items()}
    yield _gauge(
        "hub_open_events", "Events that somebody may have to do something about.", ("outcome",), open_events
    )
    late = (now - found.oldest_due_at).total_seconds() if found.oldest_due_at else 0.0
    yield _gauge("hub_oldest_due_seconds", "For how long the oldest work is due.", (), {(): max(0.0, late)})
    yield _gauge(
        "hub_failing_jobs",
        "Periodic jobs whose last round failed for somebody.",
        (),
        {(): found.failing_jobs},
    )
    if found.worker_seen_at is not None:
        seen = {(): found.worker_seen_at.timestamp()}
        yield _gauge("hub_worker_last_seen_timestamp_seconds", "When a worker last showed itself.", (), seen)


def _states(name: str, text: str, label: str, states: States) -> Metric:
    return _gauge(name, text, (label, "state"), states)


def _gauge(name: str, text: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(list(key), float(value))
    return family
