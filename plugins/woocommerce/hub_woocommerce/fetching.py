"""Orders from the shop's REST API: what a webhook lost, for WooCommerce sends each change once.

Source: https://woocommerce.github.io/woocommerce-rest-api-docs/#list-all-orders. Pages are told by the
time of the change and not by their number: an order that changes while one turns the pages would
move all behind it.
"""

from datetime import UTC, datetime, timedelta

import hub
from hub_woocommerce.settings import Settings, credentials

PATH = "/wp-json/wc/v3/orders"
MOST = 100
"""Orders on one page: more is refused by WooCommerce."""

HEADERS = {"Content-Type": "application/json", "X-WC-Webhook-Topic": "order.updated"}
"""As a webhook would have brought the order."""


def list_orders(query: hub.BackfillQuery, settings: Settings, web: hub.Web) -> hub.BackfillPage:
    """The next page of orders, those changed longest ago first. Raises BackfillError."""
    since, page = _place(query)
    size = min(query.size, MOST)
    answer = web.get(
        f"{settings.shop_url}{PATH}",
        params={
            "modified_after": f"{since:%Y-%m-%dT%H:%M:%S}",
            "dates_are_gmt": "true",
            "orderby": "modified",
            "order": "asc",
            "per_page": str(size),
            "page": str(page),
        },
        basic=credentials(settings),
    )
    bodies = answer.items()
    return hub.BackfillPage(
        originals=tuple(hub.Original(body=body, headers=HEADERS) for body in bodies),
        cursor=_next(bodies[-1], since, page) if len(bodies) == size else None,
        path=PATH,
    )


def _place(query: hub.BackfillQuery) -> tuple[datetime, int]:
    """After which change to go on, and on which page behind it."""
    if query.cursor is None:
        return query.since, 1
    since, _, page = query.cursor.partition(" ")
    return datetime.fromisoformat(since), int(page)


def _next(last: bytes, since: datetime, page: int) -> str:
    """Where to go on: a second before the last change, for others of that second may be missing. If all
    of the page changed in one second there is no way but the next page."""
    told = hub.read_json(last)["date_modified_gmt"].text(max_length=32)
    changed_at = hub.Payload(f"{told.rstrip('Z')}+00:00", "date_modified_gmt").instant()
    further = changed_at.astimezone(UTC) - timedelta(seconds=1)
    return f"{further.isoformat()} 1" if further > since else f"{since.isoformat()} {page + 1}"
