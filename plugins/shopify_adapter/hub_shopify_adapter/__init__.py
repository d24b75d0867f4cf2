"""Shopify: orders, payments, refunds and privacy requests of a shop."""

from collections.abc import Sequence
from typing import cast

import hub
from hub_shopify_adapter.manifest import TOPIC, manifest
from hub_shopify_adapter.mapper import map_topic
from hub_shopify_adapter.settings import Settings
from hub_shopify_adapter.topics import require_shop


class Shopify(hub.Plugin):
    """Hook implementations; the mapping itself is in ``mapper.py``."""

    manifest = manifest

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> Sequence[hub.Fact]:
        """One mapper per topic, after the check that the event is of this connection's shop."""
        settings = cast(Settings, connection.settings)
        require_shop(inbound, inbound.json, settings)
        return map_topic(TOPIC(inbound) or "", inbound.json, settings, inbound.received_at)


plugin = Shopify()
