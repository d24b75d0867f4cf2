"""The ledger follows the state of its sales: whatever happened in whatever order, ``post`` reckons
what a sale's lines should be and writes the difference."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hub.records.database import Row, Unit
from hub.support.ids import new_id
from hub_commissions import deciding, rules
from hub_commissions.deciding import Basis, Decision
from hub_commissions.records import queries
from hub_commissions.rules import Result, Sale
from hub_commissions.settling import Add, Adjust, Key, Written, settle


def post(
    unit: Unit,
    transaction_id: UUID,
    *,
    at: datetime,
    event_id: UUID | None = None,
    enter: bool = True,
    afresh: bool = False,
) -> None:
    """Bring the ledger in step with a sale. Safe to call at any time, any number of times.

    ``event_id`` is the event that caused it. Without ``enter`` a sale that is not in the ledger stays
    out. ``afresh`` decides plan and sponsors anew, by what was true when the sale arrived.
    """
    sale = queries.sale(unit, transaction_id, lock=True)
    entry = queries.entry(unit, transaction_id)
    if entry is None and not enter:
        return
    cause = event_id or sale["event_id"]
    if entry is None or afresh or entry["partner_code"] != sale["partner_code"]:
        _enter(unit, sale, entry, at, cause)
        return
    _keep_unassigned(unit, sale, entry["reason"])
    if entry["tiered"]:
        # A neighbouring sale may be moving this one to another tier just now.
        queries.lock_partners(unit, [entry["partner_id"]])
        entry = queries.entry(unit, transaction_id) or entry
    basis = deciding.from_json(entry["basis"]) if entry["basis"] else None
    _write(unit, sale, basis, at, cause)


def _enter(unit: Unit, sale: Row, entry: Row | None, at: datetime, cause: UUID | None) -> None:
    """Decide by whose terms the sale is reckoned, and reckon it. Other sales of the seller may reach
    another tier by that."""
    decision = deciding.decide(unit, sale)
    tiers = decision.tenant_has_tiers or (entry is not None and entry["tiered"])
    sellers = {decision.partner_id, entry["partner_id"] if entry else None} - {None}
    if tiers and sellers:
        queries.lock_partners(unit, sellers)  # type: ignore[arg-type]
    basis = decision.basis
    values = _entry_values(sale, decision)
    if basis is not None and basis.terms.tiers:
        zone = queries.timezone(unit, sale["tenant_id"])
        basis = deciding.with_turnover(basis, _turnover(unit, values, basis, zone))
        values["basis"] = deciding.to_json(basis)
    result = _write(unit, sale, basis, at, cause, known=entry is not None)
    values["reason"] = decision.reason or (result.reason if result else None)
    if entry is None:
        queries.add_entry(unit, {**values, "created_at": at})
    else:
        queries.change_entry(unit, sale["id"], values)
    _keep_unassigned(unit, sale, values["reason"])
    if tiers:
        for seller in sellers:
            _move_later(unit, seller, sale, at, cause)  # type: ignore[arg-type]


def _entry_values(sale: Row, decision: Decision) -> dict[str, Any]:
    basis = decision.basis
    base = rules.base_of(basis.terms, _facts(sale))[0] if basis else None
    return {
        "transaction_id": sale["id"],
        "tenant_id": sale["tenant_id"],
        "partner_code": sale["partner_code"],
        "partner_id": decision.partner_id,
        "basis": deciding.to_json(basis) if basis else None,
        "tiered": bool(basis and basis.terms.tiers),
        "turnover_minor": 0 if sale["test"] else base or 0,
        "currency": sale["currency"],
        "occurred_at": sale["occurred_at"],
        "order_key": sale["external_id"],
    }


def _keep_unassigned(unit: Unit, sale: Row, reason: str | None) -> None:
    """A sale whose partner nobody knows is unassigned, whatever else became of it."""
    if reason != "unknown_partner":
        return
    status = "unassigned" if sale["status"] == "completed" else sale["status"]
    if (sale["status"], sale["unassigned_reason"]) != (status, reason):
        queries.mark_sale(unit, sale["id"], status=status, unassigned_reason=reason)


def _facts(sale: queries.Values) -> Sale:
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


def _write(
    unit: Unit, sale: Row, basis: Basis | None, at: datetime, cause: UUID | None, *, known: bool = True
) -> Result | None:
    """Reckon the sale's lines and write what is missing. ``known`` sales may have lines already."""
    facts = _facts(sale)
    result = None
    if basis is not None:
        turnover = deciding.turnover_amount(basis, sale["currency"])
        result = rules.reckon(basis.terms, facts, basis.chain, turnover)
    reckoned: dict[Key, rules.Line] = {
        (line.share.partner.id, line.share.level): line for line in (result.lines if result else ())
    }
    written = queries.lines(unit, sale["id"]) if known else []
    changes = settle({key: line.amount for key, line in reckoned.items()}, _written(written))
    grounds = _grounds(facts, basis, result) if changes else {}
    before = {row["id"]: row for row in written}
    added = []
    for change in changes:
        line = reckoned.get(change.key)
        values = _line_values(sale, basis, change, line, at)
        values["explanation"] = _explanation(facts, basis, line, grounds)
        if isinstance(change, Add):
            number = sum((row["partner_id"], row["level"]) == change.key for row in written)
            added.append(values | _new_line(sale, change, number, at, cause))
        else:
            queries.adjust_line(
                unit, change.id, values | (_kept(before[change.id], values) if not line else {})
            )
    queries.add_lines(unit, added)
    return result


def _kept(row: Row, values: dict[str, Any]) -> dict[str, Any]:
    """What stays of a line whose partner has no part in the sale any more."""
    kept: dict[str, Any] = {name: row[name] for name in ("credited_minor", "plan_version_id", "matures_at")}
    return kept | {"explanation": {**row["explanation"], **values["explanation"]}}


def _written(rows: Sequence[Row]) -> list[tuple[Key, Written]]:
    return [
        (
            (row["partner_id"], row["level"]),
            Written(id=row["id"], kind=row["kind"], status=row["status"], amount=row["amount_minor"]),
        )
        for row in rows
    ]


def _line_values(
    sale: Row,
    basis: Basis | None,
    change: Add | Adjust,
    line: rules.Line | None,
    at: datetime,
) -> dict[str, Any]:
    hold = timedelta(days=basis.terms.hold_days if basis else 0)
    return {
        "amount_minor": change.amount,
        "status": change.status,
        "updated_at": at,
        "credited_minor": line.credited if line else 0,
        "matures_at": sale["occurred_at"] + hold,
        "plan_version_id": basis.version_id if basis else None,
    }


def _new_line(sale: Row, change: Add, number: int, at: datetime, cause: UUID | None) -> dict[str, Any]:
    partner_id, level = change.key
    return {
        "id": new_id(),
        "tenant_id": sale["tenant_id"],
        "created_at": at,
        "transaction_id": sale["id"],
        "event_id": cause,
        "partner_id": partner_id,
        "level": level,
        "number": number,
        "kind": change.kind,
        "currency": sale["currency"],
        "matured_at": at if change.status == "matured" else None,
        "payout_id": None,
    }


def _grounds(facts: Sale, basis: Basis | None, result: Result | None) -> dict[str, Any]:
    """What the explanations of all lines of a sale have in common."""
    if basis is None or result is None:
        return {}
    if result.reason:
        return {"why": result.reason}
    said: dict[str, Any] = {"plan": basis.plan, "plan_version": basis.version}
    if basis.campaign:
        said["campaign"] = basis.campaign
    if basis.notes:
        said["notes"] = list(basis.notes)
    return said | rules.grounds(basis.terms, facts, result)


def _explanation(
    facts: Sale, basis: Basis | None, line: rules.Line | None, grounds: dict[str, Any]
) -> dict[str, Any]:
    if basis is None or line is None:
        return {"why": grounds.get("why") or "the partner has no part in this sale any more"}
    said = grounds | rules.explain(basis.terms, facts.currency, line)
    if basis.turnover is not None and line.share.level == 0:
        said["turnover"] = str(deciding.turnover_amount(basis, facts.currency))
        said["period"] = basis.terms.period
    return said


def _turnover(unit: Unit, sale: queries.Values, basis: Basis, zone: str) -> int:
    """What the seller sold before this sale, in the month of the tenant's time zone or ever."""
    seller = basis.chain[0].id
    since = month_start(sale["occurred_at"], zone) if basis.terms.period == "month" else None
    return queries.turnover(unit, sale, seller, since)


def month_start(at: datetime, zone: str) -> datetime:
    """The instant at which the month of ``at`` began in that time zone."""
    local = at.astimezone(ZoneInfo(zone))
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(at.tzinfo)


def _move_later(unit: Unit, seller: UUID, sale: Row, at: datetime, cause: UUID | None) -> None:
    """Sales of this seller that happened after this one and now reach another tier are reckoned
    anew. The seller is held, so nobody else writes these lines."""
    zone = queries.timezone(unit, sale["tenant_id"])
    for entry in queries.entries_from(unit, seller, sale["currency"], sale["occurred_at"]):
        if entry["transaction_id"] == sale["id"] or not entry["basis"] or not entry["tiered"]:
            continue
        basis = deciding.from_json(entry["basis"])
        moved = deciding.with_turnover(basis, _turnover(unit, entry, basis, zone))
        if moved.turnover == basis.turnover:
            continue
        queries.change_entry(unit, entry["transaction_id"], {"basis": deciding.to_json(moved)})
        if _step(moved, entry["currency"]) != _step(basis, entry["currency"]):
            _write(unit, queries.sale(unit, entry["transaction_id"], lock=False), moved, at, cause)


def _step(basis: Basis, currency: str) -> int | None:
    return rules.step_of(basis.terms, deciding.turnover_amount(basis, currency))
