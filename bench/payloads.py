"""Signed sales, as the custom webhook takes them, ready to be sent: the complete request as bytes,
built before any clock starts.
"""

import hashlib
import hmac
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FIXTURE = Path(__file__).parents[1] / "plugins/custom_webhook/fixtures/transaction.created__full.json"
SALES_PER_CUSTOMER = 3
PARTNER = "P-001"
"""Who sold, by the fixture."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """One request, and the ``externalId`` by which it is looked for later."""

    external_id: str
    raw: bytes

    @property
    def path(self) -> str:
        """The address that is posted to."""
        return self.raw.split(b" ", 2)[1].decode()

    @property
    def headers(self) -> dict[str, str]:
        """The headers, for those who do not send bytes."""
        lines = self.raw.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        return dict(line.split(": ", 1) for line in lines)

    @property
    def body(self) -> bytes:
        """The signed bytes."""
        return self.raw.partition(b"\r\n\r\n")[2]


def path_of(tenant: str) -> str:
    """Where a tenant's custom webhook listens."""
    return f"/api/webhooks/{tenant}/custom"


def prepare(count: int, port: int, secret: str, tenants: Sequence[str] = ("bench",)) -> list[Prepared]:
    """Requests with ids that no earlier run used, dealt to the tenants in turn.

    A customer buys three times, each time from the same tenant.
    """
    template = json.loads(FIXTURE.read_text(encoding="utf-8"))
    run = uuid.uuid4().hex[:12]
    return [
        _request(template, run, number, port, secret, tenants[number // SALES_PER_CUSTOMER % len(tenants)])
        for number in range(count)
    ]


def run_of(request: Prepared) -> str:
    """The text by which all sales and customers of one ``prepare`` differ from those of others."""
    return request.external_id.split("-")[1]


def _request(
    template: dict[str, object], run: str, number: int, port: int, secret: str, tenant: str
) -> Prepared:
    external_id = f"bench-{run}-{number}"
    buyer = f"{run}-{number // SALES_PER_CUSTOMER}"
    customer = {
        "externalId": f"cust-{buyer}",
        "email": f"erika.{buyer}@example.com",
        "firstName": "Erika",
        "lastName": "Musterfrau",
    }
    sale = {**template, "externalId": external_id, "customer": customer}
    body = json.dumps(sale, ensure_ascii=False, separators=(",", ":")).encode()
    mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path_of(tenant)} HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{port}\r\n"
        "User-Agent: bench/1\r\n"
        "Accept: */*\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"X-Webhook-Signature: sha256={mac}\r\n"
        "\r\n"
    )
    return Prepared(external_id, head.encode() + body)
