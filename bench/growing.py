"""Whether a request costs more in a large installation: a small hub beside one that has grown along one axis
(events, tenants, plugins).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import entry_points

from bench import payloads
from bench.cloning import Template, snapshot
from bench.manyplugins import make_plugins
from bench.measuring import alternate, warm_up
from bench.places import Hub, Place, receive, set_up_hub
from bench.plan import Plan
from bench.results import Growth
from bench.servers import TENANT, create_tenant

GROWTH_CONNECTIONS = 16
FIRST_TENANT = "tenant-000000"

Grow = Callable[[Place, Hub], Hub]


def grow(place: Place, plan: Plan) -> Iterator[Growth]:
    """A fresh hub and a grown one in turn, for each axis."""
    installed = len(entry_points(group="hub.plugins"))
    axes: list[tuple[str, str, str, Grow]] = [
        ("events", "0", f"{plan.events:,}", lambda where, hub: with_events(where, hub, plan.events)),
        ("tenants", "1", f"{plan.tenants:,}", lambda where, hub: with_tenants(where, hub, plan.tenants)),
        (
            "plugins",
            str(installed),
            str(installed + plan.plugins),
            lambda where, hub: with_plugins(hub, plan.plugins),
        ),
    ]
    for axis, base_label, grown_label, make in axes:
        base = set_up_hub(place, f"{axis}-base")
        place.log(f"{place.database}: growing {axis} from {base_label} to {grown_label}")
        grown = make(place, set_up_hub(place, f"{axis}-grown"))
        with base.running() as small, grown.running() as large:
            for target in (small, large):
                warm_up(target)
            found = alternate([small, large], GROWTH_CONNECTIONS, plan.requests, plan.rounds)
        yield Growth(place.database, axis, base_label, grown_label, found[base.name], found[grown.name])


def with_events(place: Place, hub: Hub, events: int) -> Hub:
    """One customer's three sales are received for real, then copied. There is no worker, which would
    leave other rows meanwhile."""
    with hub.engine() as engine, hub.with_settings(HUB_WORKER="off").running() as target:
        before = snapshot(engine)
        template = Template(engine, before, receive(target, payloads.SALES_PER_CUSTOMER))
    with hub.engine() as engine:
        template.clone(
            engine,
            math.ceil(events / payloads.SALES_PER_CUSTOMER),
            name=lambda number: f"{number:012x}",
            spacing=timedelta(seconds=6),
        )
    place.log(f"rows of one copy: {template.rows}")
    return hub


def with_tenants(place: Place, hub: Hub, tenants: int) -> Hub:
    """One more tenant is made by the hub itself, then copied; all of them are loaded."""
    with hub.engine() as engine:
        before = snapshot(engine)
        create_tenant(FIRST_TENANT, hub.environment, hub.secret, hub.folder)
        template = Template(engine, before, FIRST_TENANT)
        names = [f"tenant-{number:06}" for number in range(1, tenants - 1)]
        template.clone(engine, len(names), name=lambda number: names[number], spacing=timedelta())
    place.log(f"rows of one copy: {template.rows}")
    return replace(hub, tenants=(TENANT, FIRST_TENANT, *names))


def with_plugins(hub: Hub, plugins: int) -> Hub:
    return hub.with_settings(PYTHONPATH=str(make_plugins(plugins, hub.folder / "plugins")))
