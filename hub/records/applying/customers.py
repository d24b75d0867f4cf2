"""Customers: one for each e-mail address of a tenant, in any case. The row of one that was merged stays, and
its address leads to the customer that was kept.

Whoever looks a customer up holds the row until the commit: on PostgreSQL a merge waits for that, and whoever
comes during a merge waits for its end. So no record is left with the one that was merged.
"""

from uuid import UUID

import sqlalchemy as sa

from hub.contract.facts import Person
from hub.records.applying.source import Source
from hub.records.database import Row, Unit, insert_into
from hub.records.prepared import Prepared
from hub.records.tables import Customer
from hub.records.tenants import table

CUSTOMERS = table(Customer)
DETAILS = ("external_id", "first_name", "last_name", "name", "company", "phone")

_BY_EMAIL = (
    sa.select(sa.func.coalesce(CUSTOMERS.c.merged_into, CUSTOMERS.c.id))
    .where(CUSTOMERS.c.tenant_id == sa.bindparam("tenant"), CUSTOMERS.c.email_key == sa.bindparam("email"))
    .with_for_update(read=True, key_share=True)
)


def email_key(email: str) -> str:
    """The form of an address in which two are the same."""
    return email.strip().lower()


def find(unit: Unit, source: Source, person: Person) -> UUID | None:
    """The customer with this person's address, if there is one."""
    if person.email is None:
        return None
    found: UUID | None = unit.scalar(
        _BY_EMAIL, {"tenant": source.tenant_id, "email": email_key(person.email)}
    )
    return found


def ensure(unit: Unit, source: Source, person: Person) -> UUID | None:
    """The customer with this person's address, made if there is none. What is known is kept, what
    was unknown is filled in. ``None`` for somebody without an address."""
    if person.email is None:
        return None
    values = source.columns() | {"email": person.email, "email_key": email_key(person.email), "extra": {}}
    values.update((name, getattr(person, name)) for name in DETAILS)
    found = _ENSURE.one(unit, values)
    assert found is not None  # noqa: S101 - the statement inserts or updates a row
    if found["merged_into"] is None:
        made: UUID = found["id"]
        return made
    kept: UUID = found["merged_into"]
    fill_in(unit, kept, values)
    return kept


def fill_in(unit: Unit, customer_id: UUID, known: Row) -> None:
    """Take over what is unknown of a customer so far."""
    values = {
        name: sa.func.coalesce(CUSTOMERS.c[name], known[name]) for name in DETAILS if known[name] is not None
    }
    if values:
        unit.execute(sa.update(CUSTOMERS).where(CUSTOMERS.c.id == customer_id).values(**values))


def _ensure_statement(dialect: str) -> sa.Executable:
    statement = insert_into(CUSTOMERS, dialect)
    kept = {name: sa.func.coalesce(CUSTOMERS.c[name], statement.excluded[name]) for name in DETAILS}
    return statement.on_conflict_do_update(index_elements=["tenant_id", "email_key"], set_=kept).returning(
        CUSTOMERS.c.id, CUSTOMERS.c.merged_into
    )


_ENSURE = Prepared(_ensure_statement)
