"""The custom webhook: sales from any system that can sign and POST the hub's own schema."""

from collections.abc import Sequence

import hub
from hub_custom_webhook.manifest import manifest
from hub_custom_webhook.mapper import MAPPERS


class CustomWebhook(hub.Plugin):
    """Hook implementations; the mapping itself is in ``mapper.py``."""

    manifest = manifest

    @hub.hookimpl
    def translate(self, inbound: hub.Inbound, connection: hub.Connection) -> hub.Inbound:
        """Form bodies and other names of the fields, where the connection's settings allow them."""
        return hub.translating.in_schema(inbound, connection)

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> Sequence[hub.Fact]:
        """One mapper per event type."""
        payload = inbound.json
        return MAPPERS[payload["event"].text()](payload, inbound.received_at)


plugin = CustomWebhook()
