"""Who brought the customer: a meta field of the shop's own, or a coupon; and the campaign."""

import hub
from hub_woocommerce.settings import Settings

CAMPAIGN = "_wc_order_attribution_utm_campaign"
"""https://woocommerce.com/document/order-attribution-tracking/"""

MAX_CODE = 255


def partner_code(payload: hub.Payload, settings: Settings) -> str | None:
    """The partner's code as the order has it. What cannot be read counts as no partner: the sale must
    not be lost over it; the fields are kept, and the partner can be assigned by hand."""
    match settings.partner_source:
        case "meta":
            return _meta(payload, settings.partner_field)
        case "coupon":
            return next((code for item in payload["coupon_lines"] if (code := _code(item["code"]))), None)
        case _:
            return None


def campaign(payload: hub.Payload) -> str | None:
    """The campaign that WooCommerce's own attribution noted."""
    return _meta(payload, CAMPAIGN)


def _meta(payload: hub.Payload, name: str) -> str | None:
    found = (item for item in payload["meta_data"] if item["key"].raw() == name)
    return next((code for item in found if (code := _code(item["value"]))), None)


def _code(field: hub.Payload) -> str | None:
    try:
        return field.optional.identifier(max_length=MAX_CODE)
    except hub.PayloadError:
        return None
