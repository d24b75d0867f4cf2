"""Orders as facts. The body is the same in all four topics, see ``Order`` in
https://shopify.dev/docs/api/admin-rest/latest/resources/order
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

import hub
from hub_shopify_adapter.amounts import Basis, basis_of, net_of, other_gross, tax_rate
from hub_shopify_adapter.attribution import campaign, partner_code
from hub_shopify_adapter.settings import Settings
from hub_shopify_adapter.topics import require_cancelled, require_paid

OrderT = TypeVar("OrderT", hub.OrderPlaced, hub.OrderChanged, hub.OrderCancelled)
TextT = TypeVar("TextT", bound=str | None)

KEPT = (
    "admin_graphql_api_id",
    "cancelled_at",
    "cancel_reason",
    "discount_codes",
    "landing_site",
    "note",
    "note_attributes",
    "payment_gateway_names",
    "presentment_currency",
    "referring_site",
    "source_name",
    "tags",
    "total_discounts",
    "total_price_set",
)
"""Further members that are shown with the record, if they are not empty."""

MAX_NAME = 500
MAX_QUANTITY = 1_000_000_000


def map_order_created(payload: hub.Payload, settings: Settings, received_at: datetime) -> Sequence[hub.Fact]:
    """A new order, paid or not."""
    return [_order(hub.OrderPlaced, payload, settings)]


def map_order_updated(payload: hub.Payload, settings: Settings, received_at: datetime) -> Sequence[hub.Fact]:
    """The order as it is now. A cancelled one says so in every later version, which may overtake
    ``orders/cancelled``: Shopify promises no order among topics. That it is cancelled comes first,
    so that an unknown one is never announced as new."""
    payload["updated_at"].instant()  # without its version an order could overwrite a newer one
    changed = _order(hub.OrderChanged, payload, settings)
    return [changed] if payload["cancelled_at"].blank else [_cancelled(payload, settings), changed]


def map_order_cancelled(
    payload: hub.Payload, settings: Settings, received_at: datetime
) -> Sequence[hub.Fact]:
    """The order was called off; money that goes back is told by ``refunds/create``."""
    require_cancelled(payload)
    return [_cancelled(payload, settings)]


def map_order_paid(payload: hub.Payload, settings: Settings, received_at: datetime) -> Sequence[hub.Fact]:
    """The sale. It also brings the order up to date, or makes it where ``orders/create`` is late."""
    require_paid(payload)
    basis = basis_of(payload, settings.currency)
    gross = basis.money(payload, "total_price")
    tax = basis.optional_money(payload, "total_tax")
    customer = _person(payload)
    lines = _lines(payload, basis)
    sale = hub.TransactionCreated(
        external_id=payload["id"].identifier(),
        gross=gross,
        net=net_of(gross, tax, basis.field(payload, "total_tax")),
        tax=tax,
        tax_rate=tax_rate(payload),
        other_gross=other_gross(payload, settings.currency, gross),
        occurred_at=_placed_at(payload),
        customer=customer if customer != hub.Person() else None,
        partner_code=partner_code(payload, settings),
        campaign=campaign(payload),
        product_id=_only({line.product_id for line in lines}),
        product_name=_only({line.name for line in lines}),
        recurring=_recurring(payload),
        references=_references(payload),
        test=payload["test"].optional.boolean() or False,
        extra=_extra(payload),
    )
    return [*map_order_updated(payload, settings, received_at), sale]


def _order(kind: type[OrderT], payload: hub.Payload, settings: Settings) -> OrderT:
    basis = basis_of(payload, settings.currency)
    return kind(
        external_id=payload["id"].identifier(),
        customer=_person(payload),
        total=basis.money(payload, "total_price"),
        tax=basis.optional_money(payload, "total_tax"),
        number=payload["name"].optional.text(max_length=255),
        payment_status=payload["financial_status"].optional.text(max_length=64),
        placed_at=_placed_at(payload),
        changed_at=payload["updated_at"].optional.instant(),
        lines=_lines(payload, basis),
        test=payload["test"].optional.boolean() or False,
        extra=_extra(payload),
    )


def _cancelled(payload: hub.Payload, settings: Settings) -> hub.OrderCancelled:
    """The time is that of the cancellation, not of the version: the same in all later versions,
    which therefore tell nothing new."""
    return replace(
        _order(hub.OrderCancelled, payload, settings),
        changed_at=payload["cancelled_at"].instant(),
        reason=payload["cancel_reason"].optional.text(max_length=255),
    )


def _placed_at(payload: hub.Payload) -> datetime:
    return payload["processed_at"].optional.instant() or payload["created_at"].instant()


def _person(payload: hub.Payload) -> hub.Person:
    """The buyer. Guests and sales at a till come without ``customer``, and an e-mail is not
    checked: a paid order is not refused for an odd one."""
    customer, billing = payload["customer"], payload["billing_address"]
    known = not (customer["first_name"].blank and customer["last_name"].blank)
    named = customer if known else billing
    return hub.Person(
        email=_first_text(payload["email"], payload["contact_email"], customer["email"]),
        external_id=customer["id"].optional.identifier(),
        first_name=_first_text(named["first_name"]),
        last_name=_first_text(named["last_name"]),
        name=_first_text(named["name"]),
        company=_first_text(billing["company"]),
        phone=_first_text(payload["phone"], customer["phone"], billing["phone"]),
    )


def _first_text(*fields: hub.Payload) -> str | None:
    return next((text for field in fields if (text := field.optional.text(max_length=320))), None)


def _lines(payload: hub.Payload, basis: Basis) -> tuple[hub.Line, ...]:
    return tuple(_line(item, basis) for item in payload["line_items"])


def _line(item: hub.Payload, basis: Basis) -> hub.Line:
    """One position. An item made up at the till or in a draft has neither product nor SKU."""
    name = item["name"].optional.text() or item["title"].text()
    return hub.Line(
        name=name[:MAX_NAME],
        quantity=Decimal(item["quantity"].integer(minimum=0, maximum=MAX_QUANTITY)),
        sku=item["sku"].optional.text(max_length=255),
        product_id=item["product_id"].optional.identifier(),
        unit_price=basis.optional_money(item, "price"),
    )


def _only(values: set[TextT]) -> TextT | None:
    """The product that a sale is about, if it is about one."""
    return next(iter(values)) if len(values) == 1 else None


def _recurring(payload: hub.Payload) -> bool:
    """Whether a subscription app made the order. UNVERIFIED: Shopify documents no such mark on an
    order; both were seen in orders of subscription apps only."""
    source = payload["source_name"].optional.identifier() or ""
    planned = any(item["selling_plan_allocation"].present for item in payload["line_items"])
    return planned or source.startswith("subscription_contract")


def _references(payload: hub.Payload) -> tuple[str, ...]:
    graphql_id = payload["admin_graphql_api_id"].optional.identifier()
    return (graphql_id,) if graphql_id else ()


def _extra(payload: hub.Payload) -> dict[str, Any]:
    return {name: value for name in KEPT if (value := payload[name].raw()) not in (None, "", [], {})}
