"""Commissions for partners and their sponsors: reckoned from the state of each sale."""

from typing import Any

import hub
from hub.contract.signals import transaction_created, transaction_disputed, transaction_refunded
from hub_commissions import ledger
from hub_commissions.manifest import manifest


class Commissions(hub.Plugin):
    """Receivers. Each does the same: bring the ledger of a sale in step with the sale."""

    manifest = manifest

    @hub.receives(transaction_created)
    def enter(self, announcement: hub.Announcement, unit: Any) -> None:
        """A sale was recorded: it enters the ledger."""
        ledger.post(unit, announcement.record_id, event_id=announcement.event_id, at=announcement.received_at)

    @hub.receives(transaction_refunded, transaction_disputed)
    def adjust(self, announcement: hub.Announcement, unit: Any) -> None:
        """Money went back or came again. A sale that never entered the ledger, because the plugin
        was off, stays out of it."""
        ledger.post(
            unit,
            announcement.record_id,
            event_id=announcement.event_id,
            at=announcement.received_at,
            enter=False,
        )


plugin = Commissions()
