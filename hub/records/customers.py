"""Customers and the file of each: found, corrected, and merged where two are one person."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa

from hub.records import listing, scanning
from hub.records.applying.customers import CUSTOMERS, DETAILS, email_key, fill_in
from hub.records.database import Row, Unit, insert_into
from hub.records.listing import SINGULAR
from hub.records.tenants import Conflict
from hub.support.ids import new_id

EDITABLE = ("email", *DETAILS)
"""The columns that people may change."""

_ROWS = {kind: SINGULAR[kind] for kind in ("order", "ticket", "invoice", "transaction")}
"""What belongs to a customer by its column ``customer_id``."""

_PAYMENTS, _MESSAGES = SINGULAR["payment"], SINGULAR["invoice_message"]
_SEARCHED = tuple(CUSTOMERS.c[name] for name in ("email", "first_name", "last_name", "name", "company"))


def display_name(customer: Row) -> str:
    """How people call the customer: by name, else by company, else by address."""
    whole = " ".join(part for part in (customer["first_name"], customer["last_name"]) if part)
    called: str = customer["name"] or whole or customer["company"] or customer["email"]
    return called


def search(
    unit: Unit,
    tenant_id: UUID,
    *,
    text: str = "",
    before: UUID | None = None,
    down_to: UUID | None = None,
    limit: int = 25,
) -> list[dict[str, Any]]:
    """A tenant's customers, newest first. Each word of ``text`` is looked for in name, company and address;
    ``before`` is the id of the last one seen, ``down_to`` that of the last one to look at."""
    query = sa.select(CUSTOMERS).where(*_scope(tenant_id, before))
    for word in text.split():
        query = query.where(_has(unit, word, tenant_id))
    if down_to is not None:
        query = query.where(CUSTOMERS.c.id >= down_to)
    return [_named(row) for row in unit.rows(query.order_by(CUSTOMERS.c.id.desc()).limit(limit))]


def searched_to(unit: Unit, tenant_id: UUID, *, before: UUID | None) -> UUID | None:
    """The last customer that one search looks at; ``None`` if that is all of them."""
    return scanning.edge(unit, CUSTOMERS.c.id, *_scope(tenant_id, before))


def behind(unit: Unit, tenant_id: UUID, email: str) -> dict[str, Any] | None:
    """The customer to whom an address leads, however many there are."""
    leading = CUSTOMERS.alias()
    by_address = sa.select(sa.func.coalesce(leading.c.merged_into, leading.c.id)).where(
        leading.c.tenant_id == tenant_id, leading.c.email_key == email_key(email)
    )
    row = unit.one(_of_tenant(tenant_id).where(CUSTOMERS.c.id == by_address.scalar_subquery()))
    return _named(row) if row else None


def get(unit: Unit, tenant_id: UUID, customer_id: UUID) -> dict[str, Any] | None:
    """One customer of the tenant, also one that was merged: then ``merged_into`` says where to look."""
    row = unit.one(_of_tenant(tenant_id).where(CUSTOMERS.c.id == customer_id))
    return _named(row) if row else None


def addresses(unit: Unit, tenant_id: UUID, customer_id: UUID) -> list[str]:
    """The further e-mail addresses that lead to a customer."""
    query = sa.select(CUSTOMERS.c.email).where(
        CUSTOMERS.c.merged_into == customer_id, CUSTOMERS.c.tenant_id == tenant_id
    )
    return unit.column(query.order_by(CUSTOMERS.c.id))


def timeline(
    unit: Unit, tenant_id: UUID, customer_id: UUID, *, before: UUID | None = None, limit: int = 25
) -> list[dict[str, Any]]:
    """What a customer's file holds, newest first, each with its ``kind``: orders, tickets, invoices and
    their payments and mail, transactions. Ids follow time, so one cursor serves them all."""
    found = [
        {**listing.readable(row), "kind": kind}
        for kind, query in _entries(tenant_id, customer_id)
        for row in unit.rows(_newest(query, before, limit))
    ]
    return sorted(found, key=lambda entry: entry["id"].int, reverse=True)[:limit]


def counts(unit: Unit, tenant_id: UUID, customer_id: UUID) -> dict[str, int]:
    """How much a customer's file holds of each kind."""
    return {
        kind: unit.scalar(sa.select(sa.func.count()).select_from(query.subquery()))
        for kind, query in _entries(tenant_id, customer_id)
    }


def lookalikes(
    unit: Unit, tenant_id: UUID, customer: Mapping[str, Any], limit: int = 5
) -> list[dict[str, Any]]:
    """Customers who may be the same person: the same name, telephone or company."""
    alike = [
        sa.func.lower(CUSTOMERS.c[name]) == customer[name].lower()
        for name in ("name", "phone", "company")
        if customer[name]
    ]
    if customer["last_name"]:
        names = [CUSTOMERS.c[name] for name in ("first_name", "last_name")]
        alike.append(sa.and_(*(column.is_not_distinct_from(customer[column.name]) for column in names)))
    if not alike:
        return []
    query = _of_tenant(tenant_id).where(
        sa.or_(*alike), CUSTOMERS.c.merged_into.is_(None), CUSTOMERS.c.id != customer["id"]
    )
    return [_named(row) for row in unit.rows(query.order_by(CUSTOMERS.c.id.desc()).limit(limit))]


def create(unit: Unit, tenant_id: UUID, *, now: datetime, email: str, **details: str | None) -> UUID:
    """A customer whom no event brought. Raises Conflict if somebody has the address."""
    customer_id = new_id()
    known: dict[str, Any] = {"email": email, "email_key": email_key(email), "extra": {}, **details}
    row = {"id": customer_id, "tenant_id": tenant_id, "created_at": now, **known}
    statement = insert_into(CUSTOMERS, unit.dialect).values(**row)
    made = statement.on_conflict_do_nothing(index_elements=["tenant_id", "email_key"])
    if unit.scalar(made.returning(CUSTOMERS.c.id)) is None:
        raise Conflict(f"another customer has the address {email}")
    return customer_id


def change(unit: Unit, tenant_id: UUID, customer_id: UUID, *, now: datetime, **values: str | None) -> None:
    """Correct master data. A former address goes on leading to the customer, so that late messages of
    providers find the file. Raises Conflict if the tenant has no such customer, or if somebody else has the
    address."""
    (row,) = _held(unit, tenant_id, customer_id)
    email = values.get("email")
    if email and email_key(email) != row["email_key"]:
        _change_address(unit, row, email, now)
    elif email:
        _update(unit, tenant_id, customer_id, email=email)
    details = {name: value for name, value in values.items() if name in DETAILS}
    if details:
        _update(unit, tenant_id, customer_id, **details)


def merge(unit: Unit, tenant_id: UUID, *, kept: UUID, merged: UUID) -> dict[str, int]:
    """Make one customer of two: all that the merged one's file holds moves, what was unknown of the kept one
    is filled in, and the merged one's addresses lead to the kept one from now on. Gives how many rows of
    each kind moved. Raises Conflict if the tenant does not have both, or if one is merged already."""
    if kept == merged:
        raise Conflict("a customer cannot be merged with themselves")
    rows = {row["id"]: row for row in _held(unit, tenant_id, kept, merged)}
    moved = {
        kind: unit.execute(
            sa.update(source)
            .where(source.c.customer_id == merged, source.c.tenant_id == tenant_id)
            .values(customer_id=kept)
        ).rowcount
        for kind, source in _ROWS.items()
    }
    fill_in(unit, kept, rows[merged])
    _update(unit, tenant_id, kept, extra={**rows[merged]["extra"], **rows[kept]["extra"]})
    led = sa.or_(CUSTOMERS.c.id == merged, CUSTOMERS.c.merged_into == merged)
    unit.execute(sa.update(CUSTOMERS).where(CUSTOMERS.c.tenant_id == tenant_id, led).values(merged_into=kept))
    return moved


def gains(kept: Mapping[str, Any], merged: Mapping[str, Any]) -> dict[str, str]:
    """The master data that the kept customer would take over from the merged one."""
    return {name: merged[name] for name in DETAILS if kept[name] is None and merged[name] is not None}


def _entries(tenant_id: UUID, customer_id: UUID) -> Iterator[tuple[str, sa.Select[Any]]]:
    """The rows of a customer's file, kind by kind. The customer is asked for the tenant: were it the rows,
    SQLite would go through all that the tenant has."""
    mine = sa.and_(CUSTOMERS.c.id == customer_id, CUSTOMERS.c.tenant_id == tenant_id)
    for kind, source in _ROWS.items():
        yield kind, sa.select(source).join(CUSTOMERS, CUSTOMERS.c.id == source.c.customer_id).where(mine)
    invoices = _ROWS["invoice"]
    paid = sa.select(_PAYMENTS).join(invoices, invoices.c.id == _PAYMENTS.c.invoice_id)
    yield "payment", paid.join(CUSTOMERS, CUSTOMERS.c.id == invoices.c.customer_id).where(mine)
    told = (_MESSAGES, _MESSAGES.c.kind.label("message_kind"), invoices.c.number)
    sent = sa.select(*told).join(invoices, invoices.c.id == _MESSAGES.c.invoice_id)
    yield "invoice_message", sent.join(CUSTOMERS, CUSTOMERS.c.id == invoices.c.customer_id).where(mine)


def _scope(tenant_id: UUID, before: UUID | None) -> list[sa.ColumnElement[bool]]:
    scope = [CUSTOMERS.c.tenant_id == tenant_id, CUSTOMERS.c.merged_into.is_(None)]
    if before is not None:
        scope.append(CUSTOMERS.c.id < before)
    return scope


def _has(unit: Unit, word: str, tenant_id: UUID) -> sa.ColumnElement[bool]:
    """Whether the word is in what people know of a customer, former addresses included."""
    leading = CUSTOMERS.alias()
    by_address = sa.select(leading.c.merged_into).where(
        leading.c.tenant_id == tenant_id,
        leading.c.merged_into.is_not(None),
        scanning.holds(unit, word, leading.c.email),
    )
    return sa.or_(scanning.holds(unit, word, *_SEARCHED), CUSTOMERS.c.id.in_(by_address))


def _newest(query: sa.Select[Any], before: UUID | None, limit: int) -> sa.Select[Any]:
    key = query.selected_columns["id"]
    if before is not None:
        query = query.where(key < before)
    return query.order_by(key.desc()).limit(limit)


def _of_tenant(tenant_id: UUID) -> sa.Select[Any]:
    return sa.select(CUSTOMERS).where(CUSTOMERS.c.tenant_id == tenant_id)


def _named(row: Row) -> dict[str, Any]:
    return {**listing.readable(row), "display_name": display_name(row)}


def _held(unit: Unit, tenant_id: UUID, *customer_ids: UUID) -> Sequence[Row]:
    """Customers of the tenant, nobody else's until the commit. Whoever looks one up by an address holds the
    row of the address first and the customer then; so does this, and nobody waits in a circle."""
    leading = _of_tenant(tenant_id).where(CUSTOMERS.c.merged_into.in_(customer_ids))
    unit.rows(leading.order_by(CUSTOMERS.c.id).with_for_update())
    wanted = _of_tenant(tenant_id).where(CUSTOMERS.c.id.in_(customer_ids), CUSTOMERS.c.merged_into.is_(None))
    rows = unit.rows(wanted.order_by(CUSTOMERS.c.id).with_for_update())
    if len(rows) < len(customer_ids):
        raise Conflict("there is no such customer, or it was merged")
    return rows


def _change_address(unit: Unit, row: Row, email: str, now: datetime) -> None:
    """Give a customer another address; the former one leads here. The new one is claimed first, as one that
    leads here too, so that of all who want it at the same moment one gets it; then the two change places."""
    tenant_id, customer_id = row["tenant_id"], row["id"]
    wanted = {"email": email, "email_key": email_key(email)}
    claim = {
        "id": new_id(),
        "tenant_id": tenant_id,
        "created_at": now,
        "extra": {},
        "merged_into": customer_id,
    }
    statement = insert_into(CUSTOMERS, unit.dialect).values(**claim, **wanted)
    unit.execute(statement.on_conflict_do_nothing(index_elements=["tenant_id", "email_key"]))
    holder = unit.one(_of_tenant(tenant_id).where(CUSTOMERS.c.email_key == wanted["email_key"]))
    if holder is None or holder["merged_into"] != customer_id:
        raise Conflict(f"another customer has the address {email}")
    _update(unit, tenant_id, holder["id"], email_key=str(uuid4()))  # an address is one row's at a time
    _update(unit, tenant_id, customer_id, **wanted)
    _update(unit, tenant_id, holder["id"], email=row["email"], email_key=row["email_key"])


def _update(unit: Unit, tenant_id: UUID, customer_id: UUID, **values: Any) -> None:
    mine = sa.and_(CUSTOMERS.c.id == customer_id, CUSTOMERS.c.tenant_id == tenant_id)
    unit.execute(sa.update(CUSTOMERS).where(mine).values(**values))
