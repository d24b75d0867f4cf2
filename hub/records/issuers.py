"""What a tenant's invoices say of the tenant: name, address, tax numbers, bank account."""

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Unit, insert_into
from hub.records.invoices import DUE_DAYS
from hub.records.tables import InvoiceIssuer
from hub.records.tenants import table

ISSUERS = table(InvoiceIssuer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Who issues invoices. What is not known is empty. ``small_business`` is a Kleinunternehmer, who may not
    show tax (§ 19 UStG)."""

    company: str = ""
    address: str = ""
    tax_number: str = ""
    vat_id: str = ""
    register_entry: str = ""
    email: str = ""
    phone: str = ""
    iban: str = ""
    due_days: int = DUE_DAYS
    footer: str = ""
    small_business: bool = False

    def printed(self) -> dict[str, Any]:
        """What an invoice keeps of it."""
        return {name: value for name, value in asdict(self).items() if name != "due_days"}


def get(unit: Unit, tenant_id: UUID) -> Issuer:
    """What is known of a tenant; nothing, if nobody has filled it in."""
    row = unit.one(sa.select(ISSUERS).where(ISSUERS.c.tenant_id == tenant_id))
    return Issuer(**{name: value for name, value in row.items() if name != "tenant_id"}) if row else Issuer()


def save(unit: Unit, tenant_id: UUID, issuer: Issuer) -> None:
    """From now on drafts and new invoices say this; those that are issued stay as they are."""
    values = asdict(issuer)
    statement = insert_into(ISSUERS, unit.dialect).values(tenant_id=tenant_id, **values)
    unit.execute(statement.on_conflict_do_update(index_elements=["tenant_id"], set_=values))
