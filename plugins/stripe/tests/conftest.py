"""What every test of the Stripe source needs: a connection, and an event to send."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hub_stripe import plugin
from hub_stripe.settings import Settings

import hub

RECEIVED_AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
FIXTURES = Path(__file__).parent.parent / "fixtures"


def _connection(**settings: Any) -> hub.Connection:
    return hub.Connection(
        tenant=hub.Tenant(slug="musterfirma", number=1, name="Musterfirma GmbH"),
        plugin="stripe",
        name="default",
        settings=Settings(**settings),
    )


def _inbound(body: bytes | dict[str, Any], headers: Sequence[tuple[str, str]] = ()) -> hub.Inbound:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return hub.Inbound(received_at=RECEIVED_AT, body=raw, headers=hub.Headers(headers))


@pytest.fixture(scope="session")
def connection() -> Callable[..., hub.Connection]:
    """A connection with these settings."""
    return _connection


@pytest.fixture(scope="session")
def inbound() -> Callable[..., hub.Inbound]:
    """A request with this body and these headers, received at noon on 2026-06-01."""
    return _inbound


@pytest.fixture(scope="session")
def sample() -> Callable[[str], dict[str, Any]]:
    """The body of a fixture file, to be changed."""
    return lambda name: json.loads((FIXTURES / f"{name}.json").read_bytes())


@pytest.fixture(scope="session")
def parse() -> Callable[..., Sequence[hub.Fact]]:
    """The facts of an event, for a connection with these settings."""
    return lambda body, **settings: plugin.parse(_inbound(body), _connection(**settings))
