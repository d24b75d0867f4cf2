"""The plugin's own tables. Lines and entries lead back to the sale and to the event."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field

from hub.records.tables.base import Owned, Table
from hub.records.tenants import table


class Partner(Owned, table=True):
    """Somebody who sells. ``changed_at`` is the last change of sponsor or status."""

    __tablename__ = "commissions_partners"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code"),
        Index("ix_commissions_partners_tenant", "tenant_id", "id"),
    )

    code: str
    name: str | None = None
    email: str | None = None
    sponsor_id: UUID | None = Field(default=None, foreign_key="commissions_partners.id", index=True)
    status: str
    changed_at: datetime
    account_name: str | None = None
    iban: str | None = None
    bic: str | None = None


class PartnerState(Owned, table=True):
    """What was true of a partner from ``created_at`` on, until the next one."""

    __tablename__ = "commissions_partner_states"
    __table_args__ = (Index("ix_commissions_partner_states_partner", "partner_id", "created_at"),)

    partner_id: UUID = Field(foreign_key="commissions_partners.id")
    sponsor_id: UUID | None = None
    status: str


class Plan(Owned, table=True):
    """A plan by name; what it pays is in its versions."""

    __tablename__ = "commissions_plans"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    name: str


class PlanVersion(Owned, table=True):
    """What a plan pays from ``created_at`` on. Never changed."""

    __tablename__ = "commissions_plan_versions"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)

    plan_id: UUID = Field(foreign_key="commissions_plans.id")
    number: int
    tiered: bool
    terms: dict[str, Any] = Field(sa_type=JSON)


class DefaultPlan(Owned, table=True):
    """The plan of sales without a campaign, from ``created_at`` on."""

    __tablename__ = "commissions_default_plans"
    __table_args__ = (Index("ix_commissions_default_plans_tenant", "tenant_id"),)

    plan_id: UUID = Field(foreign_key="commissions_plans.id")


class Campaign(Owned, table=True):
    """Sales that name this slug, within its validity, are paid by its plan."""

    __tablename__ = "commissions_campaigns"
    __table_args__ = (UniqueConstraint("tenant_id", "slug"),)

    slug: str
    plan_id: UUID = Field(foreign_key="commissions_plans.id")
    valid_from: datetime | None = None
    valid_to: datetime | None = None


class Override(Owned, table=True):
    """Other rates for a product, partner or campaign, from ``created_at`` until ``ended_at``."""

    __tablename__ = "commissions_overrides"
    __table_args__ = (Index("ix_commissions_overrides_target", "tenant_id", "kind", "target"),)

    kind: str
    target: str
    fields: dict[str, Any] = Field(sa_type=JSON)
    ended_at: datetime | None = None


class Entry(Table, table=True):
    """A sale in the ledger: by whose terms it is reckoned, or why it gives nothing.

    ``basis`` is what was decided once: plan version, terms, sponsors, turnover. ``turnover_minor``
    is what the sale adds to the seller's turnover. ``order_key`` orders sales of one instant.
    """

    __tablename__ = "commissions_entries"
    __table_args__ = (
        Index("ix_commissions_entries_turnover", "partner_id", "currency", "occurred_at"),
        Index("ix_commissions_entries_reason", "tenant_id", "reason"),
    )

    transaction_id: UUID = Field(primary_key=True, foreign_key="transactions.id")
    tenant_id: UUID = Field(foreign_key="tenants.id")
    created_at: datetime
    partner_code: str | None = None
    partner_id: UUID | None = Field(default=None, foreign_key="commissions_partners.id")
    reason: str | None = None
    basis: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    tiered: bool
    turnover_minor: int = Field(sa_type=BigInteger)
    currency: str
    occurred_at: datetime
    order_key: str


class Payout(Owned, table=True):
    """Matured commissions that are paid together: open, then paid or cancelled."""

    __tablename__ = "commissions_payouts"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index("ix_commissions_payouts_tenant", "tenant_id", "id"),
    )

    number: int
    status: str
    paid_at: datetime | None = None


class PayoutItem(Owned, table=True):
    """What one partner gets in one currency."""

    __tablename__ = "commissions_payout_items"
    __table_args__ = (UniqueConstraint("payout_id", "partner_id", "currency"),)

    payout_id: UUID = Field(foreign_key="commissions_payouts.id")
    partner_id: UUID = Field(foreign_key="commissions_partners.id")
    currency: str
    amount_minor: int = Field(sa_type=BigInteger)
    lines: int


class Line(Owned, table=True):
    """An amount for a partner: pending, matured, paid or reversed.

    ``kind`` is *commission*, once for each partner and level of a sale and its ``number`` 0, or
    *clawback* and *restore*, which correct one that has matured. ``credited_minor`` is what the
    whole sale paid. ``event_id`` points to the event that made the line. ``grounds`` and ``explanation``
    say why: the one what all lines of the sale have in common, the other what is this line's own.
    """

    __tablename__ = "commissions_lines"
    __table_args__ = (
        UniqueConstraint("transaction_id", "partner_id", "level", "number"),
        Index("ix_commissions_lines_status", "tenant_id", "status", "id"),
        Index("ix_commissions_lines_partner", "partner_id", "id"),
        Index(
            "ix_commissions_lines_due",
            "tenant_id",
            "matures_at",
            sqlite_where=text("status = 'pending'"),
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "ix_commissions_lines_payable",
            "tenant_id",
            sqlite_where=text("status = 'matured' AND payout_id IS NULL"),
            postgresql_where=text("status = 'matured' AND payout_id IS NULL"),
        ),
        Index(
            "ix_commissions_lines_payout",
            "payout_id",
            sqlite_where=text("payout_id IS NOT NULL"),
            postgresql_where=text("payout_id IS NOT NULL"),
        ),
    )

    transaction_id: UUID = Field(foreign_key="transactions.id")
    event_id: UUID | None = None
    partner_id: UUID = Field(foreign_key="commissions_partners.id")
    level: int
    number: int
    kind: str
    status: str
    amount_minor: int = Field(sa_type=BigInteger)
    credited_minor: int = Field(sa_type=BigInteger)
    currency: str
    plan_version_id: UUID | None = Field(default=None, foreign_key="commissions_plan_versions.id")
    matures_at: datetime
    matured_at: datetime | None = None
    payout_id: UUID | None = Field(default=None, foreign_key="commissions_payouts.id")
    grounds: dict[str, Any] = Field(sa_type=JSON)
    explanation: dict[str, Any] = Field(sa_type=JSON)
    updated_at: datetime


PARTNERS, STATES = table(Partner), table(PartnerState)
PLANS, VERSIONS, DEFAULTS = table(Plan), table(PlanVersion), table(DefaultPlan)
CAMPAIGNS, OVERRIDES = table(Campaign), table(Override)
ENTRIES, LINES = table(Entry), table(Line)
PAYOUTS, ITEMS = table(Payout), table(PayoutItem)
