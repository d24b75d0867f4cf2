"""Requests of a shop, and a way to change them."""

import copy
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hub_shopify_adapter import plugin
from hub_shopify_adapter.settings import Settings

import hub
from hub.registry.fixtures import fixtures_of

RECEIVED_AT = datetime(2026, 6, 1, 12, tzinfo=UTC)

Parse = Callable[..., Sequence[hub.Fact]]


def _connect(**settings: Any) -> hub.Connection:
    tenant = hub.Tenant(slug="acme", number=1, name="Acme")
    return hub.Connection(
        tenant=tenant, plugin="shopify", name="default", settings=Settings.model_validate(settings)
    )


@pytest.fixture(scope="session")
def connect() -> Callable[..., hub.Connection]:
    """Makes a connection with these settings."""
    return _connect


@pytest.fixture(scope="session")
def sample() -> Callable[..., dict[str, Any]]:
    """A fixture's body by its name, with some members changed; ``...`` takes a member away."""

    def make(name: str, **changes: Any) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(fixtures_of(plugin)[name].body)
        body.update(copy.deepcopy(changes))
        return {key: value for key, value in body.items() if value is not ...}

    return make


@pytest.fixture(scope="session")
def parse() -> Parse:
    """The facts of a body under a topic, as received at a fixed time."""

    def run(
        topic: str, body: Any, headers: dict[str, str] | None = None, **settings: Any
    ) -> Sequence[hub.Fact]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {"X-Shopify-Topic": topic, **(headers or {})}
        inbound = hub.Inbound(received_at=RECEIVED_AT, body=raw, headers=hub.Headers(named.items()))
        return plugin.parse(inbound, _connect(**settings))

    return run
