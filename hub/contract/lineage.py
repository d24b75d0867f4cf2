"""Where a plugin's rows come from: what the hook ``lineage`` is asked, and how it answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageQuery:
    """Which of a plugin's rows are asked for."""

    by: Literal["id", "record"]
    """``id``: the rows that have these ids; ``record``: those that come from the records with these ids."""
    ids: tuple[UUID, ...]
    """Whatever somebody asked for, of any tenant: most of them are not the plugin's."""
    limit: int
    """The most rows that are wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageRow:
    """A row of a plugin, and what it comes from."""

    kind: str
    """The word for such a row."""
    id: UUID
    tenant_id: UUID
    """Whose it is: who may not see this tenant's rows is not shown it."""
    shown: Mapping[str, Any]
    """What a person is told of it, in this order."""
    record_kind: str | None = None
    """The kind of the record that it comes from, as signals have it."""
    record_id: UUID | None = None
    event_id: UUID | None = None
    """The inbound event that set it off."""
    rows: tuple[UUID, ...] = ()
    """Further rows of the plugin itself that it is made of."""
