"""CopeCart and its successor COPE: sales, refunds, chargebacks and disputes."""

from collections.abc import Sequence

import hub
from hub_copecart.manifest import EVENT, manifest
from hub_copecart.mapper import MAPPERS


class CopeCart(hub.Plugin):
    """Hook implementations; the mapping of the two generations is in ``ipn.py`` and ``cope.py``."""

    manifest = manifest

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> Sequence[hub.Fact]:
        """One mapper per event type; the two generations have none in common."""
        return MAPPERS[EVENT(inbound) or ""](inbound.json, inbound.received_at)

    @hub.hookimpl
    def respond(self, inbound: hub.Inbound, outcome: hub.Outcome) -> hub.Reply | None:
        """The word ``OK`` and nothing else: CopeCart sends a notification again until it is told so, and
        COPE asks for no more than a status of 200."""
        return hub.Reply(status=200, body="OK") if outcome.ok else None


plugin = CopeCart()
