"""The yardstick: what a competent developer writes by hand to receive the custom webhook, with
Flask and SQLAlchemy Core. It verifies the signature, parses the body and stores the raw event and
the transaction in one database transaction. No plugins, no tenants, no outcomes, no replay.

It knows nothing of the hub, and is served as ``hub serve`` is.
"""

import hashlib
import hmac
import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, jsonify, request
from sqlalchemy.dialects import postgresql, sqlite

from bench.handserved import serve

metadata = sa.MetaData()

events = sa.Table(
    "events",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("tenant", sa.String(80), nullable=False),
    sa.Column("remote_address", sa.String(64)),
    sa.Column("headers", sa.JSON, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

transactions = sa.Table(
    "transactions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("event_id", sa.ForeignKey("events.id"), nullable=False),
    sa.Column("tenant", sa.String(80), nullable=False),
    sa.Column("external_id", sa.String(255), nullable=False),
    sa.Column("partner", sa.String(255)),
    sa.Column("product", sa.String(500)),
    sa.Column("customer_email", sa.String(255)),
    sa.Column("currency", sa.String(3), nullable=False),
    sa.Column("gross_minor", sa.BigInteger, nullable=False),
    sa.Column("net_minor", sa.BigInteger),
    sa.Column("tax_minor", sa.BigInteger),
    sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
    sa.UniqueConstraint("tenant", "external_id"),
)


def make_engine(url: str) -> sa.Engine:
    """An engine whose SQLite writers queue for the lock at BEGIN and whose commits are on disk."""
    engine = sa.create_engine(url, pool_size=16, max_overflow=0)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", lambda conn: conn.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def create_app(engine: sa.Engine, secret: str) -> Flask:
    """The application, with its tables made."""
    metadata.create_all(engine)
    app = Flask("yardstick")
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    insert_event = sa.insert(events)
    insert_transaction = (
        dialect.insert(transactions).on_conflict_do_nothing(index_elements=["tenant", "external_id"])
    ).returning(transactions.c.id)

    @app.post("/api/webhooks/<tenant>/custom")
    def receive(tenant: str) -> tuple[Response, int]:
        body = request.get_data()
        expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(
            request.headers.get("X-Webhook-Signature", "").encode(), expected.encode()
        ):
            return jsonify(status="error", code="invalid_signature"), 401
        try:
            event = _event_row(tenant, body)
            sale = _transaction_row(tenant, event, json.loads(body, parse_float=Decimal))
        except (ValueError, KeyError, TypeError, ArithmeticError) as error:
            return jsonify(status="error", code="invalid_payload", message=str(error)), 400
        with engine.begin() as connection:
            connection.execute(insert_event, event)
            stored = connection.execute(insert_transaction, sale).scalar()
        return jsonify(status="processed" if stored else "skipped", eventId=str(event["id"])), 200

    return app


def _event_row(tenant: str, body: bytes) -> dict[str, Any]:
    return {
        "id": uuid.uuid4(),
        "received_at": datetime.now(UTC),
        "tenant": tenant,
        "remote_address": request.remote_addr,
        "headers": dict(request.headers),
        "body": body,
    }


def _transaction_row(tenant: str, event: dict[str, Any], sale: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": uuid.uuid4(),
        "event_id": event["id"],
        "tenant": tenant,
        "external_id": sale["externalId"],
        "partner": sale.get("partnerId"),
        "product": sale.get("productName"),
        "customer_email": (sale.get("customer") or {}).get("email"),
        "currency": sale["currency"],
        "gross_minor": _minor(sale["grossAmount"]),
        "net_minor": _minor(sale.get("netAmount")),
        "tax_minor": _minor(sale.get("taxAmount")),
        "occurred_at": datetime.fromisoformat(sale["transactionDate"]),
    }


def _minor(amount: Any) -> int | None:
    return None if amount is None else int(Decimal(amount) * 100)


if __name__ == "__main__":
    serve(lambda url, secret: create_app(make_engine(url), secret))
