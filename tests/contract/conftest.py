from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

import hub

RECEIVED = datetime(2026, 6, 1, 12, tzinfo=UTC)
TENANT = hub.Tenant(slug="demo", number=1, name="Demo GmbH")


@pytest.fixture(scope="session")
def connected() -> Callable[..., hub.Connection]:
    """Makes connections: ``connected("secret", …)``, ``connected(credentials=(…,))``."""

    def make(*secrets: Any, credentials: tuple[str, ...] = ()) -> hub.Connection:
        settings = hub.SignedSettings.model_validate({"secrets": secrets})
        return hub.Connection(
            tenant=TENANT, plugin="demo", name="default", settings=settings, credentials=credentials
        )

    return make


@pytest.fixture(scope="session")
def arrived() -> Callable[..., hub.Inbound]:
    """Makes requests: ``arrived(b"{}", {"Name": "value"}, query={…}, at=…)``."""

    def make(
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        *,
        query: dict[str, str] | None = None,
        at: datetime = RECEIVED,
    ) -> hub.Inbound:
        return hub.Inbound(
            received_at=at, body=body, headers=hub.Headers((headers or {}).items()), query=query or {}
        )

    return make
