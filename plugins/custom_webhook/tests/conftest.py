from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hub_custom_webhook.settings import Settings

import hub

RECEIVED = datetime(2026, 6, 1, 12, tzinfo=UTC)
TENANT = hub.Tenant(slug="demo", number=1, name="Demo GmbH")
SECRET = "a-long-random-text"

Make = Callable[..., hub.Inbound]


@pytest.fixture(scope="session")
def custom_connection() -> hub.Connection:
    settings = Settings.model_validate({"secrets": SECRET})
    return hub.Connection(tenant=TENANT, plugin="custom", name="default", settings=settings)


@pytest.fixture(scope="session")
def custom_request() -> Make:
    """Makes requests: ``custom_request(body, {"Name": "value"})``."""

    def make(body: bytes = b"{}", headers: dict[str, str] | None = None) -> hub.Inbound:
        pairs = {"Content-Type": "application/json", **(headers or {})}
        return hub.Inbound(received_at=RECEIVED, body=body, headers=hub.Headers(pairs.items()))

    return make
