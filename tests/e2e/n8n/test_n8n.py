"""n8n as people use it: it sends sales, with the secret in a header and signed, and gets an outgoing webhook.

Heavy, so no part of an ordinary run: `make n8n` installs n8n and runs this.
"""

import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
import requests

pytestmark = pytest.mark.n8n

SECONDS = 30
MAPPING = (
    'event = "transaction.created"',
    "externalId = order.number",
    "grossAmount = order.sum | decimal_comma",
    'currency = "EUR"',
    "transactionDate = order.day | day_month_year",
    "customer.email = buyer",
)


def soon(look: Callable[[], Sequence[Any]], number: int) -> Sequence[Any]:
    """What is to be seen once there is so much of it."""
    until = time.monotonic() + SECONDS
    while len(found := look()) < number and time.monotonic() < until:
        time.sleep(0.1)
    return found


def set_up(firm: Any, receiver: str) -> tuple[str, str]:
    """A connection for who cannot sign, beside the one for who can, and an endpoint. Gives their secrets."""
    secret = "ein-geheimnis-fuer-den-laden"
    settings = [f"secrets={secret}", "allow_header=true", *(f"mapping={line}" for line in MAPPING)]
    words = [word for setting in settings for word in ("--set", setting)]
    firm.json("connection", "create", firm.slug, "custom", "--name", "shop", *words)
    firm.json("connection", "create", firm.slug, "notifications")
    endpoint = firm.json("endpoint", "create", firm.slug, receiver, "--events", "transaction.created")
    return secret, endpoint["secret"]


def deliveries(firm: Any) -> list[Any]:
    listed = firm.json("deliveries", "list", "--tenant", firm.slug, "--state", "done")
    shown = [firm.json("deliveries", "show", one["id"]) for one in listed]
    return [one for one in shown if one["channel"] == "webhook"]


def test_n8n_sends_sales_and_receives_a_webhook(n8n: Any, firm: Any) -> None:
    receiver = n8n.address("hub-event")
    secret, signing = set_up(firm, receiver)
    texts = {
        "https://hub.example.com": firm.server.url,
        "/musterfirma/": f"/{firm.slug}/",
        "YOUR_SECRET": firm.secrets["custom"],
        "YOUR_WEBHOOK_SECRET": signing,
    }
    credentials = {"hubSecret": ("X-Webhook-Secret", secret), "hubKey": ("X-API-KEY", firm.key)}

    with n8n.running(texts, credentials):
        with_secret = requests.post(
            n8n.address("sale-with-secret"),
            json={
                "order": {"number": "S-1001", "sum": "1.234,56 €", "day": "21.05.2026"},
                "buyer": "kunde@example.com",
            },
            timeout=SECONDS,
        )
        signed = requests.post(
            n8n.address("sale-signed"),
            json={"order": "S-1002", "total": "59.00", "article": "Größe „L“"},
            timeout=SECONDS,
        )
        tickets = soon(lambda: firm.records("tickets"), 2)
        sent = soon(lambda: deliveries(firm), 2)
        forged = requests.post(
            receiver,
            data=b'{"type": "transaction.created", "data": {}}',
            headers={"webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,x"},
            timeout=SECONDS,
        )

    assert (with_secret.status_code, with_secret.json()["status"]) == (200, "processed"), with_secret.text
    assert (signed.status_code, signed.json()["status"]) == (200, "processed"), signed.text
    assert forged.status_code == 500
    assert "ENOTFOUND" not in n8n.log.read_text("utf-8"), "n8n asks somebody outside"
    sales = {sale["external_id"]: sale for sale in firm.records("transactions")}
    assert {name: sale["gross"] for name, sale in sales.items()} == {
        "S-1001": Decimal("1234.56"),
        "S-1002": Decimal("59.00"),
    }
    assert sales["S-1002"]["product_name"] == "Größe „L“"
    told = {
        one["extra"]["webhook_id"]: (one["subject"], one["extra"]["sale"], one["extra"]["gross"])
        for one in tickets
    }
    assert set(told) == {one["id"] for one in sent}
    assert set(told.values()) == {
        ("transaction.created", "S-1001", "1234.56"),
        ("transaction.created", "S-1002", "59.00"),
    }
    assert len(firm.records("tickets")) == 2  # what was forged has made none
