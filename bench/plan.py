"""How much is measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The counts of a run; README.md says which spec uses which."""

    connections: tuple[int, ...] = (1, 16, 64)
    requests: int = 2_000
    rounds: int = 5
    flush_ms: int = 5
    per_source: int = 500
    burst: int = 10_000
    noisy_seconds: int = 30
    backlog: int = 10_000
    events: int = 1_000_000
    tenants: int = 1_000
    plugins: int = 36
    threads: int = 16
    deliveries: int = 5_000
    idle_seconds: int = 30
    finished: int = 1_000_000
    due: int = 1_000
    long_run: int = 100_000
    received: int = 72_000
    with_hub: bool = True


@dataclass(frozen=True)
class Preset:
    """The counts of all specs, and other counts of some, by the name of the spec. ``specs`` are the names of
    those that are run, all if there are none."""

    plan: Plan
    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    specs: tuple[str, ...] = ()

    def plan_of(self, spec: str, given: Mapping[str, Any]) -> Plan:
        """The counts of that spec, and in their place those that were given."""
        return replace(self.plan, **{**self.own.get(spec, {}), **given})


FOR_REQUESTS = ("main", "disk", "sources", "burst", "noisy", "backlog", "effects", "growth")

PRESETS = {
    "full": Preset(Plan()),
    "quick": Preset(
        Plan(
            requests=300,
            rounds=2,
            per_source=40,
            burst=1_000,
            noisy_seconds=5,
            backlog=1_000,
            events=20_000,
            tenants=50,
            deliveries=1_000,
            idle_seconds=5,
            finished=20_000,
            due=300,
            long_run=5_000,
            received=5_000,
        )
    ),
    "performance": Preset(
        Plan(
            requests=1_000,
            per_source=200,
            noisy_seconds=15,
            events=200_000,
            tenants=300,
            deliveries=2_000,
            received=15_000,
        ),
        own={
            "disk": {"requests": 600, "rounds": 3},
            "sources": {"rounds": 2},
            "growth": {"rounds": 3},
            "effects": {"rounds": 3},
            "deliveries": {"rounds": 3},
        },
        specs=(*FOR_REQUESTS, "deliveries", "serving"),
    ),
}
"""full: what the aims are about. quick: does it work at all? performance: what docs/performance.md needs, in
about a quarter of an hour."""
