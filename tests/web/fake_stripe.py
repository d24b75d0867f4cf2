"""A small Stripe: form decoding, keys that make a question count once, Checkout sessions, and webhooks that
are signed and sent for real. It knows what the hub asks for, and refuses what Stripe would refuse."""

import itertools
import json
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests
import stripe
from flask import Flask, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue

DAY = 24 * 3600
PART = re.compile(r"[^\[\]]+")


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """``line_items[0][quantity]=1`` as dictionaries; lists stay dictionaries by index."""
    whole: dict[str, Any] = {}
    for name, value in pairs:
        *way, last = PART.findall(name)
        place = whole
        for part in way:
            place = place.setdefault(part, {})
        place[last] = value
    return whole


@dataclass
class FakeStripe:
    """An account of Stripe with one webhook endpoint."""

    secret_key: str = "sk_test_fake_4711"
    webhook_secret: str = "whsec_fake"
    webhook_url: str = ""
    url: str = ""
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    answers: list[tuple[str, int]] = field(default_factory=list)
    out_of_order: bool = False
    busy_for: int = 0
    """If not 0, it is asked too often and says to wait so many seconds."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """Everything that happened, whether a webhook told it or not."""
    clock: Any = time.time
    _remembered: dict[str, tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))
    _lock: Any = field(default_factory=threading.Lock)

    def app(self) -> Flask:
        """What is served."""
        app = Flask("fake_stripe")
        app.add_url_rule("/v1/checkout/sessions", view_func=self._create, methods=["POST"])
        app.add_url_rule("/v1/checkout/sessions/<name>", view_func=self._retrieve)
        app.add_url_rule("/v1/events", view_func=self._events)
        app.add_url_rule("/pay/<name>", view_func=self._page)
        app.add_url_rule("/pay/<name>", endpoint="confirm", view_func=self._confirm, methods=["POST"])
        return app

    def expire(self, name: str) -> None:
        """The customer left the page alone until it ran out."""
        self.sessions[name] |= {"status": "expired", "url": None}
        self.send("checkout.session.expired", self.sessions[name])

    def complete(self, name: str, *, paid: bool = True) -> None:
        """The customer finished the form; a slow method is not paid yet."""
        session = self.sessions[name]
        session |= {
            "status": "complete",
            "url": None,
            "payment_status": "paid" if paid else "unpaid",
            "payment_intent": f"pi_{name}",
            "customer_details": {"email": session["customer_email"], "name": "Jana Hoffmann"},
        }

    def settle(self, name: str, *, succeeded: bool) -> None:
        """The slow method came to its end."""
        session = self.sessions[name]
        session["payment_status"] = "paid" if succeeded else "unpaid"
        self.send(f"checkout.session.async_payment_{'succeeded' if succeeded else 'failed'}", session)

    def refund(self, name: str, minor: int) -> None:
        """Some of the money goes back."""
        refund = {
            "id": f"re_{next(self._numbers)}",
            "object": "refund",
            "amount": minor,
            "currency": "eur",
            "payment_intent": f"pi_{name}",
            "charge": None,
            "status": "succeeded",
            "reason": "requested_by_customer",
        }
        self.send("refund.created", refund)

    def dispute(self, name: str, minor: int) -> None:
        """The customer's bank wants the money back."""
        dispute = {
            "id": f"du_{next(self._numbers)}",
            "object": "dispute",
            "amount": minor,
            "currency": "eur",
            "payment_intent": f"pi_{name}",
            "charge": f"ch_{name}",
            "status": "needs_response",
            "reason": "fraudulent",
        }
        self.send("charge.dispute.created", dispute)

    def happen(self, kind: str, thing: dict[str, Any]) -> dict[str, Any]:
        """Something happens, and no webhook tells it. Gives the event."""
        now = int(self.clock())
        event = {
            "id": f"evt_{next(self._numbers)}",
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": now,
            "livemode": False,
            "type": kind,
            "data": {"object": dict(thing)},
        }
        self.events.append(event)
        return event

    def send(self, kind: str, thing: dict[str, Any]) -> int:
        """Something happens, and a webhook tells it. Gives the status of the answer."""
        return self.deliver(self.happen(kind, thing))

    def deliver(self, event: dict[str, Any]) -> int:
        """A webhook, signed with the library's own code. Gives the status of the answer."""
        kind, now = event["type"], int(self.clock())
        body = json.dumps(event)
        signed = stripe.WebhookSignature.generate_signature_header(body, self.webhook_secret, timestamp=now)
        headers = {"Stripe-Signature": signed, "Content-Type": "application/json; charset=utf-8"}
        answer = requests.post(self.webhook_url, data=body.encode(), headers=headers, timeout=30)
        self.answers.append((kind, answer.status_code))
        return answer.status_code

    def _create(self) -> ResponseReturnValue:
        if refusal := self._refusal():
            return refusal
        wanted = nested(list(request.form.items(multi=True)))
        key = request.headers["Idempotency-Key"]
        self.asked.append(("create", key))
        with self._lock:
            if key in self._remembered:
                known, session = self._remembered[key]
                if known != wanted:
                    return _error(400, "idempotency_error", "Keys may only be used with the same parameters.")
                return jsonify(session)
            session = self._session(wanted)
            self.sessions[session["id"]] = session
            self._remembered[key] = (wanted, dict(session))
            return jsonify(session)

    def _retrieve(self, name: str) -> ResponseReturnValue:
        if refusal := self._refusal():
            return refusal
        self.asked.append(("retrieve", name))
        known = self.sessions.get(name)
        return jsonify(known) if known else _error(404, "invalid_request_error", "No such session.")

    def _events(self) -> ResponseReturnValue:
        """Newest first, of 30 days, at most 100 and 20 types at a time."""
        if refusal := self._refusal():
            return refusal
        self.asked.append(("events", request.args.get("starting_after", "")))
        types = request.args.getlist("types[]") or [
            value for name, value in request.args.items() if name.startswith("types[")
        ]
        limit = int(request.args.get("limit", 10))
        if limit > 100 or len(types) > 20:
            return _error(400, "invalid_request_error", "Too much at a time.")
        since = max(int(request.args.get("created[gte]", 0)), int(self.clock()) - 30 * DAY)
        listed = [
            event
            for event in reversed(self.events)
            if event["created"] >= since and (not types or event["type"] in types)
        ]
        if after := request.args.get("starting_after"):
            listed = listed[[event["id"] for event in listed].index(after) + 1 :]
        more = len(listed) > limit
        return jsonify(object="list", url="/v1/events", has_more=more, data=listed[:limit])

    def _refusal(self) -> ResponseReturnValue | None:
        if self.out_of_order:
            answer: Response
            answer, _status = _error(500, "api_error", "Out of order.")
            answer.headers["Stripe-Should-Retry"] = "false"
            return answer, 500
        if self.busy_for:
            answer, _status = _error(429, "rate_limit_error", "Too many requests.")
            answer.headers["Retry-After"] = str(self.busy_for)
            answer.headers["Stripe-Should-Retry"] = "false"
            return answer, 429
        if request.headers.get("Authorization") != f"Bearer {self.secret_key}":
            return _error(401, "invalid_request_error", "Invalid API Key provided: sk_test_****4711")
        return None

    def _session(self, wanted: dict[str, Any]) -> dict[str, Any]:
        name = f"cs_test_{next(self._numbers)}"
        price = wanted["line_items"]["0"]["price_data"]
        now = int(self.clock())
        return {
            "id": name,
            "object": "checkout.session",
            "mode": wanted["mode"],
            "status": "open",
            "payment_status": "unpaid",
            "url": f"{self.url}/pay/{name}",
            "amount_total": int(price["unit_amount"]) * int(wanted["line_items"]["0"]["quantity"]),
            "currency": price["currency"],
            "title": price["product_data"]["name"],
            "success_url": wanted["success_url"],
            "cancel_url": wanted["cancel_url"],
            "metadata": wanted["metadata"],
            "customer_email": wanted.get("customer_email"),
            "customer_details": None,
            "client_reference_id": None,
            "payment_intent": None,
            "invoice": None,
            "payment_method_types": ["card", "sepa_debit"],
            "created": now,
            "expires_at": now + DAY,
            "livemode": False,
        }

    def _page(self, name: str) -> ResponseReturnValue:
        session = self.sessions[name]
        return (
            f"<!doctype html><html lang=de><title>Stripe</title><h1>{session['title']}</h1>"
            f"<p>{session['amount_total'] / 100:.2f} {session['currency']}</p>"
            f"<form method=post><button name=how value=card>Mit Karte zahlen</button>"
            f"<button name=how value=sepa>Mit SEPA zahlen</button></form>"
            f"<a href='{session['cancel_url']}'>Zurück</a>"
        )

    def _confirm(self, name: str) -> ResponseReturnValue:
        """The customer pays; the webhook goes its own way, like Stripe's."""
        paid = request.form["how"] == "card"
        self.complete(name, paid=paid)
        session = dict(self.sessions[name])
        threading.Timer(1.0, self.send, ("checkout.session.completed", session)).start()
        return redirect(session["success_url"], 303)


def _error(status: int, kind: str, message: str) -> tuple[Response, int]:
    return jsonify(error={"type": kind, "message": message}), status
