"""What a plugin holds of a person: what the hooks ``disclose`` and ``erase`` are asked, and how the second
answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSubject:
    """A person of whom a tenant may hold something."""

    tenant_id: UUID
    emails: tuple[str, ...]
    """The addresses that are known to be theirs, in lower case."""
    customer_ids: tuple[UUID, ...] = ()
    """The customers that they are."""
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What became of what a plugin held."""

    changed: Mapping[str, int] = field(default_factory=dict)
    """Numbers of rows that lost what was personal, by the word for many."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """Why something stays: the reason, by the word for many."""
