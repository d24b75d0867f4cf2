from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hub_lead_api.settings import Settings

import hub

RECEIVED = datetime(2026, 6, 1, 12, tzinfo=UTC)
TENANT = hub.Tenant(slug="demo", number=1, name="Demo GmbH")

Make = Callable[..., hub.Inbound]


@pytest.fixture(scope="session")
def lead_connection() -> hub.Connection:
    return hub.Connection(tenant=TENANT, plugin="lead", name="default", settings=Settings())


@pytest.fixture(scope="session")
def lead_request() -> Make:
    """Makes requests: ``lead_request(body, {"Name": "value"}, {"key": "…"})``."""

    def make(
        body: bytes = b"{}", headers: dict[str, str] | None = None, query: dict[str, str] | None = None
    ) -> hub.Inbound:
        pairs = {"Content-Type": "application/json", **(headers or {})}
        return hub.Inbound(
            received_at=RECEIVED, body=body, headers=hub.Headers(pairs.items()), query=query or {}
        )

    return make
