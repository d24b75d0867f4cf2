"""By whose terms a sale is reckoned: decided once, as things were when it arrived, and kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from hub.records.database import Row, Unit
from hub.support.money import Money
from hub_commissions import terms
from hub_commissions.records import queries
from hub_commissions.rules import Reason, Upline
from hub_commissions.terms import Terms, TermsError

ACTIVE = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a sale is reckoned from, beside its own amounts. ``turnover`` is the seller's before it,
    in minor units, where the terms have tiers."""

    plan: str
    version: int
    version_id: UUID
    campaign: str | None
    notes: tuple[str, ...]
    terms: Terms
    chain: tuple[Upline, ...]
    turnover: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A basis, or the reason why there is none."""

    partner_id: UUID | None = None
    reason: Reason | None = None
    basis: Basis | None = None
    tenant_has_tiers: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    version: Row
    campaign: str | None
    notes: tuple[str, ...]


def decide(unit: Unit, sale: queries.Values) -> Decision:
    """Plan, overrides and sponsors of a sale: the plan by the campaign that was valid when the sale
    happened, everything as it was when it arrived. What came into being only later counts from its
    beginning: a partner who did not exist yet has the sponsor that it had at first."""
    if sale["partner_code"] is None:
        return Decision(reason="no_partner_named")
    at = sale["created_at"]
    found = _plan(unit, sale, at)
    agreed = _version_terms(unit, found.version["id"]) if found else None
    line = _chain(unit, sale, at, _depth(agreed))
    if not line:
        return Decision(reason="unknown_partner")
    seller = line[0].id
    if found is None or agreed is None:
        return Decision(partner_id=seller, reason="no_plan")
    tiered = bool(found.version["tenant_has_tiers"])
    try:
        final = _overridden(unit, sale, at, found, agreed)
    except TermsError:
        return Decision(partner_id=seller, reason="terms_conflict", tenant_has_tiers=tiered)
    if len(final.levels) > len(agreed.levels):
        line = _chain(unit, sale, at, _depth(final))
    basis = Basis(
        plan=found.version["name"],
        version=found.version["number"],
        version_id=found.version["id"],
        campaign=found.campaign,
        notes=found.notes,
        terms=final,
        chain=tuple(line),
    )
    return Decision(partner_id=seller, basis=basis, tenant_has_tiers=tiered)


def valid_at(rows: Iterable[Row], at: datetime, since: str = "created_at") -> Row | None:
    """The newest of these rows that was there at that instant, or else the oldest."""
    ordered = sorted(rows, key=lambda row: (row[since], row["id"]))
    past = [row for row in ordered if row[since] <= at]
    return past[-1] if past else next(iter(ordered), None)


def to_json(basis: Basis) -> dict[str, Any]:
    """A basis as values that JSON can hold."""
    return {
        "plan": basis.plan,
        "version": basis.version,
        "version_id": basis.version_id,
        "campaign": basis.campaign,
        "notes": list(basis.notes),
        "terms": terms.to_json(basis.terms),
        "chain": [[one.id, one.code, one.active] for one in basis.chain],
        "turnover": basis.turnover,
    }


def from_json(values: Mapping[str, Any]) -> Basis:
    """What became of ``to_json`` in the database."""
    return Basis(
        plan=values["plan"],
        version=values["version"],
        version_id=UUID(values["version_id"]),
        campaign=values["campaign"],
        notes=tuple(values["notes"]),
        terms=terms.from_json(values["terms"]),
        chain=tuple(Upline(UUID(one), code, active) for one, code, active in values["chain"]),
        turnover=values["turnover"],
    )


def with_turnover(basis: Basis, turnover: int) -> Basis:
    """The same terms after another turnover."""
    return replace(basis, turnover=turnover)


def turnover_amount(basis: Basis, currency: str) -> Decimal | None:
    """The turnover in major units, as tiers have it."""
    return None if basis.turnover is None else Money(basis.turnover, currency).amount


def _plan(unit: Unit, sale: queries.Values, at: datetime) -> _Found | None:
    """The version that counts, of the campaign's plan or of the tenant's default."""
    slug = sale["campaign"]
    found = queries.versions(unit, sale["tenant_id"], slug)
    of_campaign = [row for row in found if row["default_id"] is None]
    notes: tuple[str, ...] = ()
    if slug is not None:
        if of_campaign and _runs(of_campaign[0], sale["occurred_at"]):
            version = valid_at(of_campaign, at)
            return _Found(version, slug, ()) if version else None
        notes = (f"campaign {slug} is {'not valid at the sale' if of_campaign else 'not known'}",)
    of_defaults = [row for row in found if row["default_id"] is not None]
    chosen = valid_at(of_defaults, at, since="default_since")
    if chosen is None:
        return None
    version = valid_at([row for row in of_defaults if row["default_id"] == chosen["default_id"]], at)
    return _Found(version, None, notes) if version else None


def _runs(campaign: Row, at: datetime) -> bool:
    start, end = campaign["valid_from"], campaign["valid_to"]
    return (start is None or start <= at) and (end is None or at < end)


def _overridden(unit: Unit, sale: queries.Values, at: datetime, found: _Found, agreed: Terms) -> Terms:
    if not found.version["tenant_has_overrides"]:
        return agreed
    rows = queries.overrides(
        unit,
        sale["tenant_id"],
        at,
        product=sale["product_id"],
        partner=sale["partner_code"],
        campaign=found.campaign,
    )
    newest = {row["kind"]: (row["kind"], row["target"], row["fields"]) for row in rows}
    return terms.overridden(agreed, newest.values()) if newest else agreed


def _chain(unit: Unit, sale: queries.Values, at: datetime, levels: int) -> Sequence[Upline]:
    """The seller and the sponsors above as they were at that instant. If none of those who stand
    there now changed since, they are the same."""
    line = queries.chain(unit, sale["tenant_id"], sale["partner_code"], levels, at)
    if any(changed for *_, changed in line):
        return _past_chain(unit, UUID(line[0][1]), at, levels)
    return [Upline(UUID(one), code, status == ACTIVE) for _, one, code, status, _ in line]


def _past_chain(unit: Unit, seller: UUID, at: datetime, levels: int) -> Sequence[Upline]:
    members: dict[UUID, Upline] = {}
    next_id: UUID | None = seller
    while next_id is not None and next_id not in members and len(members) <= levels:
        partner = queries.partner(unit, next_id)
        state = valid_at(queries.states(unit, next_id), at)
        if partner is None or state is None:
            break
        members[next_id] = Upline(next_id, partner["code"], state["status"] == ACTIVE)
        next_id = state["sponsor_id"]
    return list(members.values())


def _depth(agreed: Terms | None) -> int:
    if agreed is None:
        return 0
    return queries.MOST_COMPRESSED if agreed.compress and agreed.levels else len(agreed.levels)


def _version_terms(unit: Unit, version_id: UUID) -> Terms:
    """The terms of a plan's version; versions never change, so they are remembered."""
    if (known := _remembered.get(version_id)) is None:
        known = terms.from_json(queries.terms(unit, version_id))
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[version_id] = known
    return known


MOST_REMEMBERED = 1000
_remembered: dict[UUID, Terms] = {}
