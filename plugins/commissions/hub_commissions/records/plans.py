"""Plans in versions, the tenant's default, campaigns and overrides."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Row, Unit
from hub.support.ids import new_id
from hub_commissions import terms
from hub_commissions.errors import CommissionsError
from hub_commissions.records import partners
from hub_commissions.records.tables import CAMPAIGNS, DEFAULTS, OVERRIDES, PLANS, VERSIONS
from hub_commissions.terms import Terms


def find(unit: Unit, tenant_id: UUID, name: str) -> Row:
    """The plan of that name. Raises CommissionsError."""
    row = unit.one(sa.select(PLANS).where(PLANS.c.tenant_id == tenant_id, PLANS.c.name == name))
    if row is None:
        raise CommissionsError(
            f"there is no plan {name!r}; `hub plan list` shows all", code="plan_unknown", about=name
        )
    return row


def create(unit: Unit, tenant_id: UUID, name: str, agreed: Terms, now: datetime) -> UUID:
    """A plan with its first version. Raises CommissionsError if the name is taken."""
    name = _named(name, "plan")
    if unit.scalar(sa.select(PLANS.c.id).where(PLANS.c.tenant_id == tenant_id, PLANS.c.name == name)):
        raise CommissionsError(
            f"the plan {name} exists already; `hub plan change` gives it a new version",
            code="plan_taken",
            about=name,
        )
    plan_id = new_id()
    unit.insert(PLANS, {"id": plan_id, "tenant_id": tenant_id, "created_at": now, "name": name})
    _add_version(unit, tenant_id, plan_id, 1, agreed, now)
    return plan_id


def change(unit: Unit, tenant_id: UUID, name: str, changes: Mapping[str, Any], now: datetime) -> int:
    """A new version of a plan, which counts for sales that arrive from now on. Gives its number.
    Raises CommissionsError for a plan nobody knows, TermsError for terms that cannot be."""
    plan = find(unit, tenant_id, name)
    newest = _newest(unit, plan["id"])
    agreed = replace(terms.from_json(newest["terms"]), **changes)
    number: int = newest["number"] + 1
    _add_version(unit, tenant_id, plan["id"], number, agreed, now)
    return number


def set_default(unit: Unit, tenant_id: UUID, name: str, now: datetime) -> None:
    """From now on this plan pays sales without a campaign. Raises CommissionsError."""
    plan_id = find(unit, tenant_id, name)["id"]
    unit.insert(DEFAULTS, {"id": new_id(), "tenant_id": tenant_id, "created_at": now, "plan_id": plan_id})


def listed(unit: Unit, tenant_id: UUID) -> list[dict[str, Any]]:
    """The tenant's plans by name, each with its newest version."""
    newest_default = unit.scalar(
        sa.select(DEFAULTS.c.plan_id)
        .where(DEFAULTS.c.tenant_id == tenant_id)
        .order_by(DEFAULTS.c.created_at.desc(), DEFAULTS.c.id.desc())
    )
    rows = unit.rows(sa.select(PLANS).where(PLANS.c.tenant_id == tenant_id).order_by(PLANS.c.name))
    return [_shown(unit, row, newest_default) for row in rows]


def create_campaign(
    unit: Unit,
    tenant_id: UUID,
    slug: str,
    plan: str,
    *,
    now: datetime,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> UUID:
    """A campaign of a plan, for sales that happen from ``valid_from`` to before ``valid_to``.
    Raises CommissionsError."""
    slug = _named(slug, "campaign")
    if unit.scalar(
        sa.select(CAMPAIGNS.c.id).where(CAMPAIGNS.c.tenant_id == tenant_id, CAMPAIGNS.c.slug == slug)
    ):
        raise CommissionsError(f"the campaign {slug} exists already", code="campaign_taken", about=slug)
    if valid_from and valid_to and valid_to <= valid_from:
        raise CommissionsError("the campaign would end before it begins", code="campaign_dates")
    campaign_id = new_id()
    row = {
        "id": campaign_id,
        "tenant_id": tenant_id,
        "created_at": now,
        "slug": slug,
        "plan_id": find(unit, tenant_id, plan)["id"],
        "valid_from": valid_from,
        "valid_to": valid_to,
    }
    unit.insert(CAMPAIGNS, row)
    return campaign_id


def campaigns(unit: Unit, tenant_id: UUID) -> list[dict[str, Any]]:
    """The tenant's campaigns by slug."""
    query = sa.select(CAMPAIGNS, PLANS.c.name.label("plan")).join(PLANS, PLANS.c.id == CAMPAIGNS.c.plan_id)
    query = query.where(CAMPAIGNS.c.tenant_id == tenant_id).order_by(CAMPAIGNS.c.slug)
    hidden = ("tenant_id", "plan_id")
    return [{name: value for name, value in row.items() if name not in hidden} for row in unit.rows(query)]


def override(
    unit: Unit, tenant_id: UUID, kind: str, target: str, fields: Mapping[str, Any], now: datetime
) -> UUID:
    """Other rates for a product id, a partner's code or a campaign's slug, in place of those that
    were there. Raises CommissionsError."""
    if kind == "partner":
        partners.find(unit, tenant_id, target)
    if kind == "campaign" and target not in {row["slug"] for row in campaigns(unit, tenant_id)}:
        raise CommissionsError(f"there is no campaign {target!r}; `hub campaign list` shows all")
    end_override(unit, tenant_id, kind, target, now)
    row = {"id": new_id(), "tenant_id": tenant_id, "created_at": now, "kind": kind}
    unit.insert(OVERRIDES, row | {"target": target, "fields": dict(fields)})
    return row["id"]  # type: ignore[return-value]


def end_override(unit: Unit, tenant_id: UUID, kind: str, target: str, now: datetime) -> int:
    """From now on that override counts no more. Gives how many there were."""
    query = sa.update(OVERRIDES).where(
        OVERRIDES.c.tenant_id == tenant_id,
        OVERRIDES.c.kind == kind,
        OVERRIDES.c.target == target,
        OVERRIDES.c.ended_at.is_(None),
    )
    return unit.execute(query.values(ended_at=now)).rowcount


def overrides(unit: Unit, tenant_id: UUID) -> list[dict[str, Any]]:
    """The overrides that count now, by kind and target."""
    query = sa.select(OVERRIDES).where(OVERRIDES.c.tenant_id == tenant_id, OVERRIDES.c.ended_at.is_(None))
    rows = unit.rows(query.order_by(OVERRIDES.c.kind, OVERRIDES.c.target))
    return [
        {
            "id": row["id"],
            "kind": row["kind"],
            "target": row["target"],
            **row["fields"],
            "since": row["created_at"],
        }
        for row in rows
    ]


def _named(name: str, what: str) -> str:
    name = name.strip()
    if not name or len(name) > 255:
        raise CommissionsError(f"the name of a {what} has 1 to 255 characters", code="length")
    return name


def _newest(unit: Unit, plan_id: UUID) -> Row:
    query = sa.select(VERSIONS).where(VERSIONS.c.plan_id == plan_id).order_by(VERSIONS.c.number.desc())
    row = unit.one(query.limit(1))
    if row is None:
        raise LookupError(f"the plan {plan_id} has no version")
    return row


def _add_version(
    unit: Unit, tenant_id: UUID, plan_id: UUID, number: int, agreed: Terms, now: datetime
) -> None:
    row = {"id": new_id(), "tenant_id": tenant_id, "created_at": now, "plan_id": plan_id, "number": number}
    unit.insert(VERSIONS, row | {"tiered": bool(agreed.tiers), "terms": terms.to_json(agreed)})


def _shown(unit: Unit, row: Row, default: UUID | None) -> dict[str, Any]:
    newest = _newest(unit, row["id"])
    agreed = terms.from_json(newest["terms"])
    return {
        "id": row["id"],
        "name": row["name"],
        "version": newest["number"],
        "default": row["id"] == default,
        "percent": agreed.percent,
        "fixed": str(agreed.fixed) if agreed.fixed else None,
        "levels": [str(rate) for rate in agreed.levels],
        "tiers": [[str(tier.turnover), str(tier.percent)] for tier in agreed.tiers],
        "period": agreed.period if agreed.tiers else None,
        "base": agreed.base,
        "hold_days": agreed.hold_days,
        "renewals": agreed.renewals,
        "compress": agreed.compress,
        "test_sales": agreed.tests,
        "since": newest["created_at"],
    }
