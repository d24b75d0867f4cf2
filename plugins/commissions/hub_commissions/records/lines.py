"""The ledger for people: its lines, why they are so, and the way back to the bytes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records import listing
from hub.records.database import Row, Unit
from hub.records.tables import Connection, InboundEvent, Transaction
from hub.records.tenants import table
from hub_commissions.errors import CommissionsError
from hub_commissions.records.tables import ENTRIES, LINES, PARTNERS, PAYOUTS, PLANS, VERSIONS
from hub_commissions.settling import STATUSES

SALES, CONNECTIONS, EVENTS = table(Transaction), table(Connection), table(InboundEvent)

HIDDEN = ("tenant_id", "plan_version_id", "partner_id")


def lines(
    unit: Unit,
    tenant_id: UUID,
    *,
    partner: str | None = None,
    status: str | None = None,
    transaction: str | None = None,
    limit: int,
) -> list[dict[str, Any]]:
    """The ledger's lines, newest first."""
    query = joined().where(LINES.c.tenant_id == tenant_id)
    if partner is None and transaction is None:
        query = query.where(newest(tenant_id, status, limit))
    if partner is not None:
        query = query.where(PARTNERS.c.code == partner)
    if status is not None:
        query = query.where(LINES.c.status == status)
    if transaction is not None:
        query = query.where(SALES.c.external_id == transaction)
    rows = unit.rows(query.order_by(LINES.c.id.desc()).limit(limit))
    return [readable(row) for row in rows]


def newest(
    tenant_id: UUID, status: str | None, limit: int, before: UUID | None = None
) -> sa.ColumnElement[bool]:
    """The condition that a line is among the tenant's newest, all or of a status. Each status is asked for
    by itself: an index for all of them would have to take in every line a second time."""
    found = sa.union_all(
        *(_newest(tenant_id, one, limit, before) for one in ([status] if status else STATUSES))
    )
    return LINES.c.id.in_(found)


def _newest(tenant_id: UUID, status: str, limit: int, before: UUID | None) -> sa.Select[tuple[UUID]]:
    query = sa.select(LINES.c.id).where(LINES.c.tenant_id == tenant_id, LINES.c.status == status)
    if before is not None:
        query = query.where(LINES.c.id < before)
    found = query.order_by(LINES.c.id.desc()).limit(limit).subquery()
    return sa.select(found.c.id)


def line(unit: Unit, line_id: UUID) -> dict[str, Any] | None:
    """One line, why it is so, and the way back to the sale, the event and the bytes."""
    row = unit.one(joined().where(LINES.c.id == line_id))
    if row is None:
        return None
    origin = unit.one(
        sa.select(
            SALES.c.event_id.label("sale_event_id"),
            SALES.c.adapter,
            EVENTS.c.received_at,
            sa.func.length(EVENTS.c.body).label("bytes"),
        )
        .outerjoin(EVENTS, EVENTS.c.id == SALES.c.event_id)
        .where(SALES.c.id == row["transaction_id"])
    )
    return {**readable(row), **(origin or {}), "raw": f"hub events show {row['event_id']}"}


def without(
    unit: Unit, tenant_id: UUID, *, among: Sequence[UUID] | None = None, limit: int
) -> Sequence[dict[str, Any]]:
    """Sales in the ledger, all or among these, that gave no commission, and why."""
    columns = (SALES.c.id, SALES.c.external_id, SALES.c.status, SALES.c.partner_code, ENTRIES.c.reason)
    query = (
        sa.select(*columns, SALES.c.gross_minor, SALES.c.currency, SALES.c.event_id)
        .join(ENTRIES, ENTRIES.c.transaction_id == SALES.c.id)
        .where(ENTRIES.c.tenant_id == tenant_id, ENTRIES.c.reason.is_not(None))
    )
    if among is not None:
        query = query.where(SALES.c.id.in_(among))
    return [listing.readable(row) for row in unit.rows(query.order_by(SALES.c.id.desc()).limit(limit))]


def find_sale(unit: Unit, tenant_id: UUID, name: str, connection: str | None) -> UUID:
    """The sale of that external id; ``connection`` is ``plugin/name``. Raises CommissionsError where
    there is none or more than one."""
    query = (
        sa.select(SALES.c.id, CONNECTIONS.c.plugin, CONNECTIONS.c.name)
        .outerjoin(CONNECTIONS, CONNECTIONS.c.id == SALES.c.connection_id)
        .where(SALES.c.tenant_id == tenant_id, SALES.c.external_id == name)
    )
    rows = [row for row in unit.rows(query) if connection in (None, f"{row['plugin']}/{row['name']}")]
    if not rows:
        raise CommissionsError(f"there is no transaction {name!r}; `hub records transactions` shows all")
    if len(rows) > 1:
        names = ", ".join(sorted(f"{row['plugin']}/{row['name']}" for row in rows))
        raise CommissionsError(f"{name!r} is known to several connections ({names}); name one: --connection")
    transaction_id: UUID = rows[0]["id"]
    return transaction_id


def joined() -> sa.Select[Any]:
    """Lines with the names of what they belong to."""
    return (
        sa.select(
            LINES,
            PARTNERS.c.code.label("partner"),
            PARTNERS.c.name.label("partner_name"),
            SALES.c.external_id,
            SALES.c.status.label("transaction_status"),
            PLANS.c.name.label("plan"),
            VERSIONS.c.number.label("plan_version"),
            PAYOUTS.c.number.label("payout"),
        )
        .join(PARTNERS, PARTNERS.c.id == LINES.c.partner_id)
        .join(SALES, SALES.c.id == LINES.c.transaction_id)
        .outerjoin(VERSIONS, VERSIONS.c.id == LINES.c.plan_version_id)
        .outerjoin(PLANS, PLANS.c.id == VERSIONS.c.plan_id)
        .outerjoin(PAYOUTS, PAYOUTS.c.id == LINES.c.payout_id)
    )


def explained(row: Row) -> dict[str, Any]:
    """A line with its amounts as decimals, and all of why it is so in its explanation."""
    values = listing.readable(row)
    return values | {"explanation": {**values.pop("grounds"), **values["explanation"]}}


def readable(row: Row) -> dict[str, Any]:
    """A line for people, without what only the hub needs."""
    return {name: value for name, value in explained(row).items() if name not in HIDDEN}
