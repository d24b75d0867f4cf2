"""What a channel sends out of the machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from hub.contract.inbound import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing that must leave the machine. ``id`` is the same in every attempt, so that the
    receiver can tell a repetition; ``attempt`` counts from 1."""

    id: UUID
    tenant: Tenant
    channel: str
    target: str
    attempt: int = 1
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)
