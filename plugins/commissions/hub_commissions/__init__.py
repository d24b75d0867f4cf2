"""Commissions for partners and their sponsors: reckoned from the state of each sale."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import hub
from hub.contract.signals import (
    transaction_changed,
    transaction_created,
    transaction_disputed,
    transaction_refunded,
)
from hub_commissions import ledger
from hub_commissions.manifest import manifest
from hub_commissions.records import lineage, payouts, personal


class Commissions(hub.Plugin):
    """Receivers, which all do the same: bring the ledger of a sale in step with the sale. And once an
    hour maturing."""

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

    @hub.receives(transaction_changed)
    def revise(self, announcement: hub.Announcement, unit: Any) -> None:
        """The sale says something else: whose it is and by which plan it pays is decided anew, by
        what was true when it arrived."""
        ledger.post(
            unit,
            announcement.record_id,
            event_id=announcement.event_id,
            at=announcement.received_at,
            enter=False,
            afresh=True,
        )

    @hub.periodic(every=timedelta(hours=1))
    def mature(self, tick: hub.Tick, unit: Any) -> None:
        """What was held back long enough matures."""
        payouts.mature(unit, tick.now, tick.tenant_id)

    @hub.hookimpl
    def lineage(self, query: hub.LineageQuery, unit: Any) -> Sequence[hub.LineageRow]:
        """Where lines and payouts come from."""
        return lineage.answer(query, unit)

    @hub.hookimpl
    def disclose(self, person: hub.DataSubject, unit: Any) -> Mapping[str, Any] | None:
        """What is known of somebody who is a partner."""
        return personal.disclosed(person, unit)

    @hub.hookimpl
    def erase(self, person: hub.DataSubject, unit: Any) -> hub.Erased | None:
        """Name, address and account of a partner."""
        return personal.erased(person, unit)


plugin = Commissions()
