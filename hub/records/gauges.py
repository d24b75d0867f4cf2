"""What the installation's state is measured by: of all tenants together, from indexes that hold only what is
open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hub.records import backlog, health
from hub.records.database import Unit

States = Mapping[tuple[str, str], int]
"""Numbers by channel or receiver, and state."""


@dataclass(frozen=True, kw_only=True)
class Gauges:
    """``deliveries`` and ``effects`` are what waits, what a worker has in its hands and what was given up.
    ``oldest_due_at`` is since when something is due; ``worker_seen_at`` when a worker last said that it
    is there; ``open_events`` are failed, rejected and parked ones; ``failing_jobs`` periodic ones."""

    deliveries: States = field(default_factory=dict)
    effects: States = field(default_factory=dict)
    oldest_due_at: datetime | None = None
    open_events: Mapping[str, int] = field(default_factory=dict)
    failing_jobs: int = 0
    worker_seen_at: datetime | None = None


def measure(unit: Unit, now: datetime) -> Gauges:
    """How things are now."""
    overdue = health.overdue(unit, now)
    events: dict[str, int] = {}
    for by_outcome in health.open_events(unit).values():
        for outcome, number in by_outcome.items():
            events[outcome] = events.get(outcome, 0) + number
    return Gauges(
        deliveries=_states(backlog.deliveries(unit)),
        effects=_states(backlog.effects(unit)),
        oldest_due_at=overdue.since if overdue else None,
        open_events=events,
        failing_jobs=len(health.failing_jobs(unit)),
        worker_seen_at=health.workers(unit, now).seen_at,
    )


def _states(lots: list[backlog.Lot]) -> States:
    found: dict[tuple[str, str], int] = {}
    for lot in lots:
        for state, number in (("waiting", lot.waiting), ("claimed", lot.claimed), ("dead", lot.dead)):
            found[lot.what, state] = found.get((lot.what, state), 0) + number
    return found
