"""Orders that a person deals with."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from hub.contract.inbound import Tenant
from hub.contract.outcome import Persisted
from hub.contract.signals import order_processed
from hub.records.applying import Source
from hub.records.applying.orders import NEW
from hub.records.database import Unit
from hub.records.tables import Order
from hub.records.tenants import Conflict, table

ORDERS = table(Order)

PROCESSED = "processed"


def process(
    unit: Unit, *, tenant: Tenant, tenant_id: UUID, order_id: UUID, now: datetime
) -> tuple[Source, Persisted]:
    """Take a new order out of the inbox. Gives what is to be announced, and of which event. Raises
    Conflict if the tenant has no such order or it is not new."""
    row = unit.one(sa.select(ORDERS).where(ORDERS.c.id == order_id, ORDERS.c.tenant_id == tenant_id))
    if row is None:
        raise Conflict(f"there is no order {order_id}")
    changed = unit.execute(
        sa.update(ORDERS).where(ORDERS.c.id == order_id, ORDERS.c.status == NEW).values(status=PROCESSED)
    )
    if not changed.rowcount:
        raise Conflict(f"the order is {row['status']}, only a new one can be processed")
    source = Source.of_record(row, tenant, now)
    return source, Persisted(kind="order", id=order_id, action="changed", signal=order_processed.name)
