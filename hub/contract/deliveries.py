"""What a channel sends out of the machine, and how it says how that went."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from hub.config import Config
from hub.contract.inbound import Tenant
from hub.support.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing that must leave the machine. ``id`` is the same in every attempt, so that the
    receiver can tell a repetition; ``attempt`` counts from 1. ``target`` is what the channel
    understands: an address, or the id of an endpoint."""

    id: UUID
    tenant: Tenant
    tenant_id: UUID
    channel: str
    target: str
    attempt: int = 1
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)
    traceparent: str | None = None
    """What the other side is told where the installation writes traces (W3C Trace Context)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """What the hub lends a channel while it sends: its rooms, for secrets at rest and for what is to
    be noted about the other side. ``database`` and ``vault`` are those of ``hub.records``."""

    config: Config
    clock: Clock
    database: Any = field(repr=False)
    vault: Any = field(repr=False)

    def for_tenant(self, tenant_id: UUID) -> "Host":
        """The same, with that tenant's part of the database alone."""
        return replace(self, database=self.database.for_tenant(tenant_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A delivery that arrived. ``status`` is the other side's code, if it has codes; ``answer``
    the beginning of what it said."""

    status: int | None = None
    answer: str = ""


class DeliveryError(Exception):
    """A delivery did not arrive. ``retry_after`` are seconds that the other side asked for;
    ``final`` means that another attempt would be useless."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        answer: str = "",
        retry_after: int | None = None,
        final: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.answer = answer
        self.retry_after = retry_after
        self.final = final
