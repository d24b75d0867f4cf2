"""Announcing that somebody was given records by hand."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from hub.contract.signals import Signal
from hub.records import assignments
from hub.records.applying import Source
from hub.records.database import Unit
from hub.web.visit import Visit

KINDS = {"ticket_assigned": "ticket", "transaction_assigned": "transaction"}


def announce(
    visit: Visit, unit: Unit, signal: Signal, records: Sequence[Mapping[str, Any]], member_id: UUID
) -> None:
    """The person of the visit gave these records to the member: one announcement for all of them."""
    given = assignments.give(
        unit,
        signal,
        tenant_id=visit.tenant_id,
        record_kind=KINDS[signal.name],
        record_id=records[0]["id"],
        number=len(records),
        member_id=member_id,
        by_id=visit.person.id,
        now=visit.now,
    )
    visit.announce(unit, Source.of_record(records[0], visit.tenant, visit.now), given)
