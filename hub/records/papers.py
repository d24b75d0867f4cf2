"""The PDFs of invoices: the first one that is made of an invoice is the one that everybody gets."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from hub.records.database import Unit, insert_into
from hub.records.tables import InvoicePaper
from hub.records.tenants import table

PAPERS = table(InvoicePaper)


def get(unit: Unit, tenant_id: UUID, invoice_id: UUID) -> bytes | None:
    """The PDF of a tenant's invoice, if it was made already."""
    query = sa.select(PAPERS.c.content).where(
        PAPERS.c.invoice_id == invoice_id, PAPERS.c.tenant_id == tenant_id
    )
    found: bytes | None = unit.scalar(query)
    return found


def keep(unit: Unit, *, tenant_id: UUID, invoice_id: UUID, content: bytes, now: datetime) -> None:
    """Keep the PDF of an invoice, unless somebody was faster."""
    row = {"invoice_id": invoice_id, "tenant_id": tenant_id, "content": content, "created_at": now}
    statement = insert_into(PAPERS, unit.dialect).values(**row)
    unit.execute(statement.on_conflict_do_nothing(index_elements=["invoice_id"]))
