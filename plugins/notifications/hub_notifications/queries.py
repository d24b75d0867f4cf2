"""What this plugin reads and writes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit
from hub.records.prepared import Prepared
from hub.records.tables import (
    Connection,
    Member,
    Membership,
    Notification,
    Tenant,
    TicketMessage,
    WebhookEndpoint,
)
from hub.records.tenants import table
from hub.support.ids import new_id

MEMBERS, MEMBERSHIPS, CONNECTIONS = table(Member), table(Membership), table(Connection)
NOTIFICATIONS, ENDPOINTS = table(Notification), table(WebhookEndpoint)
TENANTS, MESSAGES = table(Tenant), table(TicketMessage)

# Run for every record.
_MEMBER_IDS = Prepared(
    sa.select(MEMBERSHIPS.c.member_id)
    .where(MEMBERSHIPS.c.tenant_id == sa.bindparam("tenant"))
    .order_by(MEMBERSHIPS.c.id)
)
_LISTENING = Prepared(
    sa.select(ENDPOINTS.c.id, ENDPOINTS.c.events).where(
        ENDPOINTS.c.tenant_id == sa.bindparam("tenant"), ENDPOINTS.c.enabled
    )
)
_NOTIFY = Prepared(sa.insert(NOTIFICATIONS))


def settings(unit: Unit, tenant_id: UUID, plugin: str) -> Mapping[str, Any]:
    """The readable settings of the tenant's connection of the plugin, the one named *default*
    before others; empty if it is off."""
    query = (
        sa.select(CONNECTIONS.c.settings)
        .where(
            CONNECTIONS.c.tenant_id == tenant_id,
            CONNECTIONS.c.plugin == plugin,
            CONNECTIONS.c.enabled,
        )
        .order_by(CONNECTIONS.c.name != "default", CONNECTIONS.c.id)
    )
    found: Mapping[str, Any] | None = unit.scalar(query.limit(1))
    return found or {}


def is_on(unit: Unit, tenant_id: UUID, plugin: str) -> bool:
    """Whether the plugin is switched on for the tenant."""
    query = sa.select(CONNECTIONS.c.id).where(
        CONNECTIONS.c.tenant_id == tenant_id, CONNECTIONS.c.plugin == plugin, CONNECTIONS.c.enabled
    )
    return unit.scalar(query.limit(1)) is not None


def tenant(unit: Unit, tenant_id: UUID) -> Row | None:
    """The tenant's row."""
    return unit.one(sa.select(TENANTS).where(TENANTS.c.id == tenant_id))


def member_ids(unit: Unit, tenant_id: UUID, *, role: str | None = None) -> list[UUID]:
    """The tenant's members, or those with that role."""
    if role is None:
        return _MEMBER_IDS.column(unit, {"tenant": tenant_id})
    query = sa.select(MEMBERSHIPS.c.member_id).where(
        MEMBERSHIPS.c.tenant_id == tenant_id, MEMBERSHIPS.c.role == role
    )
    return unit.column(query.order_by(MEMBERSHIPS.c.id))


def member_addresses(unit: Unit, tenant_id: UUID) -> list[str]:
    """The e-mail addresses of the tenant's members."""
    query = sa.select(MEMBERS.c.email).join(MEMBERSHIPS, MEMBERSHIPS.c.member_id == MEMBERS.c.id)
    return unit.column(query.where(MEMBERSHIPS.c.tenant_id == tenant_id).order_by(MEMBERSHIPS.c.id))


def notify_members(unit: Unit, members: Sequence[UUID], **values: Any) -> None:
    """The same notification for each of these members."""
    _NOTIFY.insert(unit, [{"id": new_id(), "member_id": member} for member in members], **values)


def notifications(
    unit: Unit, tenant_id: UUID, *, email: str | None, unread: bool, limit: int
) -> Sequence[Row]:
    """A tenant's notifications, newest first."""
    query = (
        sa.select(NOTIFICATIONS, MEMBERS.c.email.label("member"))
        .join(MEMBERS, MEMBERS.c.id == NOTIFICATIONS.c.member_id)
        .where(NOTIFICATIONS.c.tenant_id == tenant_id)
    )
    if email is not None:
        query = query.where(MEMBERS.c.email == email.lower())
    if unread:
        query = query.where(NOTIFICATIONS.c.read_at.is_(None))
    return unit.rows(query.order_by(NOTIFICATIONS.c.id.desc()).limit(limit))


def mark_read(unit: Unit, tenant_id: UUID, email: str, now: datetime) -> int:
    """A member has read all notifications of the tenant. Gives how many were unread."""
    member = sa.select(MEMBERS.c.id).where(MEMBERS.c.email == email.lower()).scalar_subquery()
    changed = unit.execute(
        sa.update(NOTIFICATIONS)
        .where(
            NOTIFICATIONS.c.tenant_id == tenant_id,
            NOTIFICATIONS.c.member_id == member,
            NOTIFICATIONS.c.read_at.is_(None),
        )
        .values(read_at=now)
    )
    return changed.rowcount


def first_message(unit: Unit, ticket_id: UUID) -> str | None:
    """What the customer wrote when the ticket was opened."""
    query = sa.select(MESSAGES.c.body).where(MESSAGES.c.ticket_id == ticket_id).order_by(MESSAGES.c.id)
    body: str | None = unit.scalar(query.limit(1))
    return body


def listening(unit: Unit, tenant_id: UUID) -> Sequence[Row]:
    """Id and patterns of the tenant's endpoints that are on."""
    return _LISTENING.rows(unit, {"tenant": tenant_id})


def endpoints(unit: Unit, tenant_id: UUID) -> Sequence[Row]:
    """The tenant's endpoints, oldest first, secrets still sealed."""
    query = sa.select(ENDPOINTS).where(ENDPOINTS.c.tenant_id == tenant_id)
    return unit.rows(query.order_by(ENDPOINTS.c.id))


def endpoint(unit: Unit, tenant_id: UUID, endpoint_id: UUID, *, lock: bool = False) -> Row | None:
    """One endpoint, if it is the tenant's."""
    query = sa.select(ENDPOINTS).where(ENDPOINTS.c.id == endpoint_id, ENDPOINTS.c.tenant_id == tenant_id)
    return unit.one(query.with_for_update() if lock else query)


def insert_endpoint(unit: Unit, row: Mapping[str, Any]) -> None:
    """Add an endpoint."""
    unit.insert(ENDPOINTS, row)


def change_endpoint(unit: Unit, endpoint_id: UUID, **values: Any) -> None:
    """Change an endpoint's columns."""
    unit.execute(sa.update(ENDPOINTS).where(ENDPOINTS.c.id == endpoint_id).values(**values))
