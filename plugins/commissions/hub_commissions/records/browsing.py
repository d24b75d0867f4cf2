"""What the pages show: lists by the id of the last row seen, and one thing with what belongs to it. Every
statement is of one tenant. Where a partner or a sale is given, it is theirs that is asked for: SQLite, which
does not know how many rows a tenant has, would otherwise go through the tenant's whole ledger."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records import listing, scanning
from hub.records.database import Row, Unit
from hub.records.tables import Transaction
from hub.records.tenants import table
from hub_commissions.records.lines import explained, joined, newest
from hub_commissions.records.tables import ENTRIES, ITEMS, LINES, PARTNERS, PAYOUTS, PLANS, VERSIONS

SALES = table(Transaction)

DEEPEST = 10
"""So many levels of a downline are shown, and so many as a plan can pay."""
MOST_BELOW = 500
"""So many partners of a downline are shown."""

UNASSIGNED = SALES.c.unassigned_reason.is_not(None)
_SEARCHED_SALES = (SALES.c.external_id, SALES.c.partner_code, SALES.c.product_name)

Rows = list[dict[str, Any]]


# --- sales ------------------------------------------------------------------------------------


def sales(
    unit: Unit,
    tenant_id: UUID,
    *,
    unassigned: bool = False,
    text: str = "",
    before: UUID | None = None,
    down_to: UUID | None = None,
    limit: int = 25,
) -> Rows:
    """Sales, newest first, each with what it pays in commissions (``paid_minor``) or the reason why it pays
    nothing. ``down_to`` is the last one to look at."""
    query = _sales(tenant_id)
    if unassigned:
        query = query.where(UNASSIGNED)
    if down_to is not None:
        query = query.where(SALES.c.id >= down_to)
    if text:
        query = query.where(scanning.holds(unit, text, *_SEARCHED_SALES))
    rows = [listing.readable(row) for row in unit.rows(_page(query, SALES, before, limit))]
    sums = _sums(unit, [row["id"] for row in rows])
    return [{**row, "paid_minor": sums.get(row["id"])} for row in rows]


def searched_to(unit: Unit, tenant_id: UUID, *, unassigned: bool, before: UUID | None) -> UUID | None:
    """The last sale that one search looks at; ``None`` if that is all of them."""
    scope = [SALES.c.tenant_id == tenant_id, *([UNASSIGNED] if unassigned else [])]
    if before is not None:
        scope.append(SALES.c.id < before)
    return scanning.edge(unit, SALES.c.id, *scope)


def sale(unit: Unit, tenant_id: UUID, transaction_id: UUID) -> dict[str, Any] | None:
    """One sale."""
    row = unit.one(_sales(tenant_id).where(SALES.c.id == transaction_id))
    return listing.readable(row) if row else None


def chosen(unit: Unit, tenant_id: UUID, ids: Iterable[UUID]) -> Rows:
    """Those of these sales that are the tenant's."""
    query = _sales(tenant_id).where(SALES.c.id.in_(list(ids)))
    rows = [listing.readable(row) for row in unit.rows(query.order_by(SALES.c.id))]
    sums = _sums(unit, [row["id"] for row in rows])
    return [{**row, "paid_minor": sums.get(row["id"])} for row in rows]


def count_unassigned(unit: Unit, tenant_id: UUID) -> int:
    """How many sales belong to nobody. In order, or SQLite would not take the index of these."""
    by_id = (
        sa.select(SALES.c.id).where(SALES.c.tenant_id == tenant_id, UNASSIGNED).order_by(SALES.c.id.desc())
    )
    return int(unit.scalar(sa.select(sa.func.count()).select_from(by_id.subquery())))


def _sales(tenant_id: UUID) -> sa.Select[Any]:
    partner = (PARTNERS.c.id.label("partner_id"), PARTNERS.c.name.label("partner_name"))
    return (
        sa.select(SALES, ENTRIES.c.reason, ENTRIES.c.transaction_id.label("entered"), *partner)
        .outerjoin(ENTRIES, ENTRIES.c.transaction_id == SALES.c.id)
        .outerjoin(PARTNERS, PARTNERS.c.id == ENTRIES.c.partner_id)
        .where(SALES.c.tenant_id == tenant_id)
    )


def _sums(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, int]:
    query = (
        sa.select(LINES.c.transaction_id, sa.func.sum(LINES.c.amount_minor).label("sum"))
        .where(LINES.c.transaction_id.in_(ids))
        .group_by(LINES.c.transaction_id)
    )
    return {row["transaction_id"]: int(row["sum"]) for row in unit.rows(query)} if ids else {}


# --- the ledger -------------------------------------------------------------------------------


def lines(
    unit: Unit,
    tenant_id: UUID,
    *,
    status: str | None = None,
    partner_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = 25,
) -> Rows:
    """Lines of the ledger, newest first."""
    query = joined()
    if partner_id is None:
        query = query.where(newest(tenant_id, status, limit, before))
    else:
        query = query.where(PARTNERS.c.tenant_id == tenant_id, LINES.c.partner_id == partner_id)
        if status is not None:
            query = query.where(LINES.c.status == status)
    return [explained(row) for row in unit.rows(_page(query, LINES, before, limit))]


def line(unit: Unit, tenant_id: UUID, line_id: UUID) -> dict[str, Any] | None:
    """One line."""
    row = unit.one(joined().where(LINES.c.tenant_id == tenant_id, LINES.c.id == line_id))
    return explained(row) if row else None


def lines_of_sale(unit: Unit, tenant_id: UUID, transaction_id: UUID) -> Rows:
    """A sale's lines, the seller's first."""
    query = joined().where(SALES.c.tenant_id == tenant_id, LINES.c.transaction_id == transaction_id)
    return [explained(row) for row in unit.rows(query.order_by(LINES.c.level, LINES.c.id))]


# --- partners ---------------------------------------------------------------------------------


def partners(
    unit: Unit,
    tenant_id: UUID,
    *,
    text: str = "",
    status: str | None = None,
    before: UUID | None = None,
    limit: int = 25,
) -> Rows:
    """Partners with their sponsors, newest first."""
    query = _partners(tenant_id)
    if text:
        query = query.where(scanning.holds(unit, text, PARTNERS.c.code, PARTNERS.c.name, PARTNERS.c.email))
    if status is not None:
        query = query.where(PARTNERS.c.status == status)
    return [dict(row) for row in unit.rows(_page(query, PARTNERS, before, limit))]


def partner(unit: Unit, tenant_id: UUID, partner_id: UUID) -> dict[str, Any] | None:
    """One partner with the sponsor."""
    row = unit.one(_partners(tenant_id).where(PARTNERS.c.id == partner_id))
    return dict(row) if row else None


def choices(unit: Unit, tenant_id: UUID, limit: int = 200) -> Sequence[Row]:
    """Codes and names of active partners, to be suggested while one types."""
    query = sa.select(PARTNERS.c.code, PARTNERS.c.name).where(
        PARTNERS.c.tenant_id == tenant_id, PARTNERS.c.status == "active"
    )
    return unit.rows(query.order_by(PARTNERS.c.code).limit(limit))


def above(unit: Unit, tenant_id: UUID, partner_id: UUID) -> Rows:
    """Sponsors, the nearest first."""
    start = sa.select(PARTNERS, sa.literal(0).label("depth")).where(
        PARTNERS.c.tenant_id == tenant_id, PARTNERS.c.id == partner_id
    )
    chain = start.cte("chain", recursive=True)
    step = sa.select(PARTNERS, chain.c.depth + 1).join(chain, PARTNERS.c.id == chain.c.sponsor_id)
    chain = chain.union_all(step.where(PARTNERS.c.tenant_id == tenant_id, chain.c.depth < DEEPEST))
    return _once(unit.rows(sa.select(chain).order_by(chain.c.depth)))[1:]


def below(unit: Unit, tenant_id: UUID, partner_id: UUID) -> Rows:
    """The downline, each partner after the one who sponsors them, with the ``depth``."""
    start = sa.select(PARTNERS, sa.literal(1).label("depth")).where(
        PARTNERS.c.tenant_id == tenant_id, PARTNERS.c.sponsor_id == partner_id
    )
    tree = start.cte("tree", recursive=True)
    step = sa.select(PARTNERS, tree.c.depth + 1).join(tree, PARTNERS.c.sponsor_id == tree.c.id)
    tree = tree.union_all(step.where(PARTNERS.c.tenant_id == tenant_id, tree.c.depth < DEEPEST))
    rows = _once(unit.rows(sa.select(tree).order_by(tree.c.depth, tree.c.code).limit(MOST_BELOW)))
    return _as_tree([row for row in rows if row["id"] != partner_id], partner_id)


def balances(unit: Unit, tenant_id: UUID, partner_id: UUID) -> dict[str, list[tuple[int, str]]]:
    """What a partner has in each status: amounts in minor units with their currencies."""
    query = (
        sa.select(LINES.c.status, LINES.c.currency, sa.func.sum(LINES.c.amount_minor).label("sum"))
        .join(PARTNERS, PARTNERS.c.id == LINES.c.partner_id)
        .where(PARTNERS.c.tenant_id == tenant_id, PARTNERS.c.id == partner_id)
        .group_by(LINES.c.status, LINES.c.currency)
        .order_by(LINES.c.currency)
    )
    found: dict[str, list[tuple[int, str]]] = {}
    for row in unit.rows(query):
        found.setdefault(row["status"], []).append((int(row["sum"]), row["currency"]))
    return found


def _partners(tenant_id: UUID) -> sa.Select[Any]:
    sponsors = PARTNERS.alias()
    return (
        sa.select(PARTNERS, sponsors.c.code.label("sponsor"), sponsors.c.name.label("sponsor_name"))
        .outerjoin(sponsors, sponsors.c.id == PARTNERS.c.sponsor_id)
        .where(PARTNERS.c.tenant_id == tenant_id)
    )


def _once(rows: Iterable[Row]) -> Rows:
    """Nobody twice, should there be a circle of sponsors."""
    found: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row["id"], dict(row))
    return list(found.values())


def _as_tree(rows: Rows, root: UUID) -> Rows:
    """Each row after its sponsor's and before the next of the same sponsor."""
    children: dict[UUID, Rows] = {}
    for row in reversed(rows):
        children.setdefault(row["sponsor_id"], []).append(row)
    ordered: Rows = []
    waiting = children.pop(root, [])
    while waiting:
        row = waiting.pop()
        ordered.append(row)
        waiting += children.pop(row["id"], [])
    return ordered


# --- plans and payouts ------------------------------------------------------------------------


def plan(unit: Unit, tenant_id: UUID, plan_id: UUID) -> Row | None:
    """A plan by id."""
    return unit.one(sa.select(PLANS).where(PLANS.c.tenant_id == tenant_id, PLANS.c.id == plan_id))


def versions(unit: Unit, tenant_id: UUID, plan_id: UUID, limit: int = 50) -> Sequence[Row]:
    """A plan's versions, the newest first."""
    query = sa.select(VERSIONS).where(VERSIONS.c.tenant_id == tenant_id, VERSIONS.c.plan_id == plan_id)
    return unit.rows(query.order_by(VERSIONS.c.number.desc()).limit(limit))


def payouts(unit: Unit, tenant_id: UUID, *, before: UUID | None = None, limit: int = 25) -> Rows:
    """Payouts, newest first, with their sums by currency and how many partners each pays."""
    query = sa.select(PAYOUTS).where(PAYOUTS.c.tenant_id == tenant_id)
    rows = [dict(row) for row in unit.rows(_page(query, PAYOUTS, before, limit))]
    totals = _totals(unit, [row["id"] for row in rows])
    return [{**row, "totals": totals.get(row["id"], [])} for row in rows]


def payout(unit: Unit, tenant_id: UUID, payout_id: UUID) -> dict[str, Any] | None:
    """One payout with its sums."""
    row = unit.one(sa.select(PAYOUTS).where(PAYOUTS.c.tenant_id == tenant_id, PAYOUTS.c.id == payout_id))
    return {**row, "totals": _totals(unit, [payout_id]).get(payout_id, [])} if row else None


def items(unit: Unit, payout_id: UUID, *, before: UUID | None = None, limit: int = 25) -> Rows:
    """What partners get by a payout of the tenant."""
    query = (
        sa.select(ITEMS, PARTNERS.c.code, PARTNERS.c.name, PARTNERS.c.iban.is_not(None).label("has_account"))
        .join(PARTNERS, PARTNERS.c.id == ITEMS.c.partner_id)
        .where(ITEMS.c.payout_id == payout_id)
    )
    return [dict(row) for row in unit.rows(_page(query, ITEMS, before, limit))]


def payable(unit: Unit, tenant_id: UUID) -> list[tuple[int, str]]:
    """What has matured and is in no payout, by currency."""
    query = (
        sa.select(LINES.c.currency, sa.func.sum(LINES.c.amount_minor).label("sum"))
        .where(LINES.c.tenant_id == tenant_id, MATURED, LINES.c.payout_id.is_(None))
        .group_by(LINES.c.currency)
        .order_by(LINES.c.currency)
    )
    return [(int(row["sum"]), row["currency"]) for row in unit.rows(query)]


MATURED = LINES.c.status == sa.literal_column("'matured'")
"""With a literal, or SQLite would not take the partial index."""


def _totals(unit: Unit, ids: Sequence[UUID]) -> dict[UUID, list[tuple[int, str, int]]]:
    query = (
        sa.select(
            ITEMS.c.payout_id,
            ITEMS.c.currency,
            sa.func.sum(ITEMS.c.amount_minor).label("sum"),
            sa.func.count().label("partners"),
        )
        .where(ITEMS.c.payout_id.in_(ids))
        .group_by(ITEMS.c.payout_id, ITEMS.c.currency)
        .order_by(ITEMS.c.currency)
    )
    found: dict[UUID, list[tuple[int, str, int]]] = {}
    for row in unit.rows(query) if ids else ():
        found.setdefault(row["payout_id"], []).append((int(row["sum"]), row["currency"], row["partners"]))
    return found


def _page(query: sa.Select[Any], owner: sa.Table, before: UUID | None, limit: int) -> sa.Select[Any]:
    if before is not None:
        query = query.where(owner.c.id < before)
    return query.order_by(owner.c.id.desc()).limit(limit)
