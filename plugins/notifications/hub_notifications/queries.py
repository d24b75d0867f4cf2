"""What this plugin reads and writes."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import hub
from hub.records import choices
from hub.records.database import Row, Unit
from hub.records.prepared import Prepared
from hub.records.tables import (
    Connection,
    Member,
    Membership,
    Tenant,
    TicketMessage,
    WebhookEndpoint,
)
from hub.records.tenants import table

MEMBERS, MEMBERSHIPS, CONNECTIONS = table(Member), table(Membership), table(Connection)
ENDPOINTS, TENANTS, MESSAGES = table(WebhookEndpoint), table(Tenant), table(TicketMessage)

# Run for every record.
_MEMBER_IDS = Prepared(
    sa.select(MEMBERSHIPS.c.member_id)
    .where(MEMBERSHIPS.c.tenant_id == sa.bindparam("tenant"))
    .order_by(MEMBERSHIPS.c.id)
)
_MAILED = Prepared(
    sa.select(MEMBERS.c.id, MEMBERS.c.email, MEMBERS.c.locale)
    .join(MEMBERSHIPS, MEMBERSHIPS.c.member_id == MEMBERS.c.id)
    .where(
        MEMBERSHIPS.c.tenant_id == sa.bindparam("tenant"),
        choices.is_wanted(MEMBERS.c.id, choices.EMAIL),
    )
    .order_by(MEMBERSHIPS.c.id)
)
_LISTENING = Prepared(
    sa.select(ENDPOINTS.c.id, ENDPOINTS.c.events).where(
        ENDPOINTS.c.tenant_id == sa.bindparam("tenant"), ENDPOINTS.c.enabled
    )
)


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


def tenant(unit: Unit, tenant_id: UUID) -> hub.Tenant | None:
    """The tenant."""
    columns = [TENANTS.c[name] for name in hub.Tenant.__dataclass_fields__]
    row = unit.one(sa.select(*columns).where(TENANTS.c.id == tenant_id))
    return hub.Tenant(**row) if row else None


def member_ids(unit: Unit, tenant_id: UUID, *, role: str | None = None) -> list[UUID]:
    """The tenant's members, or those with that role."""
    if role is None:
        return _MEMBER_IDS.column(unit, {"tenant": tenant_id})
    query = sa.select(MEMBERSHIPS.c.member_id).where(
        MEMBERSHIPS.c.tenant_id == tenant_id, MEMBERSHIPS.c.role == role
    )
    return unit.column(query.order_by(MEMBERSHIPS.c.id))


def mailed(unit: Unit, tenant_id: UUID, topic: str) -> Sequence[Row]:
    """The tenant's members who want e-mail about the topic: ``id``, ``email`` and ``locale``."""
    usual = choices.usual(topic, choices.EMAIL)
    return _MAILED.rows(unit, {"tenant": tenant_id, "topic": topic, "usual": usual})


def name_of(unit: Unit, member_id: UUID | None) -> str | None:
    """The name of a member."""
    name: str | None = unit.scalar(sa.select(MEMBERS.c.name).where(MEMBERS.c.id == member_id))
    return name


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
