"""WooCommerce: orders, payments and refunds of a shop, sent by it and fetched from it."""

from collections.abc import Sequence
from typing import cast

import hub
from hub_woocommerce.fetching import list_orders
from hub_woocommerce.manifest import manifest
from hub_woocommerce.mapper import map_order
from hub_woocommerce.ping import PingError, is_ping
from hub_woocommerce.settings import Settings, missing_for_fetching
from hub_woocommerce.topics import require_order, require_shop


class WooCommerce(hub.Plugin):
    """Hook implementations; the mapping itself is in ``mapper.py``."""

    manifest = manifest

    @hub.hookimpl
    def authenticate(self, inbound: hub.Inbound) -> bool | None:
        """Refuse the ping under its own name; everything else is left to the signature."""
        if is_ping(inbound):
            raise PingError
        return None

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> Sequence[hub.Fact]:
        """All topics bring the whole order, and one version of it means the same under each."""
        settings = cast(Settings, connection.settings)
        require_order(inbound.json)
        require_shop(inbound, settings)
        return map_order(inbound.json, settings)

    @hub.hookimpl
    def respond(self, outcome: hub.Outcome) -> hub.Reply | None:
        """The shop saves a webhook only if its ping is answered with 200."""
        if outcome.reason == PingError.code:
            return hub.Reply(status=200, body={"status": "ignored", "message": PingError.text})
        return None

    @hub.hookimpl
    def lookback(self, connection: hub.Connection) -> hub.Lookback:
        """With the keys of the shop's REST API its orders can be asked for."""
        settings = cast(Settings, connection.settings)
        return hub.Lookback(missing=missing_for_fetching(settings), regular=settings.reconcile)

    @hub.hookimpl
    def list_since(
        self, query: hub.BackfillQuery, connection: hub.Connection, web: hub.Web
    ) -> hub.BackfillPage:
        """Orders changed since then."""
        return list_orders(query, cast(Settings, connection.settings), web)


plugin = WooCommerce()
