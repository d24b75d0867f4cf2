"""How a draft becomes an invoice: what the law wants it to say, its number, and what is frozen with it."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records import invoices, issuers
from hub.records.database import Row, Unit, insert_into
from hub.records.invoices import DRAFT, DUE_DAYS, INVOICES, OPEN
from hub.records.issuers import Issuer
from hub.records.tables import InvoiceSeries
from hub.records.tenants import Conflict, table
from hub.support.money import Money

SERIES = table(InvoiceSeries)

SMALL = Money(250_00, "EUR")
"""Up to this total an invoice need not say who its recipient is (§ 33 UStDV)."""


class Missing(StrEnum):
    """What keeps a draft from being issued (§ 14 Abs. 4 and § 14c UStG)."""

    COMPANY = "company"
    COMPANY_ADDRESS = "company_address"
    TAX_ID = "tax_id"
    AMOUNT = "amount"
    RECIPIENT = "recipient"
    RECIPIENT_ADDRESS = "recipient_address"
    EXEMPTION = "exemption"
    """Lines without tax, and not a word why."""
    NO_TAX = "no_tax"
    """Lines with tax, which a small business owes if it shows it."""


OF_ISSUER = frozenset({Missing.COMPANY, Missing.COMPANY_ADDRESS, Missing.TAX_ID})
"""What is filled in once, for all invoices."""


def missing(issuer: Issuer, invoice: Row | Mapping[str, Any]) -> tuple[Missing, ...]:
    """What a draft lacks; nothing, if it may be issued."""
    is_small = invoice["currency"] == SMALL.currency and invoice["total_minor"] <= SMALL.minor
    rates = {Decimal(line["tax_rate"]) for line in invoice["lines"]}
    lacks = {
        Missing.COMPANY: not issuer.company,
        Missing.COMPANY_ADDRESS: not issuer.address,
        Missing.TAX_ID: not (issuer.tax_number or issuer.vat_id),
        Missing.AMOUNT: invoice["total_minor"] <= 0,
        Missing.RECIPIENT: not invoice["recipient"] and not is_small,
        Missing.RECIPIENT_ADDRESS: not invoice["address"] and not is_small,
        Missing.EXEMPTION: not issuer.small_business and 0 in rates and not invoice["note"],
        Missing.NO_TAX: issuer.small_business and rates != {0},
    }
    return tuple(what for what, is_lacking in lacks.items() if is_lacking)


def issue(unit: Unit, *, tenant_id: UUID, invoice_id: UUID, today: date) -> str:
    """Make an invoice of a draft: it gets its number, its day and its link, and keeps what is known of the
    issuer today. Gives the number. Raises Conflict for what is no draft of the tenant, and for one that
    lacks something."""
    row = invoices.locked(unit, tenant_id, invoice_id)
    if row["status"] != DRAFT:
        raise Conflict("it is issued already")
    issuer = issuers.get(unit, tenant_id)
    if lacks := missing(issuer, row):
        raise Conflict(f"the draft lacks: {', '.join(lacks)}")
    number = _next_number(unit, tenant_id, today)
    values = {
        "status": OPEN,
        "number": number,
        "issuer": issuer.printed(),
        "issued_on": today,
        "delivered_on": row["delivered_on"] or today,
        "due_on": today + timedelta(days=_due_days(row)),
        "token": invoices.new_token(),
    }
    unit.execute(sa.update(INVOICES).where(INVOICES.c.id == invoice_id).values(**values))
    return number


def _due_days(row: Row) -> int:
    days: int | None = row["due_days"]
    return DUE_DAYS if days is None else days


def _next_number(unit: Unit, tenant_id: UUID, today: date) -> str:
    """The next number of the year. The series' row is held until the commit, so that the number of an
    invoice that is undone is given to the next one. Numbers that were given by hand are passed over."""
    series = str(today.year)
    while True:
        statement = insert_into(SERIES, unit.dialect).values(tenant_id=tenant_id, series=series, last=1)
        counted = statement.on_conflict_do_update(
            index_elements=["tenant_id", "series"], set_={"last": SERIES.c.last + 1}
        )
        number = f"{series}-{unit.scalar(counted.returning(SERIES.c.last)):04d}"
        if not invoices.is_taken(unit, tenant_id, number):
            return number
