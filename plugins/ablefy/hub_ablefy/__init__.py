"""ablefy (formerly elopage): sales, refunds and chargebacks."""

from collections.abc import Sequence
from typing import cast

import hub
from hub_ablefy.manifest import manifest
from hub_ablefy.mapper import MAPPERS
from hub_ablefy.settings import Settings


class Ablefy(hub.Plugin):
    """Hook implementations; the mapping itself is in ``mapper.py``."""

    manifest = manifest

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> Sequence[hub.Fact]:
        """One mapper per event, for form and JSON bodies alike."""
        payload = inbound.payload
        settings = cast(Settings, connection.settings)
        return MAPPERS[payload["event"].text()](payload, settings, inbound.received_at)


plugin = Ablefy()
