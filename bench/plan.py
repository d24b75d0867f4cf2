"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The counts of a run; README.md says which spec uses which."""

    connections: tuple[int, ...] = (1, 16, 64)
    requests: int = 2_000
    rounds: int = 5
    events: int = 1_000_000
    tenants: int = 1_000
    plugins: int = 36
    threads: int = 16
    deliveries: int = 5_000
    idle_seconds: int = 30
    finished: int = 1_000_000
    due: int = 1_000
    long_run: int = 100_000
    with_hub: bool = True


FULL = Plan()
QUICK = Plan(
    requests=300,
    rounds=2,
    events=20_000,
    tenants=50,
    deliveries=1_000,
    idle_seconds=5,
    finished=20_000,
    due=300,
    long_run=5_000,
)
"""Does it work at all?"""
