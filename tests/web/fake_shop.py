"""A small WooCommerce: orders in its REST API, and webhooks that are sent once, or lost."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

import requests
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

PATH = "/wp-json/wc/v3/orders"


@dataclass
class FakeShop:
    """A shop with one webhook for all topics of orders."""

    clock: Any
    key: str = "ck_fake"
    secret: str = "cs_fake"
    webhook_secret: str = "wc-secret"
    webhook_url: str = ""
    url: str = ""
    orders: dict[int, dict[str, Any]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    trouble: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    """Answers to be given to the next questions instead of orders: status and headers."""
    body: bytes | None = None
    """What is answered instead of orders."""

    def app(self) -> Flask:
        """What is served."""
        app = Flask("fake_shop")
        app.add_url_rule(PATH, view_func=self._list)
        return app

    def change(self, number: int, **changes: Any) -> dict[str, Any]:
        """An order is placed or changed. Gives this version of it."""
        now = f"{self.clock():%Y-%m-%dT%H:%M:%S}"
        known = self.orders.get(number) or _order(number, now)
        self.orders[number] = {**known, "date_modified": now, "date_modified_gmt": now, **changes}
        return dict(self.orders[number])

    def pay(self, number: int, **changes: Any) -> dict[str, Any]:
        """The customer pays."""
        now = f"{self.clock():%Y-%m-%dT%H:%M:%S}"
        return self.change(number, status="processing", date_paid_gmt=now, **changes)

    def refund(self, number: int, refund: int, total: str) -> dict[str, Any]:
        """Some of the money goes back."""
        refunds = [{"id": refund, "reason": "", "total": f"-{total}"}, *self.orders[number]["refunds"]]
        return self.change(number, refunds=refunds)

    def send(self, version: dict[str, Any], topic: str = "order.updated") -> int:
        """A webhook with this version. Gives the status of the answer."""
        # PHP escapes slashes and everything that is not ASCII; the list of orders below does not.
        raw = json.dumps(version).replace("/", "\\/").encode()
        mac = hmac.digest(self.webhook_secret.encode(), raw, hashlib.sha256)
        headers = {
            "Content-Type": "application/json",
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Signature": base64.b64encode(mac).decode(),
        }
        return requests.post(self.webhook_url, data=raw, headers=headers, timeout=30).status_code

    def ping(self) -> int:
        """What a shop does when the webhook is saved. Gives the status of the answer."""
        return requests.post(self.webhook_url, data={"webhook_id": "7"}, timeout=30).status_code

    def _list(self) -> ResponseReturnValue:
        self.asked.append(dict(request.args))
        if self.trouble:
            status, headers = self.trouble.pop(0)
            return "busy", status, headers
        given = request.authorization
        if given is None or (given.username, given.password) != (self.key, self.secret):
            return jsonify(code="woocommerce_rest_cannot_view"), 401
        if self.body is not None:
            return self.body
        return json.dumps(self._page(), ensure_ascii=False), {"Content-Type": "application/json"}

    def _page(self) -> list[dict[str, Any]]:
        wanted = request.args
        assert (wanted["orderby"], wanted["order"], wanted["dates_are_gmt"]) == ("modified", "asc", "true")
        size, page = int(wanted["per_page"]), int(wanted["page"])
        assert 1 <= size <= 100
        changed = [
            order for order in self.orders.values() if order["date_modified_gmt"] > wanted["modified_after"]
        ]
        changed.sort(key=lambda order: (order["date_modified_gmt"], order["id"]))
        return changed[(page - 1) * size : page * size]


def _order(number: int, now: str) -> dict[str, Any]:
    return {
        "id": number,
        "number": str(number),
        "status": "pending",
        "currency": "EUR",
        "total": "119.00",
        "total_tax": "19.00",
        "date_created_gmt": now,
        "date_paid_gmt": None,
        "customer_id": 0,
        "billing": {"email": f"kunde{number}@beispiel.de", "first_name": "Jörg", "last_name": "Weiß"},
        "meta_data": [{"id": 1, "key": "ref", "value": "P-1"}],
        "line_items": [{"id": 1, "name": "Mühle", "quantity": 1, "total": "100.00", "total_tax": "19.00"}],
        "refunds": [],
        "_links": {"self": [{"href": f"http://127.0.0.1{PATH}/{number}"}]},
    }
