"""What effects cost: the same sale with commissions for a seller and 10 levels of sponsors and
notifications for 20 members, and with none of these plugins connected for the tenant.
"""

from collections.abc import Iterator
from datetime import timedelta

from bench.cloning import Template, snapshot
from bench.measuring import alternate, measure, warm_up
from bench.payloads import PARTNER
from bench.places import Hub, Place, set_up_hub
from bench.plan import Plan
from bench.results import Comparison, cpu_at_most
from bench.servers import TENANT
from bench.verify import LEVELS, MEMBERS

AIM = cpu_at_most(2.0, "the CPU of the same event without effects")
CONNECTIONS = 16
PERCENTS = (5, 4, 3, 2, 1, 1, 1, 1, 1, 1)
"""What each level of sponsors gets."""

FIRST = 1_000
"""Sales before it counts. PostgreSQL plans for the size of a table when it last looked, which it does once a
minute; what was planned for empty tables would be measured otherwise."""

FIRST_MEMBER = "member-000"


def compare_effects(place: Place, plan: Plan) -> Iterator[Comparison]:
    """A hub without effects and one with them, loaded in turn. Neither has a worker inside."""
    bare = set_up_hub(place, "without-effects").with_settings(HUB_WORKER="off")
    full = set_up_hub(place, "with-effects").with_settings(HUB_WORKER="off")
    connect_effects(full)
    with bare.running() as without, full.running("hub with effects") as having:
        for hub, target in ((bare, without), (full, having)):
            measure(target, CONNECTIONS, FIRST)
            hub.analyze()
            warm_up(target)
        place.log(f"{place.database}: {plan.rounds} rounds without and with effects")
        found = alternate([without, having], CONNECTIONS, plan.requests, plan.rounds)
    base, series = found[without.name], found[having.name]
    yield Comparison(place.database, CONNECTIONS, "without effects", base, base)
    yield Comparison(place.database, CONNECTIONS, "with effects", series, base, [AIM])


def connect_effects(hub: Hub) -> None:
    """Commissions and notifications for the tenant, as an operator sets them up."""
    hub.command("connection", "create", TENANT, "commissions")
    hub.command("partner", "import", TENANT, _partners(hub))
    levels = ",".join(map(str, PERCENTS[:LEVELS]))
    hub.command("plan", "create", TENANT, "standard", "--percent", "10", "--levels", levels)
    hub.command("plan", "set-default", TENANT, "standard")
    hub.command("connection", "create", TENANT, "notifications")
    _add_members(hub)


def _partners(hub: Hub) -> str:
    """A file with the seller of all sales, at the end of a line of sponsors."""
    codes = [*(f"P-SPONSOR-{number}" for number in range(LEVELS, 0, -1)), PARTNER]
    lines = [f"{code},{sponsor}" for code, sponsor in zip(codes, ["", *codes], strict=False)]
    path = hub.folder / "partners.csv"
    path.write_text("\n".join(["code,sponsor", *lines]), encoding="utf-8")
    return str(path)


def _add_members(hub: Hub) -> None:
    """One is added by the hub itself, the others are copies."""
    with hub.engine() as engine:
        before = snapshot(engine)
        hub.command("member", "add", TENANT, f"{FIRST_MEMBER}@example.com")
        template = Template(engine, before, FIRST_MEMBER)
        template.clone(
            engine, MEMBERS - 1, name=lambda number: f"member-{number + 1:03}", spacing=timedelta()
        )
