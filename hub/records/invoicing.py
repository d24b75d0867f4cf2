"""Drafts of invoices made from what is known: an order, a customer."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.contract.inbound import Tenant
from hub.records import invoices, issuers
from hub.records.database import Row, Unit
from hub.records.invoices import Content
from hub.records.issuers import Issuer
from hub.records.tables import Customer, Order
from hub.records.tenants import Conflict, table
from hub.support.bills import Position, rate_of
from hub.support.money import Money

ORDERS, CUSTOMERS = table(Order), table(Customer)

RATES = {
    "DE": (Decimal(19), Decimal(7), Decimal(0)),
    "AT": (Decimal(20), Decimal(10), Decimal(13), Decimal(0)),
    "CH": (Decimal("8.1"), Decimal("2.6"), Decimal("3.8"), Decimal(0)),
}
"""Tax rates of a country, the usual one first."""

HOME = "DE"

ADDRESSES = ("adresse", "address", "anschrift")
"""Parts of the names under which senders give an address."""


def usual_rates(tenant: Tenant, issuer: Issuer) -> tuple[Decimal, ...]:
    """The tax rates of the tenant's country, as its locale tells (de-AT), the usual one first; a small
    business has none."""
    if issuer.small_business:
        return (Decimal(0),)
    return RATES.get(tenant.locale.replace("_", "-").partition("-")[2].upper(), RATES[HOME])


def language_of(tenant: Tenant) -> str:
    """The language in which the tenant writes, unless a customer speaks another one."""
    return tenant.locale.replace("_", "-").partition("-")[0].lower()


def from_order(
    unit: Unit, *, tenant: Tenant, tenant_id: UUID, order_id: UUID, rest: str, now: datetime
) -> tuple[UUID, bool]:
    """A draft with what was ordered, or the invoice that the order has already; and whether it is new.
    ``rest`` names the line for what the lines of the order do not explain, such as shipping. Raises
    Conflict if the tenant has no such order, and for one without an amount."""
    query = sa.select(ORDERS).where(ORDERS.c.tenant_id == tenant_id, ORDERS.c.id == order_id)
    order = unit.one(query.with_for_update())
    if order is None:
        raise Conflict(f"there is no order {order_id}")
    known = invoices.of_order(unit, tenant_id, order_id)
    if known is not None:
        return known, False
    if order["total_minor"] is None or order["currency"] is None:
        raise Conflict("the order names no amount")
    issuer = issuers.get(unit, tenant_id)
    content = Content(
        positions=tuple(_positions(order, usual_rates(tenant, issuer), rest)),
        currency=order["currency"],
        recipient=_recipient(order["contact"]),
        address=_address(order["extra"]),
        email=order["email"],
        language=language_of(tenant),
        due_days=issuer.due_days,
        customer_id=order["customer_id"],
        order_id=order_id,
    )
    return invoices.draft(unit, tenant_id=tenant_id, content=content, now=now), True


def for_customer(unit: Unit, tenant_id: UUID, customer_id: UUID) -> dict[str, Any] | None:
    """What a draft for a customer begins with."""
    query = sa.select(CUSTOMERS).where(CUSTOMERS.c.tenant_id == tenant_id, CUSTOMERS.c.id == customer_id)
    row = unit.one(query)
    return None if row is None else {"recipient": _recipient(dict(row)), "email": row["email"]}


def _positions(order: Row, rates: tuple[Decimal, ...], rest: str) -> list[Position]:
    """The lines of the order, with prices as the customer pays them; they come to its total."""
    total, currency = order["total_minor"], order["currency"]
    tax = order["tax_minor"]
    rate = (rate_of(total, tax, rates) if tax is not None else None) or rates[0]
    if tax == 0:
        rate = Decimal(0)
    found = [line for line in (_position(line, currency, rate) for line in order["lines"]) if line]
    explained = sum(amount for _, amount in found)
    positions = [position for position, _ in found]
    if not positions:
        return [_whole(order["subject"] or order["number"] or rest, total, currency, rate)]
    if explained != total:
        positions.append(_whole(rest, total - explained, currency, rate))
    return positions


def _position(line: dict[str, Any], currency: str, rate: Decimal) -> tuple[Position, int] | None:
    """A line and its amount. Where quantity and price do not give what the sender says the line comes to,
    such as after a discount, it becomes one piece of that amount."""
    quantity, price, said = Decimal(line["quantity"]), line["unit_price_minor"], line["total_minor"]
    if price is not None and quantity * price == (quantity * price).to_integral_value():
        amount = int(quantity * price)
        if said is None or said == amount:
            unit_price = Money(price, currency).amount
            return Position(
                name=line["name"], quantity=quantity, unit_price=unit_price, tax_rate=rate
            ), amount
    if said is None:
        return None
    name = line["name"] if quantity == 1 else f"{quantity.normalize():f} × {line['name']}"
    return _whole(name, said, currency, rate), said


def _whole(name: str, minor: int, currency: str, rate: Decimal) -> Position:
    price = Money(minor, currency).amount
    return Position(name=name, quantity=Decimal(1), unit_price=price, tax_rate=rate)


def _recipient(contact: dict[str, Any]) -> str | None:
    """Company and person, one below the other."""
    parts = (contact.get("first_name"), contact.get("last_name"))
    person = contact.get("name") or " ".join(part for part in parts if part)
    return " · ".join(text for text in (contact.get("company"), person) if text) or None


def _address(extra: dict[str, Any]) -> str | None:
    """An address among the sender's further fields, its parts one below the other."""
    for name, value in extra.items():
        if isinstance(value, str) and any(part in name.lower() for part in ADDRESSES):
            return "\n".join(part.strip() for part in value.split(",")) or None
    return None
