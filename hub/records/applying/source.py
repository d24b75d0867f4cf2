"""Where a record comes from: whose it is, from which event, by which adapter; or that a person made it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.contract.facts import Person
from hub.contract.inbound import Tenant
from hub.records.database import Row
from hub.support.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """On which records are announced: whose they are, and since when. What a person did has no event.
    ``new``: it was written in this very transaction, so nobody can have done anything about it yet."""

    tenant: Tenant
    tenant_id: UUID
    received_at: datetime
    event_id: UUID | None = None
    new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Occasion):
    """The origin of the records of one event. With ``replay`` it was processed before, and records
    that it made are brought up to date instead of being left alone."""

    connection_id: UUID
    event_id: UUID
    adapter: str
    replay: bool = False

    @classmethod
    def of_record(cls, row: Row, tenant: Tenant, now: datetime) -> "Source":
        """Where a record came from, for what a person does with it now."""
        return cls(
            tenant=tenant,
            tenant_id=row["tenant_id"],
            connection_id=row["connection_id"],
            event_id=row["event_id"],
            adapter=row["adapter"],
            received_at=now,
        )

    def columns(self) -> dict[str, Any]:
        """The columns that every new record has."""
        return {
            "id": new_id(),
            "tenant_id": self.tenant_id,
            "connection_id": self.connection_id,
            "event_id": self.event_id,
            "adapter": self.adapter,
            "created_at": self.received_at,
        }


def contact(person: Person) -> dict[str, str]:
    """What is known of a person, as JSON."""
    names = ("email", "external_id", "first_name", "last_name", "name", "company", "phone")
    return {name: value for name in names if (value := getattr(person, name)) is not None}
