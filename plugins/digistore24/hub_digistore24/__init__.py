"""Digistore24: sales, renewals, refunds and chargebacks, told by its instant payment notifications."""

from collections.abc import Sequence
from typing import cast

import hub
from hub_digistore24.manifest import manifest
from hub_digistore24.mapper import MAPPERS
from hub_digistore24.settings import Settings


class Digistore24(hub.Plugin):
    """Hook implementations; the mapping itself is in ``mapper.py``."""

    manifest = manifest

    @hub.hookimpl
    def parse(self, inbound: hub.Inbound, connection: hub.Connection) -> Sequence[hub.Fact]:
        """One mapper per event."""
        payload = inbound.form
        settings = cast(Settings, connection.settings)
        return MAPPERS[payload["event"].text()](payload, settings, inbound.received_at)

    @hub.hookimpl
    def respond(self, inbound: hub.Inbound, outcome: hub.Outcome) -> hub.Reply | None:
        """The word ``OK``: Digistore24 sends a notification again until it is told so."""
        return hub.Reply(status=200, body="OK") if outcome.ok else None


plugin = Digistore24()
