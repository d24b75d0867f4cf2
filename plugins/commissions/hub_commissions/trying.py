"""What a sale would pay if it arrived now: reckoned by the same rules, and written nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.records.database import Unit
from hub.support.ids import new_id
from hub_commissions import deciding, ledger, rules
from hub_commissions.deciding import Basis, Decision
from hub_commissions.rules import Result, Sale


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What came of it: why nothing, or the lines with their explanations."""

    decision: Decision
    result: Result | None = None
    grounds: Mapping[str, Any] | None = None
    lines: tuple[tuple[rules.Line, Mapping[str, Any]], ...] = ()

    @property
    def reason(self) -> str | None:
        """Why nothing is paid."""
        return self.decision.reason or (self.result.reason if self.result else None)

    @property
    def basis(self) -> Basis | None:
        """Plan, version and sponsors."""
        return self.decision.basis


def reckon(
    unit: Unit,
    tenant_id: UUID,
    sale: Sale,
    *,
    partner: str,
    now: datetime,
    zone: str,
    campaign: str | None = None,
    product: str | None = None,
) -> Trial:
    """What the sale would pay by the plan, the overrides and the sponsors of this moment."""
    row = {
        "tenant_id": tenant_id,
        "transaction_id": new_id(),
        "partner_code": partner,
        "campaign": campaign,
        "product_id": product,
        "currency": sale.currency,
        "created_at": now,
        "occurred_at": now,
        "order_key": "",
    }
    decision = deciding.decide(unit, row)
    if decision.basis is None:
        return Trial(decision=decision)
    basis = decision.basis
    if basis.terms.tiers:
        basis = deciding.with_turnover(basis, ledger.turnover_before(unit, row, basis, zone))
    turnover = deciding.turnover_amount(basis, sale.currency)
    result = rules.reckon(basis.terms, sale, basis.chain, turnover)
    return Trial(
        decision=decision,
        result=result,
        grounds=rules.grounds(basis.terms, sale, result),
        lines=tuple((line, rules.explain(basis.terms, sale.currency, line)) for line in result.lines),
    )
