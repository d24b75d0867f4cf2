import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hub_copecart import plugin

import hub
from hub.registry.fixtures import fixtures_of

RECEIVED_AT = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def connect() -> Callable[..., hub.Connection]:
    """Makes a connection with these secrets."""

    def make(*secrets: str) -> hub.Connection:
        tenant = hub.Tenant(slug="acme", number=1, name="Acme")
        settings = hub.SignedSettings.model_validate({"secrets": secrets})
        return hub.Connection(tenant=tenant, plugin="copecart", name="default", settings=settings)

    return make


@pytest.fixture(scope="session")
def received() -> Callable[..., hub.Inbound]:
    """Makes requests: ``received(body, {"Name": "value"}, at=…)``."""

    def make(body: bytes, headers: dict[str, str] | None = None, at: datetime = RECEIVED_AT) -> hub.Inbound:
        return hub.Inbound(received_at=at, body=body, headers=hub.Headers((headers or {}).items()))

    return make


@pytest.fixture(scope="session")
def parse(
    received: Callable[..., hub.Inbound], connect: Callable[..., hub.Connection]
) -> Callable[..., list[hub.Fact]]:
    """The facts of a sample with some members changed, of COPE's samples in ``data``; ``...`` takes one
    away."""

    def run(name: str, **changes: Any) -> list[hub.Fact]:
        body = json.loads(fixtures_of(plugin)[name].body)
        owner = body.get("data", body)
        owner.update(copy.deepcopy(changes))
        for key in [key for key, value in owner.items() if value is ...]:
            del owner[key]
        return list(plugin.parse(received(json.dumps(body).encode()), connect()))

    return run
