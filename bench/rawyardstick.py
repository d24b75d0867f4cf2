"""The raw yardstick: the same work as in ``yardstick.py`` on the driver alone, sqlite3 or psycopg, without
SQLAlchemy, with a pool of its own. It is about the least that a request can cost with Flask and waitress.
"""

import hashlib
import hmac
import json
import queue
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import psycopg
from flask import Flask, Response, jsonify, request

from bench.handserved import serve

CONNECTIONS = 16

EVENT = ("id", "received_at", "tenant", "remote_address", "headers", "body")
SALE = (
    "id", "event_id", "tenant", "external_id", "partner", "product", "customer_email", "currency",
    "gross_minor", "net_minor", "tax_minor", "occurred_at",
)  # fmt: skip

TABLES = (
    """CREATE TABLE IF NOT EXISTS events (
        id {uuid} PRIMARY KEY, received_at {time} NOT NULL, tenant VARCHAR(80) NOT NULL,
        remote_address VARCHAR(64), headers {json} NOT NULL, body {bytes} NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS transactions (
        id {uuid} PRIMARY KEY, event_id {uuid} NOT NULL REFERENCES events (id), tenant VARCHAR(80) NOT NULL,
        external_id VARCHAR(255) NOT NULL, partner VARCHAR(255), product VARCHAR(500),
        customer_email VARCHAR(255), currency VARCHAR(3) NOT NULL, gross_minor BIGINT NOT NULL,
        net_minor BIGINT, tax_minor BIGINT, occurred_at {time} NOT NULL, UNIQUE (tenant, external_id))""",
)
SQLITE = {"uuid": "CHAR(32)", "time": "DATETIME", "json": "JSON", "bytes": "BLOB"}
POSTGRESQL = {"uuid": "UUID", "time": "TIMESTAMPTZ", "json": "JSON", "bytes": "BYTEA"}


class Store:
    """Writes an event and its sale in one transaction."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._sqlite = address.scheme == "sqlite"
        self._address = address.path[1:] if self._sqlite else url.replace("+psycopg", "", 1)
        self._pool: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(CONNECTIONS):
            self._pool.put(None)  # opened when it is first needed
        self._event = self._insert("events", EVENT)
        self._sale = f"{self._insert('transactions', SALE)} ON CONFLICT DO NOTHING RETURNING id"
        with self._transaction() as connection:
            for table in TABLES:
                connection.execute(table.format_map(SQLITE if self._sqlite else POSTGRESQL))

    def add(self, event: tuple[Any, ...], sale: tuple[Any, ...]) -> bool:
        """Whether the sale is new."""
        with self._transaction() as connection:
            connection.execute(self._event, self._stored(event))
            return connection.execute(self._sale, self._stored(sale)).fetchone() is not None

    def _insert(self, table: str, columns: tuple[str, ...]) -> str:
        places = ", ".join(["?" if self._sqlite else "%s"] * len(columns))
        return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"

    def _stored(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        if not self._sqlite:
            return row
        return tuple(_plain(value) for value in row)

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        connection = self._pool.get()
        try:
            connection = connection or self._connect()
            if self._sqlite:
                connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.commit()
        except BaseException:
            if connection is not None:
                connection.rollback()
            raise
        finally:
            self._pool.put(connection)

    def _connect(self) -> Any:
        if not self._sqlite:
            return psycopg.connect(self._address)
        connection = sqlite3.connect(self._address, isolation_level=None, check_same_thread=False)
        for pragma in ("busy_timeout=30000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection


def _plain(value: Any) -> Any:
    """As SQLAlchemy stores it in SQLite."""
    if isinstance(value, uuid.UUID):
        return value.hex
    return value.isoformat(" ") if isinstance(value, datetime) else value


def create_app(url: str, secret: str) -> Flask:
    """The application, with its tables made."""
    app, store = Flask("rawyardstick"), Store(url)

    @app.post("/api/webhooks/<tenant>/custom")
    def receive(tenant: str) -> tuple[Response, int]:
        body = request.get_data()
        expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(
            request.headers.get("X-Webhook-Signature", "").encode(), expected.encode()
        ):
            return jsonify(status="error", code="invalid_signature"), 401
        try:
            event = _event(tenant, body)
            sale = _sale(tenant, event[0], json.loads(body, parse_float=Decimal))
        except (ValueError, KeyError, TypeError, ArithmeticError) as error:
            return jsonify(status="error", code="invalid_payload", message=str(error)), 400
        stored = store.add(event, sale)
        return jsonify(status="processed" if stored else "skipped", eventId=str(event[0])), 200

    return app


def _event(tenant: str, body: bytes) -> tuple[Any, ...]:
    headers = json.dumps(dict(request.headers))
    return (uuid.uuid4(), datetime.now(UTC), tenant, request.remote_addr, headers, body)


def _sale(tenant: str, event_id: uuid.UUID, sale: dict[str, Any]) -> tuple[Any, ...]:
    return (
        uuid.uuid4(),
        event_id,
        tenant,
        sale["externalId"],
        sale.get("partnerId"),
        sale.get("productName"),
        (sale.get("customer") or {}).get("email"),
        sale["currency"],
        _minor(sale["grossAmount"]),
        _minor(sale.get("netAmount")),
        _minor(sale.get("taxAmount")),
        datetime.fromisoformat(sale["transactionDate"]),
    )


def _minor(amount: Any) -> int | None:
    return None if amount is None else int(Decimal(amount) * 100)


if __name__ == "__main__":
    serve(create_app)
