from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hub_digistore24 import plugin
from hub_digistore24.settings import Settings

import hub
from hub.registry.fixtures import fixtures_of

RECEIVED_AT = datetime(2026, 7, 1, 12, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"

Parse = Callable[..., Sequence[hub.Fact]]


@pytest.fixture(scope="session")
def received() -> Callable[[bytes], hub.Inbound]:
    """Makes requests with a form body."""

    def make(body: bytes) -> hub.Inbound:
        return hub.Inbound(received_at=RECEIVED_AT, body=body, headers=hub.Headers([("Content-Type", FORM)]))

    return make


@pytest.fixture(scope="session")
def connect() -> Callable[..., hub.Connection]:
    """Makes a connection with these settings."""

    def make(**settings: Any) -> hub.Connection:
        tenant = hub.Tenant(slug="acme", number=1, name="Acme")
        kept = Settings.model_validate(settings)
        return hub.Connection(tenant=tenant, plugin="digistore24", name="default", settings=kept)

    return make


@pytest.fixture(scope="session")
def parse(
    received: Callable[[bytes], hub.Inbound], connect: Callable[..., hub.Connection]
) -> Callable[..., hub.Fact]:
    """The only fact of a sample with some fields changed; ``...`` takes a field away."""

    def run(name: str, settings: dict[str, Any] | None = None, **changes: Any) -> hub.Fact:
        fields = {**dict(parse_qsl(fixtures_of(plugin)[name].body.decode())), **changes}
        body = urlencode({key: value for key, value in fields.items() if value is not ...}).encode()
        (fact,) = plugin.parse(received(body), connect(**(settings or {})))
        return fact

    return run
