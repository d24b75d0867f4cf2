"""What is measured: the hub beside the yardstick, and a small hub beside one that has grown along
one axis (events, tenants, plugins).
"""

import math
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import entry_points
from pathlib import Path

import sqlalchemy as sa

from bench import load, payloads
from bench.cloning import Template, snapshot
from bench.databases import Databases
from bench.manyplugins import make_plugins
from bench.measuring import Target, alternate, warm_up
from bench.report import GrowthResult, MainResult
from bench.servers import (
    TENANT,
    BenchError,
    create_tenant,
    hub_environment,
    prepare_hub,
    start_hub,
    start_yardstick,
)

GROWTH_CONNECTIONS = 16
FIRST_TENANT = "tenant-000000"
Log = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    connections: tuple[int, ...]
    requests: int
    rounds: int
    events: int
    tenants: int
    plugins: int
    with_hub: bool = True


@dataclass(frozen=True)
class Place:
    """Where a measurement happens: its databases, an empty folder for files, and who is told."""

    databases: Databases
    folder: Path
    log: Log

    def subfolder(self, name: str) -> Path:
        """A folder of its own for one server."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        return folder


Grow = Callable[[Place, "Hub"], "Hub"]


@dataclass(frozen=True)
class Hub:
    """A hub that is set up and not yet running."""

    name: str
    database_url: str
    environment: dict[str, str]
    secret: str
    folder: Path
    tenants: tuple[str, ...] = (TENANT,)

    @contextmanager
    def running(self) -> Iterator[Target]:
        """The hub as a target, for as long as the block lasts."""
        with start_hub(self.environment, self.folder) as server:
            yield Target(self.name, "hub", server, self.database_url, self.secret, self.tenants)


def compare(place: Place, plan: Plan) -> Iterator[MainResult]:
    """Hub and yardstick in turn, for each number of connections."""
    with _yardstick(place) as yardstick, _hub_if(place, plan.with_hub) as hub:
        targets = [target for target in (yardstick, hub) if target is not None]
        for target in targets:
            warm_up(target)
        for connections in plan.connections:
            place.log(f"{place.databases.kind}: {plan.rounds} rounds with {connections} connections")
            found = alternate(targets, connections, plan.requests, plan.rounds)
            for name, series in found.items():
                yield MainResult(place.databases.kind, connections, name, series, found["yardstick"])


def grow(place: Place, plan: Plan) -> Iterator[GrowthResult]:
    """A fresh hub and a grown one in turn, for each axis."""
    installed = len(entry_points(group="hub.plugins"))
    axes: list[tuple[str, str, str, Grow]] = [
        ("events", "0", f"{plan.events:,}", lambda where, hub: _with_events(where, hub, plan.events)),
        ("tenants", "1", f"{plan.tenants:,}", lambda where, hub: _with_tenants(where, hub, plan.tenants)),
        (
            "plugins",
            str(installed),
            str(installed + plan.plugins),
            lambda where, hub: _with_plugins(hub, plan.plugins),
        ),
    ]
    for axis, base_label, grown_label, make in axes:
        base = _set_up_hub(place, f"{axis}-base")
        place.log(f"{place.databases.kind}: growing {axis} from {base_label} to {grown_label}")
        grown = make(place, _set_up_hub(place, f"{axis}-grown"))
        with base.running() as small, grown.running() as large:
            for target in (small, large):
                warm_up(target)
            found = alternate([small, large], GROWTH_CONNECTIONS, plan.requests, plan.rounds)
        yield GrowthResult(
            place.databases.kind, axis, base_label, grown_label, found[base.name], found[grown.name]
        )


@contextmanager
def _yardstick(place: Place) -> Iterator[Target]:
    url, secret = place.databases.create("yardstick"), secrets.token_hex(16)
    with start_yardstick(url, secret, place.subfolder("yardstick")) as server:
        yield Target("yardstick", "yardstick", server, url, secret)


@contextmanager
def _hub_if(place: Place, wanted: bool) -> Iterator[Target | None]:
    if not wanted:
        yield None
        return
    with _set_up_hub(place, "hub").running() as target:
        yield target


def _set_up_hub(place: Place, name: str) -> Hub:
    url = place.databases.create(name.replace("-", "_"))
    folder, secret = place.subfolder(name), secrets.token_hex(16)
    environment = hub_environment(url, folder)
    prepare_hub(environment, secret, folder)
    return Hub(name, url, environment, secret, folder)


def _with_events(place: Place, hub: Hub, events: int) -> Hub:
    """One customer's three sales are received for real, then copied."""
    with _engine(hub) as engine, hub.running() as target:
        before = snapshot(engine)
        first = payloads.prepare(payloads.SALES_PER_CUSTOMER, target.server.port, hub.secret)
        result = load.run(first, target.server.port, 1)
        if len(result.acknowledged) != len(first):
            raise BenchError(f"the sales to be copied were refused: {result.statuses}")
        template = Template(engine, before, payloads.run_of(first[0]))
    with _engine(hub) as engine:
        template.clone(
            engine,
            math.ceil(events / payloads.SALES_PER_CUSTOMER),
            name=lambda number: f"{number:012x}",
            spacing=timedelta(seconds=6),
        )
    place.log(f"rows of one copy: {template.rows}")
    return hub


def _with_tenants(place: Place, hub: Hub, tenants: int) -> Hub:
    """One more tenant is made by the hub itself, then copied; all of them are loaded."""
    with _engine(hub) as engine:
        before = snapshot(engine)
        create_tenant(FIRST_TENANT, hub.environment, hub.secret, hub.folder)
        template = Template(engine, before, FIRST_TENANT)
        names = [f"tenant-{number:06}" for number in range(1, tenants - 1)]
        template.clone(engine, len(names), name=lambda number: names[number], spacing=timedelta())
    place.log(f"rows of one copy: {template.rows}")
    everybody = (TENANT, FIRST_TENANT, *names)
    return Hub(hub.name, hub.database_url, hub.environment, hub.secret, hub.folder, everybody)


def _with_plugins(hub: Hub, plugins: int) -> Hub:
    folder = make_plugins(plugins, hub.folder / "plugins")
    environment = {**hub.environment, "PYTHONPATH": str(folder)}
    return Hub(hub.name, hub.database_url, environment, hub.secret, hub.folder)


def _engine(hub: Hub) -> AbstractContextManager[sa.Engine]:
    return _disposed(sa.create_engine(hub.database_url))


@contextmanager
def _disposed(engine: sa.Engine) -> Iterator[sa.Engine]:
    try:
        yield engine
    finally:
        engine.dispose()
