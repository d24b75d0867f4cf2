"""What the ledger reads and writes. Statements are made once: each sale runs them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit
from hub.records.prepared import Prepared
from hub.records.tables import Tenant, Transaction
from hub.records.tenants import table
from hub_commissions.records.tables import (
    CAMPAIGNS,
    DEFAULTS,
    ENTRIES,
    LINES,
    OVERRIDES,
    PARTNERS,
    PLANS,
    STATES,
    VERSIONS,
)

Values = Row | Mapping[str, Any]
"""A row, or what is to become one."""

Link = tuple[int, str, str, str, bool]
"""A partner in a line of sponsors: how far above the seller, id, code, status, and whether it changed after
the instant asked for."""

TENANTS, SALES = table(Tenant), table(Transaction)

MOST_COMPRESSED = 100
"""With compression, so many sponsors above the seller are looked at."""

READ = (
    "id",
    "tenant_id",
    "event_id",
    "created_at",
    "external_id",
    "status",
    "partner_code",
    "unassigned_reason",
    "campaign",
    "product_id",
    "gross_minor",
    "net_minor",
    "tax_minor",
    "currency",
    "refunded_minor",
    "occurred_at",
    "recurring",
    "recurring_number",
    "test",
)
"""What the ledger needs to know of a transaction."""

_SALE = sa.select(*(SALES.c[name] for name in READ)).where(SALES.c.id == sa.bindparam("id"))
_FREE_SALE, _LOCKED_SALE = Prepared(_SALE), Prepared(_SALE.with_for_update())
_ENTRY = Prepared(sa.select(ENTRIES).where(ENTRIES.c.transaction_id == sa.bindparam("id")))
_LINES = Prepared(
    sa.select(LINES)
    .where(LINES.c.transaction_id == sa.bindparam("id"))
    .order_by(LINES.c.id)
    .with_for_update()
)
_ADD_ENTRY, _ADD_LINES = Prepared(sa.insert(ENTRIES)), Prepared(sa.insert(LINES))
_ADJUST = (
    sa.update(LINES)
    .where(LINES.c.id == sa.bindparam("line"))
    .values(
        {
            name: sa.bindparam(f"new_{name}")
            for name in (
                "amount_minor",
                "status",
                "grounds",
                "explanation",
                "updated_at",
                "credited_minor",
                "matures_at",
                "plan_version_id",
            )
        }
    )
)
_TIERED = (
    sa.select(VERSIONS.c.id)
    .where(VERSIONS.c.tenant_id == sa.bindparam("tenant"), VERSIONS.c.tiered)
    .exists()
    .label("tenant_has_tiers")
)
_OVERRIDDEN = (
    sa.select(OVERRIDES.c.id)
    .where(OVERRIDES.c.tenant_id == sa.bindparam("tenant"))
    .exists()
    .label("tenant_has_overrides")
)
_VERSION = (
    PLANS.c.name,
    VERSIONS.c.id,
    VERSIONS.c.number,
    VERSIONS.c.created_at,
    _TIERED,
    _OVERRIDDEN,
)
_OF_DEFAULTS = (
    sa.select(
        *_VERSION,
        DEFAULTS.c.id.label("default_id"),
        DEFAULTS.c.created_at.label("default_since"),
        sa.type_coerce(sa.null(), CAMPAIGNS.c.valid_from.type).label("valid_from"),
        sa.type_coerce(sa.null(), CAMPAIGNS.c.valid_to.type).label("valid_to"),
    )
    .join(PLANS, PLANS.c.id == VERSIONS.c.plan_id)
    .join(DEFAULTS, DEFAULTS.c.plan_id == PLANS.c.id)
    .where(DEFAULTS.c.tenant_id == sa.bindparam("tenant"))
)
_OF_CAMPAIGN = (
    sa.select(*_VERSION, sa.null(), sa.null(), CAMPAIGNS.c.valid_from, CAMPAIGNS.c.valid_to)
    .join(PLANS, PLANS.c.id == VERSIONS.c.plan_id)
    .join(CAMPAIGNS, CAMPAIGNS.c.plan_id == PLANS.c.id)
    .where(CAMPAIGNS.c.tenant_id == sa.bindparam("tenant"), CAMPAIGNS.c.slug == sa.bindparam("slug"))
)
_VERSIONS = Prepared(sa.union_all(_OF_DEFAULTS, _OF_CAMPAIGN))
_TERMS = Prepared(sa.select(VERSIONS.c.terms).where(VERSIONS.c.id == sa.bindparam("id")))
_OVERRIDES = Prepared(
    sa.select(OVERRIDES.c.kind, OVERRIDES.c.target, OVERRIDES.c.fields, OVERRIDES.c.created_at)
    .where(
        OVERRIDES.c.tenant_id == sa.bindparam("tenant"),
        OVERRIDES.c.created_at <= sa.bindparam("at"),
        sa.or_(OVERRIDES.c.ended_at.is_(None), OVERRIDES.c.ended_at > sa.bindparam("at")),
        sa.or_(
            sa.and_(OVERRIDES.c.kind == "product", OVERRIDES.c.target == sa.bindparam("product")),
            sa.and_(OVERRIDES.c.kind == "partner", OVERRIDES.c.target == sa.bindparam("partner")),
            sa.and_(OVERRIDES.c.kind == "campaign", OVERRIDES.c.target == sa.bindparam("campaign")),
        ),
    )
    .order_by(OVERRIDES.c.created_at, OVERRIDES.c.id)
)


def _chain(dialect: str) -> sa.Select[Any]:
    """One row, a list of lists: of many rows SQLite would give up the interpreter's lock for each."""
    changed: sa.ColumnElement[bool] = PARTNERS.c.changed_at > sa.bindparam("at")
    own = (PARTNERS.c.id, PARTNERS.c.code, PARTNERS.c.sponsor_id, PARTNERS.c.status)
    columns: tuple[sa.ColumnElement[Any], ...] = (*own, changed.label("changed"))
    start = sa.select(*columns, sa.literal(0).label("depth")).where(
        PARTNERS.c.tenant_id == sa.bindparam("tenant"), PARTNERS.c.code == sa.bindparam("code")
    )
    chain = start.cte("chain", recursive=True)
    above = sa.select(*columns, chain.c.depth + 1)
    above = above.join(chain, PARTNERS.c.id == chain.c.sponsor_id).where(
        chain.c.depth < sa.bindparam("levels")
    )
    chain = chain.union_all(above)
    names = ("json_array", "json_group_array") if dialect == "sqlite" else ("json_build_array", "json_agg")
    of_each, of_all = (getattr(sa.func, name) for name in names)
    each = of_each(chain.c.depth, chain.c.id, chain.c.code, chain.c.status, chain.c.changed)
    return sa.select(of_all(each, type_=sa.JSON))


_CHAIN = Prepared(_chain)
_PARTNER = sa.select(PARTNERS).where(PARTNERS.c.id == sa.bindparam("id"))
_STATES = (
    sa.select(STATES)
    .where(STATES.c.partner_id == sa.bindparam("id"))
    .order_by(STATES.c.created_at, STATES.c.id)
)


def sale(unit: Unit, transaction_id: UUID, *, lock: bool) -> Row:
    """The transaction's columns in ``READ``, held until the commit if ``lock``."""
    row = (_LOCKED_SALE if lock else _FREE_SALE).one(unit, {"id": transaction_id})
    if row is None:
        raise LookupError(f"there is no transaction {transaction_id}")
    return row


def mark_sale(unit: Unit, transaction_id: UUID, **values: Any) -> None:
    """Change a transaction's status, partner or reason."""
    unit.execute(sa.update(SALES).where(SALES.c.id == transaction_id).values(**values))


def entry(unit: Unit, transaction_id: UUID) -> Row | None:
    """The sale's entry."""
    return _ENTRY.one(unit, {"id": transaction_id})


def add_entry(unit: Unit, values: Mapping[str, Any]) -> None:
    """A new entry."""
    _ADD_ENTRY.insert(unit, [values])


def change_entry(unit: Unit, transaction_id: UUID, values: Mapping[str, Any]) -> None:
    """An entry is decided anew."""
    unit.execute(sa.update(ENTRIES).where(ENTRIES.c.transaction_id == transaction_id).values(**values))


def lines(unit: Unit, transaction_id: UUID) -> Sequence[Row]:
    """The sale's lines, held until the commit."""
    return _LINES.rows(unit, {"id": transaction_id})


def add_lines(unit: Unit, rows: Sequence[Mapping[str, Any]], **shared: Any) -> None:
    """New lines, and what they have in common."""
    _ADD_LINES.insert(unit, rows, **shared)


def adjust_line(unit: Unit, line_id: Any, values: Mapping[str, Any]) -> None:
    """A line that has not matured changes."""
    unit.execute(_ADJUST, {"line": line_id, **{f"new_{name}": value for name, value in values.items()}})


def versions(unit: Unit, tenant_id: UUID, slug: str | None) -> Sequence[Row]:
    """The versions, without their terms, of all plans that are or were the tenant's default, with
    ``default_id`` and since when; and those of the campaign's plan, with the campaign's validity."""
    return _VERSIONS.rows(unit, {"tenant": tenant_id, "slug": slug})


def terms(unit: Unit, version_id: UUID) -> dict[str, Any]:
    """What a plan's version pays, as JSON values."""
    found: dict[str, Any] = _TERMS.scalar(unit, {"id": version_id})
    return found


def overrides(
    unit: Unit, tenant_id: UUID, at: datetime, *, product: str | None, partner: str, campaign: str | None
) -> Sequence[Row]:
    """The overrides that concern a sale at that instant, the newest of a kind last."""
    values = {"tenant": tenant_id, "at": at, "product": product, "partner": partner, "campaign": campaign}
    return _OVERRIDES.rows(unit, values)


def chain(unit: Unit, tenant_id: UUID, code: str, levels: int, at: datetime) -> Sequence[Link]:
    """The partner of that code and the sponsors above, as they are now."""
    values = {"tenant": tenant_id, "code": code, "levels": levels, "at": at}
    return sorted(_CHAIN.scalar(unit, values) or ())


def partner(unit: Unit, partner_id: UUID) -> Row | None:
    """A partner by id."""
    return unit.one(_PARTNER, {"id": partner_id})


def states(unit: Unit, partner_id: UUID) -> Sequence[Row]:
    """What was true of a partner, oldest first."""
    return unit.rows(_STATES, {"id": partner_id})


def lock_partners(unit: Unit, partner_ids: Iterable[UUID]) -> None:
    """Hold partners until the commit, in a fixed order. Other rows may still refer to them."""
    query = sa.select(PARTNERS.c.id).where(PARTNERS.c.id.in_(sorted(partner_ids))).order_by(PARTNERS.c.id)
    unit.rows(query.with_for_update(key_share=True))


def entries_from(unit: Unit, partner_id: UUID, currency: str, since: datetime) -> Sequence[Row]:
    """A partner's entries in a currency from that instant on, in the order of their sales."""
    query = sa.select(ENTRIES).where(
        ENTRIES.c.partner_id == partner_id, ENTRIES.c.currency == currency, ENTRIES.c.occurred_at >= since
    )
    return unit.rows(query.order_by(ENTRIES.c.occurred_at, ENTRIES.c.order_key, ENTRIES.c.transaction_id))


def turnover(unit: Unit, sale: Values, partner_id: UUID, since: datetime | None) -> int:
    """What a partner sold before this sale, in minor units of its currency."""
    at = (sale["occurred_at"], sale["order_key"], sale["transaction_id"])
    before = sa.or_(
        ENTRIES.c.occurred_at < at[0],
        sa.and_(ENTRIES.c.occurred_at == at[0], ENTRIES.c.order_key < at[1]),
        sa.and_(
            ENTRIES.c.occurred_at == at[0], ENTRIES.c.order_key == at[1], ENTRIES.c.transaction_id < at[2]
        ),
    )
    query = sa.select(sa.func.coalesce(sa.func.sum(ENTRIES.c.turnover_minor), 0)).where(
        ENTRIES.c.partner_id == partner_id,
        ENTRIES.c.currency == sale["currency"],
        ENTRIES.c.transaction_id != sale["transaction_id"],
        before,
    )
    if since is not None:
        query = query.where(ENTRIES.c.occurred_at >= since)
    return int(unit.scalar(query))


def timezone(unit: Unit, tenant_id: UUID) -> str:
    """The tenant's time zone."""
    zone: str = unit.scalar(sa.select(TENANTS.c.timezone).where(TENANTS.c.id == tenant_id))
    return zone
