"""Requests of a shop, and a way to change them."""

import copy
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hub_woocommerce import plugin
from hub_woocommerce.settings import Settings

import hub
from hub.registry.fixtures import fixtures_of

RECEIVED_AT = datetime(2026, 6, 1, 12, tzinfo=UTC)

Parse = Callable[..., Sequence[hub.Fact]]


def _connect(**settings: Any) -> hub.Connection:
    tenant = hub.Tenant(slug="acme", number=1, name="Acme")
    return hub.Connection(
        tenant=tenant, plugin="woocommerce", name="default", settings=Settings.model_validate(settings)
    )


@pytest.fixture(scope="session")
def connect() -> Callable[..., hub.Connection]:
    """Makes a connection with these settings."""
    return _connect


@pytest.fixture(scope="session")
def sample() -> Callable[..., dict[str, Any]]:
    """A fixture's body by its name, with some members changed; ``...`` takes a member away."""

    def make(name: str = "order.updated__paid", **changes: Any) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(fixtures_of(plugin)[name].body)
        body.update(copy.deepcopy(changes))
        return {key: value for key, value in body.items() if value is not ...}

    return make


@pytest.fixture(scope="session")
def inbound() -> Callable[..., hub.Inbound]:
    """A request with this body under a topic, as received at a fixed time."""

    def make(body: Any, topic: str = "order.updated", **headers: str) -> hub.Inbound:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {"Content-Type": "application/json", "X-WC-Webhook-Topic": topic, **headers}
        return hub.Inbound(received_at=RECEIVED_AT, body=raw, headers=hub.Headers(named.items()))

    return make


@pytest.fixture(scope="session")
def parse(inbound: Callable[..., hub.Inbound]) -> Parse:
    """The facts of a body."""

    def run(body: Any, **settings: Any) -> Sequence[hub.Fact]:
        return plugin.parse(inbound(body), _connect(**settings))

    return run
