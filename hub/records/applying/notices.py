"""What a provider asks or tells beside sales: privacy demands, and that it cut the connection."""

from uuid import UUID

import sqlalchemy as sa

from hub.contract.facts import PrivacyRequested, SourceDisconnected
from hub.contract.outcome import Persisted
from hub.contract.signals import privacy_requested, source_disconnected
from hub.records.applying.source import Source, contact
from hub.records.database import Unit, insert_into
from hub.records.tables import Connection, PrivacyRequest
from hub.records.tenants import table

REQUESTS, CONNECTIONS = table(PrivacyRequest), table(Connection)


def request_privacy(unit: Unit, source: Source, fact: PrivacyRequested) -> Persisted:
    """A demand, open until somebody has done it; told again it stays one."""
    values = source.columns() | {
        "external_id": fact.external_id,
        "kind": fact.kind,
        "status": "open",
        "due_at": fact.due_at,
        "contact": contact(fact.customer) if fact.customer else None,
        "orders": list(fact.orders),
        "extra": dict(fact.extra),
    }
    statement = insert_into(REQUESTS, unit.dialect).on_conflict_do_nothing(
        index_elements=["connection_id", "external_id"]
    )
    made: UUID | None = unit.scalar(statement.returning(REQUESTS.c.id), values)
    if made is None:
        query = sa.select(REQUESTS.c.id).where(
            REQUESTS.c.connection_id == source.connection_id, REQUESTS.c.external_id == fact.external_id
        )
        return Persisted(kind="privacy_request", id=unit.scalar(query), action="unchanged")
    return Persisted(kind="privacy_request", id=made, action="created", signal=privacy_requested.name)


def disconnect(unit: Unit, source: Source, fact: SourceDisconnected) -> Persisted:
    """Note on the connection that the other side cut it. It stays on: late events may follow."""
    changed = unit.execute(
        sa.update(CONNECTIONS)
        .where(
            CONNECTIONS.c.id == source.connection_id,
            sa.or_(CONNECTIONS.c.disconnected_at.is_(None), CONNECTIONS.c.disconnected_at < fact.occurred_at),
        )
        .values(disconnected_at=fact.occurred_at, disconnect_reason=fact.reason)
    ).rowcount
    if not changed:
        return Persisted(kind="connection", id=source.connection_id, action="unchanged")
    return Persisted(
        kind="connection", id=source.connection_id, action="changed", signal=source_disconnected.name
    )
