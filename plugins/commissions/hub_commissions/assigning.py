"""Giving sales to a partner by hand, and reckoning them anew."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from hub.records.database import Row, Unit
from hub_commissions import ledger
from hub_commissions.errors import CommissionsError
from hub_commissions.records import lines, partners, queries


def assign(
    unit: Unit,
    tenant_id: UUID,
    external_ids: Iterable[str],
    partner: str,
    *,
    now: datetime,
    connection: str | None = None,
    reassign: bool = False,
) -> list[UUID]:
    """Give sales to a partner, all or none, and reckon what would have been reckoned when they
    arrived. A sale that already has another partner is only taken with ``reassign``.
    Raises CommissionsError."""
    found = [lines.find_sale(unit, tenant_id, name, connection) for name in dict.fromkeys(external_ids)]
    assign_found(unit, tenant_id, found, partner, now=now, reassign=reassign)
    return found


def assign_found(
    unit: Unit,
    tenant_id: UUID,
    transaction_ids: Iterable[UUID],
    partner: str,
    *,
    now: datetime,
    reassign: bool = False,
) -> None:
    """The same for sales of the tenant whose ids are known."""
    code = partners.find(unit, tenant_id, partner)["code"]
    # In a fixed order, so that two people who assign at once do not wait for each other.
    for transaction_id in sorted(set(transaction_ids)):
        _assign(unit, transaction_id, code, now=now, reassign=reassign)


def recompute(
    unit: Unit, tenant_id: UUID, external_ids: Iterable[str], *, now: datetime, connection: str | None = None
) -> list[UUID]:
    """Decide plan and sponsors of sales anew, such as those that had no plan when they arrived."""
    found = [lines.find_sale(unit, tenant_id, name, connection) for name in dict.fromkeys(external_ids)]
    for transaction_id in sorted(found):
        ledger.post(unit, transaction_id, at=now, afresh=True)
    return found


def _assign(unit: Unit, transaction_id: UUID, code: str, *, now: datetime, reassign: bool) -> None:
    sale = queries.sale(unit, transaction_id, lock=True)
    unassigned = sale["partner_code"] is None or sale["unassigned_reason"] is not None
    if sale["partner_code"] != code and not unassigned and not reassign:
        raise CommissionsError(
            f"{sale['external_id']} belongs to {sale['partner_code']} already; --reassign gives it to {code}",
            code="assigned",
            about=f"{sale['external_id']} ({sale['partner_code']})",
        )
    status = "completed" if sale["status"] == "unassigned" else sale["status"]
    queries.mark_sale(
        unit, transaction_id, partner_code=code, assigned_at=now, unassigned_reason=None, status=status
    )
    ledger.post(unit, transaction_id, at=now, afresh=_afresh(unit, sale, code))


def _afresh(unit: Unit, sale: Row, code: str) -> bool:
    """To assign a sale to the partner that it has changes nothing, unless it gave no commission."""
    entry = queries.entry(unit, sale["id"])
    return entry is None or entry["partner_code"] != code or entry["reason"] is not None
