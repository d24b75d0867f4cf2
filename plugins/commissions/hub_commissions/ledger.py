"""The ledger follows the state of its sales: whatever happened in whatever order, ``post`` reckons
what a sale's lines should be and writes the difference."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hub.records.database import Row, Unit
from hub_commissions import deciding, rules
from hub_commissions.deciding import Basis, Decision
from hub_commissions.records import queries
from hub_commissions.writing import Cause, facts_of, write

Place = tuple[UUID, str]
"""A seller and a currency: what turnover is counted of."""


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
    cause = Cause(at, event_id or sale["event_id"])
    if entry is None or afresh or entry["partner_code"] != sale["partner_code"]:
        _enter(unit, sale, entry, cause)
        return
    _keep_status(unit, sale, entry["reason"])
    if entry["tiered"]:
        # A neighbouring sale may be moving this one to another tier just now.
        queries.lock_partners(unit, [entry["partner_id"]])
        entry = queries.entry(unit, transaction_id) or entry
    basis = deciding.from_json(entry["basis"]) if entry["basis"] else None
    write(unit, sale, basis, cause)


def _enter(unit: Unit, sale: Row, entry: Row | None, cause: Cause) -> None:
    """Decide by whose terms the sale is reckoned, and reckon it. Other sales of the seller may reach
    another tier by that."""
    decision = deciding.decide(unit, sale)
    tiers = decision.tenant_has_tiers or (entry is not None and entry["tiered"])
    places = _places(sale, decision.partner_id, entry) if tiers else {}
    if places:
        queries.lock_partners(unit, {seller for seller, _ in places})
    basis = decision.basis
    values = _entry_values(sale, decision)
    if basis is not None and basis.terms.tiers:
        zone = queries.timezone(unit, sale["tenant_id"])
        basis = deciding.with_turnover(basis, turnover_before(unit, values, basis, zone))
        values["basis"] = deciding.to_json(basis)
    result = write(unit, sale, basis, cause, known=entry is not None)
    values["reason"] = decision.reason or (result.reason if result else None)
    if entry is None:
        queries.add_entry(unit, {**values, "created_at": cause.at})
    else:
        queries.change_entry(unit, sale["id"], values)
    _keep_status(unit, sale, values["reason"])
    for place, since in places.items():
        _move_later(unit, place, since, sale, cause)


def _places(sale: Row, partner_id: UUID | None, entry: Row | None) -> dict[Place, datetime]:
    """Where the sale counts as turnover or did so, and from which instant on."""
    places: dict[Place, datetime] = {}
    for seller, row in ((partner_id, sale), (entry["partner_id"] if entry else None, entry)):
        if seller is not None and row is not None:
            place, since = (seller, row["currency"]), row["occurred_at"]
            places[place] = min(since, places.get(place, since))
    return places


def _entry_values(sale: Row, decision: Decision) -> dict[str, Any]:
    basis = decision.basis
    base = rules.base_of(basis.terms, facts_of(sale))[0] if basis else None
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


def _keep_status(unit: Unit, sale: Row, reason: str | None) -> None:
    """A sale whose partner nobody knows is unassigned, whatever else became of it; and not any more
    once the partner is known."""
    unknown = reason == "unknown_partner"
    if unknown == (sale["unassigned_reason"] == "unknown_partner"):
        return
    if unknown:
        status = "unassigned" if sale["status"] == "completed" else sale["status"]
    else:
        status = "completed" if sale["status"] == "unassigned" else sale["status"]
    queries.mark_sale(
        unit, sale["id"], status=status, unassigned_reason="unknown_partner" if unknown else None
    )


def turnover_before(unit: Unit, sale: queries.Values, basis: Basis, zone: str) -> int:
    """What the seller sold before this sale, in the month of the tenant's time zone or ever."""
    seller = basis.chain[0].id
    since = month_start(sale["occurred_at"], zone) if basis.terms.period == "month" else None
    return queries.turnover(unit, sale, seller, since)


def month_start(at: datetime, zone: str) -> datetime:
    """The instant at which the month of ``at`` began in that time zone."""
    local = at.astimezone(ZoneInfo(zone))
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(at.tzinfo)


def _move_later(unit: Unit, place: Place, since: datetime, sale: Row, cause: Cause) -> None:
    """Other sales of this seller from that instant on are reckoned anew where they now reach another
    tier. The seller is held, so nobody else writes these lines."""
    zone = queries.timezone(unit, sale["tenant_id"])
    for entry in queries.entries_from(unit, *place, since):
        if entry["transaction_id"] == sale["id"] or not entry["basis"] or not entry["tiered"]:
            continue
        basis = deciding.from_json(entry["basis"])
        moved = deciding.with_turnover(basis, turnover_before(unit, entry, basis, zone))
        if moved.turnover == basis.turnover:
            continue
        queries.change_entry(unit, entry["transaction_id"], {"basis": deciding.to_json(moved)})
        if _step(moved, entry["currency"]) != _step(basis, entry["currency"]):
            write(unit, queries.sale(unit, entry["transaction_id"], lock=False), moved, cause)


def _step(basis: Basis, currency: str) -> int | None:
    return rules.step_of(basis.terms, deciding.turnover_amount(basis, currency))
