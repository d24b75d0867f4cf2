"""The lines of one sale: what they should be, and the difference written."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hub.records.database import Row, Unit
from hub.support.ids import new_id
from hub_commissions import deciding, rules
from hub_commissions.deciding import Basis
from hub_commissions.records import queries
from hub_commissions.rules import Result, Sale
from hub_commissions.settling import OPEN, Add, Adjust, Key, Written, settle

KEPT = ("credited_minor", "plan_version_id", "matures_at", "grounds")
"""What a line keeps whose partner has no part in the sale any more."""


@dataclass(frozen=True, slots=True)
class Cause:
    """When the ledger changes, and by which event."""

    at: datetime
    event_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reckoned:
    """What the lines of a sale should be, and why so, as far as it is true of all of them."""

    sale: queries.Values
    basis: Basis | None
    result: Result | None
    lines: Mapping[Key, rules.Line]
    grounds: dict[str, Any]


def write(
    unit: Unit, sale: queries.Values, basis: Basis | None, cause: Cause, *, known: bool = True
) -> Result | None:
    """Reckon the sale's lines and write what is missing. ``known`` sales may have lines already."""
    written = queries.lines(unit, sale["id"]) if known else []
    reckoned = _reckon(sale, basis)
    changes = settle({key: line.amount for key, line in reckoned.lines.items()}, _keyed(written))
    added = [change for change in changes if isinstance(change, Add)]
    adjusted = [change for change in changes if isinstance(change, Adjust)]
    _adjust(unit, reckoned, written, adjusted, cause)
    new = list(_new_lines(reckoned, written, added, cause))
    queries.add_lines(unit, new, **_agreed(reckoned), **_shared(reckoned, cause))
    return reckoned.result


def facts_of(sale: queries.Values) -> Sale:
    """What the rules need to know of a transaction."""
    return Sale(
        gross=sale["gross_minor"],
        net=sale["net_minor"],
        tax=sale["tax_minor"],
        currency=sale["currency"],
        refunded=sale["refunded_minor"],
        recurring=sale["recurring"],
        recurring_number=sale["recurring_number"],
        test=sale["test"],
    )


def _reckon(sale: queries.Values, basis: Basis | None) -> _Reckoned:
    if basis is None:
        return _Reckoned(sale=sale, basis=None, result=None, lines={}, grounds={})
    facts = facts_of(sale)
    turnover = deciding.turnover_amount(basis, facts.currency)
    result = rules.reckon(basis.terms, facts, basis.chain, turnover)
    return _Reckoned(
        sale=sale,
        basis=basis,
        result=result,
        lines={(line.share.partner.id, line.share.level, facts.currency): line for line in result.lines},
        grounds=_grounds(facts, basis, result),
    )


def _adjust(
    unit: Unit, reckoned: _Reckoned, written: Sequence[Row], adjusted: list[Adjust], cause: Cause
) -> None:
    """Lines that have not matured say what they come to now and why; also those of which only the
    reason is another one."""
    rows = {row["id"]: row for row in written}
    told = {change.id for change in adjusted}
    kept = (
        Adjust(key, line.id, line.status, line.amount)
        for key, line in _keyed(written)
        if key in reckoned.lines and line.kind == "commission" and line.status in OPEN and line.id not in told
    )
    for change in (*adjusted, *kept):
        row, values = rows[change.id], _agreed(reckoned) | _values(reckoned, change)
        if change.key not in reckoned.lines:
            values |= _left(row, values)
        if any(row[name] != value for name, value in values.items()):
            queries.adjust_line(unit, change.id, values | {"updated_at": cause.at})


def _new_lines(
    reckoned: _Reckoned, written: Sequence[Row], added: Sequence[Add], cause: Cause
) -> Iterator[dict[str, Any]]:
    numbers: dict[tuple[UUID, int], int] = defaultdict(int)
    for row in written:
        numbers[row["partner_id"], row["level"]] += 1
    for change in added:
        partner_id, level, currency = change.key
        yield _values(reckoned, change) | {
            "id": new_id(),
            "partner_id": partner_id,
            "level": level,
            "number": numbers[partner_id, level],
            "kind": change.kind,
            "currency": currency,
            "matured_at": cause.at if change.status == "matured" else None,
        }
        numbers[partner_id, level] += 1


def _shared(reckoned: _Reckoned, cause: Cause) -> dict[str, Any]:
    """What new lines have in common."""
    return {
        "tenant_id": reckoned.sale["tenant_id"],
        "created_at": cause.at,
        "updated_at": cause.at,
        "transaction_id": reckoned.sale["id"],
        "event_id": cause.event_id,
    }


def _left(row: Row, values: Mapping[str, Any]) -> dict[str, Any]:
    """What stays of a line whose partner has no part in the sale any more."""
    kept: dict[str, Any] = {name: row[name] for name in KEPT}
    return kept | {"explanation": {**row["explanation"], **values["explanation"]}}


def _keyed(rows: Sequence[Row]) -> list[tuple[Key, Written]]:
    return [
        (
            (row["partner_id"], row["level"], row["currency"]),
            Written(id=row["id"], kind=row["kind"], status=row["status"], amount=row["amount_minor"]),
        )
        for row in rows
    ]


def _agreed(reckoned: _Reckoned) -> dict[str, Any]:
    """What the terms say of all lines."""
    basis = reckoned.basis
    hold = timedelta(days=basis.terms.hold_days if basis else 0)
    return {
        "matures_at": reckoned.sale["occurred_at"] + hold,
        "plan_version_id": basis.version_id if basis else None,
    }


def _values(reckoned: _Reckoned, change: Add | Adjust) -> dict[str, Any]:
    line = reckoned.lines.get(change.key)
    return {
        "amount_minor": change.amount,
        "status": change.status,
        "credited_minor": line.credited if line else 0,
        "grounds": reckoned.grounds if line else {},
        "explanation": _explanation(reckoned, line),
    }


def _grounds(facts: Sale, basis: Basis, result: Result) -> dict[str, Any]:
    if result.reason:
        return {"why": result.reason}
    said: dict[str, Any] = {"plan": basis.plan, "plan_version": basis.version}
    if basis.campaign:
        said["campaign"] = basis.campaign
    if basis.notes:
        said["notes"] = list(basis.notes)
    return said | rules.grounds(basis.terms, facts, result)


def _explanation(reckoned: _Reckoned, line: rules.Line | None) -> dict[str, Any]:
    basis, currency = reckoned.basis, reckoned.sale["currency"]
    if basis is None or line is None:
        return {"why": reckoned.grounds.get("why", "the partner has no part in this sale any more")}
    said = rules.explain(basis.terms, currency, line)
    if basis.turnover is not None and line.share.level == 0:
        said["turnover"] = str(deciding.turnover_amount(basis, currency))
        said["period"] = basis.terms.period
    return said
