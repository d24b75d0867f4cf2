"""The positions of an order: products, shipping and fees. Together they are its total."""

import html
from dataclasses import dataclass
from decimal import Decimal

import hub
from hub_woocommerce.amounts import gross_of

MAX_NAME = 500
MAX_QUANTITY = 1_000_000_000


@dataclass(frozen=True)
class Product:
    """The product that a sale is about, if it is about one."""

    id: str | None = None
    name: str | None = None


def lines(payload: hub.Payload, currency: str) -> tuple[hub.Line, ...]:
    """All positions, each with what the customer pays for it, tax included."""
    bought = (_bought(item, currency) for item in payload["line_items"])
    shipping = (_added(item, "method_title", currency) for item in payload["shipping_lines"])
    fees = (_added(item, "name", currency) for item in payload["fee_lines"])
    return (*bought, *shipping, *fees)


def products(payload: hub.Payload) -> Product:
    """The only product of the order."""
    found = {(_product_id(item), _name(item["name"])) for item in payload["line_items"]}
    return Product(*found.pop()) if len(found) == 1 else Product()


def _bought(item: hub.Payload, currency: str) -> hub.Line:
    quantity = item["quantity"].decimal()
    if not 0 <= quantity <= MAX_QUANTITY:
        raise item["quantity"].wrong("a number of pieces")
    return hub.Line(
        name=_name(item["name"]),
        quantity=quantity,
        sku=item["sku"].optional.identifier(),
        product_id=_product_id(item),
        total=gross_of(item, currency),
    )


def _added(item: hub.Payload, name: str, currency: str) -> hub.Line:
    """Shipping or a fee."""
    return hub.Line(name=_name(item[name]), quantity=Decimal(1), total=gross_of(item, currency))


def _product_id(item: hub.Payload) -> str | None:
    """The variation counts where there is one; 0 stands for none."""
    variation, product = (item[name].optional.identifier() for name in ("variation_id", "product_id"))
    return next((one for one in (variation, product) if one not in (None, "0")), None)


def _name(field: hub.Payload) -> str:
    """A name as people read it: WooCommerce writes ``&ndash;`` and the like into names."""
    text = html.unescape(field.optional.text() or "").replace("\0", "").strip()
    return text[:MAX_NAME] or "–"
