"""What this plugin reads and writes."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

import hub
from hub.records import choices
from hub.records.database import Row, Unit
from hub.records.notifications import MEANT, Audience
from hub.records.prepared import Prepared
from hub.records.tables import (
    Connection,
    Member,
    Membership,
    PushSubscription,
    Tenant,
    TicketMessage,
    WebhookEndpoint,
)
from hub.records.tenants import table

MEMBERS, MEMBERSHIPS, CONNECTIONS = table(Member), table(Membership), table(Connection)
ENDPOINTS, TENANTS, MESSAGES = table(WebhookEndpoint), table(Tenant), table(TicketMessage)
DEVICES = table(PushSubscription)

# Run for every record.
_MAILED = (
    sa.select(
        sa.null().label("device_id"), MEMBERS.c.id.label("member_id"), MEMBERS.c.locale, MEMBERS.c.email
    )
    .join(MEMBERSHIPS, MEMBERSHIPS.c.member_id == MEMBERS.c.id)
    .where(MEANT, choices.is_wanted(MEMBERS.c.id, choices.EMAIL))
)
_PUSHED = (
    sa.select(
        DEVICES.c.id.label("device_id"), DEVICES.c.member_id, MEMBERS.c.locale, sa.null().label("email")
    )
    .join(MEMBERS, MEMBERS.c.id == DEVICES.c.member_id)
    .join(MEMBERSHIPS, MEMBERSHIPS.c.member_id == MEMBERS.c.id)
    .where(MEANT, choices.is_wanted(DEVICES.c.member_id, choices.PUSH))
)
_REACHED = Prepared(
    sa.union_all(
        _PUSHED.where(sa.bindparam("pushed", type_=sa.Boolean).is_(sa.true())),
        _MAILED.where(sa.bindparam("mailed", type_=sa.Boolean).is_(sa.true())),
    )
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


def reached(unit: Unit, audience: Audience, topic: str, *, pushed: bool, mailed: bool) -> Sequence[Row]:
    """Where those of the audience want to hear of the topic who want it elsewhere than in the hub:
    ``member_id`` and the member's ``locale``, with the ``device_id`` of a browser if push messages are
    asked for, and with the ``email`` if e-mail is."""
    asked = {"pushed": pushed, "mailed": mailed}
    return _REACHED.rows(unit, {**audience.values, **choices.usuals(topic), **asked})


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
