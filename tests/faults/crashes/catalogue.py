"""All scenarios, each with the databases that it is about."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.faults.crashes.databases import Kind
from tests.faults.crashes.scenarios import clocks, disk, hanging, kills, outages
from tests.faults.crashes.trial import Scenario

BOTH: tuple[Kind, ...] = ("sqlite", "postgresql")
SQLITE: tuple[Kind, ...] = ("sqlite",)
POSTGRES: tuple[Kind, ...] = ("postgresql",)


@dataclass(frozen=True)
class Entry:
    """A scenario, and what is counted as its ``kills``."""

    run: Scenario
    kinds: tuple[Kind, ...]
    counts: str


CATALOGUE: Mapping[str, Entry] = {
    "points": Entry(kills.at_points, BOTH, "processes killed at a numbered point"),
    "instants": Entry(kills.at_any_instant, BOTH, "processes killed together at any instant"),
    "stopped": Entry(outages.stopped, POSTGRES, "PostgreSQL stopped at once and started again"),
    "terminated": Entry(outages.terminated, POSTGRES, "connections ended by pg_terminate_backend"),
    "cut": Entry(outages.cut, POSTGRES, "connections cut by a proxy"),
    "full": Entry(disk.full, SQLITE, "times the disk was full"),
    "receiver": Entry(hanging.receiver, BOTH, "a receiver that never answers"),
    "effect": Entry(hanging.effect, BOTH, "a background effect that sleeps"),
    "clocks": Entry(clocks.jumping, BOTH, "processes killed while the clock jumps"),
}
