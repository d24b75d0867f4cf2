"""What the plugin holds of a person: partners are people too."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

import hub
from hub.records.database import Row, Unit
from hub_commissions.records.lines import readable
from hub_commissions.records.tables import LINES, PARTNERS, PAYOUTS

UNPAID = "the partner is still owed commissions; pay or reverse them first"
LEDGER = "commissions and payouts are kept for the books (§ 147 AO), under the partner's code"

_PERSONAL = {"name": None, "email": None, "account_name": None, "iban": None, "bic": None}


def disclosed(person: hub.DataSubject, unit: Unit) -> Mapping[str, Any] | None:
    """The partners with one of the person's addresses, and their commissions."""
    partners = _partners(person, unit)
    if not partners:
        return None
    lines = sa.select(LINES).where(LINES.c.partner_id.in_([row["id"] for row in partners]))
    return {
        "partners": [dict(row) for row in partners],
        "commissions": [readable(row) for row in unit.rows(lines.order_by(LINES.c.id))],
    }


def erased(person: hub.DataSubject, unit: Unit) -> hub.Erased | None:
    """Take name, address and account from the partners who are owed nothing. Codes stay: sales name them."""
    partners = _partners(person, unit)
    if not partners:
        return None
    owed = {row["id"] for row in partners if _is_owed(unit, row)}
    free = [row["id"] for row in partners if row["id"] not in owed]
    unit.execute(sa.update(PARTNERS).where(PARTNERS.c.id.in_(free)).values(**_PERSONAL))
    kept = {"commissions": LEDGER} | ({"partners": UNPAID} if owed else {})
    return hub.Erased(changed={"partners": len(free)} if free else {}, kept=kept)


def _partners(person: hub.DataSubject, unit: Unit) -> Sequence[Row]:
    query = sa.select(PARTNERS).where(
        PARTNERS.c.tenant_id == person.tenant_id, sa.func.lower(PARTNERS.c.email).in_(person.emails)
    )
    return unit.rows(query.order_by(PARTNERS.c.id).with_for_update())


def _is_owed(unit: Unit, partner: Row) -> bool:
    """Whether something is to be paid or may still mature, in an open payout included."""
    owed = (
        sa.select(LINES.c.id)
        .outerjoin(PAYOUTS, PAYOUTS.c.id == LINES.c.payout_id)
        .where(LINES.c.partner_id == partner["id"])
        .where(sa.or_(LINES.c.status.in_(("pending", "matured")), PAYOUTS.c.status == "open"))
    )
    return unit.scalar(owed.limit(1)) is not None
