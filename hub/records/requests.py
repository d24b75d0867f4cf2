"""Demands to show or erase personal data that providers pass on: listed, and done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit
from hub.records.listing import SINGULAR
from hub.records.personal import Person

REQUESTS, ORDERS, CUSTOMERS = (SINGULAR[kind] for kind in ("privacy_request", "order", "customer"))

_FORGOTTEN: dict[str, Any] = {"contact": None, "orders": [], "extra": {}, "status": "done"}


def some(unit: Unit, tenant_id: UUID, *, status: str | None = None, limit: int = 100) -> Sequence[Row]:
    """A tenant's demands, those that are due first first."""
    query = sa.select(REQUESTS).where(REQUESTS.c.tenant_id == tenant_id)
    if status is not None:
        query = query.where(REQUESTS.c.status == status)
    return unit.rows(query.order_by(REQUESTS.c.due_at, REQUESTS.c.id).limit(limit))


def held(unit: Unit, tenant_id: UUID, request_id: UUID) -> Row | None:
    """One demand of the tenant, nobody else's until the commit."""
    query = sa.select(REQUESTS).where(REQUESTS.c.id == request_id, REQUESTS.c.tenant_id == tenant_id)
    return unit.one(query.with_for_update())


def due_erasure(unit: Unit, until: datetime) -> Row | None:
    """The open demand to erase something that is due first, if by then; nobody else's until the commit."""
    query = sa.select(REQUESTS).where(
        REQUESTS.c.status == "open", REQUESTS.c.kind != "access", REQUESTS.c.due_at <= until
    )
    return unit.one(query.order_by(REQUESTS.c.due_at).limit(1).with_for_update(skip_locked=True))


def people(unit: Unit, request: Row) -> list[Person]:
    """Whom a demand is about: one person, or all whom its connection brought."""
    scope = {"tenant_id": request["tenant_id"], "connection_id": request["connection_id"]}
    if request["kind"] != "erase_shop":
        email = (request["contact"] or {}).get("email")
        return [Person(emails=(email,) if email else (), orders=tuple(request["orders"]), **scope)]
    return [Person(emails=(email,), **scope) for email in _addresses(unit, request)]


def close(unit: Unit, request_id: UUID) -> None:
    """It is done."""
    unit.execute(sa.update(REQUESTS).where(REQUESTS.c.id == request_id).values(status="done"))


def forget(unit: Unit, request_id: UUID) -> None:
    """It is done, and does not say any more whom it was about."""
    unit.execute(sa.update(REQUESTS).where(REQUESTS.c.id == request_id).values(**_FORGOTTEN))


def _addresses(unit: Unit, request: Row) -> list[str]:
    """The addresses of all whose orders, tickets or sales came through the connection."""
    found: set[str] = set()
    for kind in ("order", "ticket", "transaction"):
        source = SINGULAR[kind]
        mine = source.c.connection_id == request["connection_id"]
        known = sa.select(CUSTOMERS.c.email).join(source, source.c.customer_id == CUSTOMERS.c.id).where(mine)
        found.update(unit.column(known.distinct()))
        if "email" in source.c:
            found.update(
                unit.column(sa.select(source.c.email).where(mine, source.c.email.is_not(None)).distinct())
            )
    return sorted(found)
