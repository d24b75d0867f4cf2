"""What a page costs: each list and each record of the tenant, looked at by an owner, with the business of
the demonstration and with very much more.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar
from uuid import UUID

import psutil

from bench.bigoffice import Office, opened
from bench.measuring import Rounds, in_turn
from bench.places import Place
from bench.plan import Plan
from bench.results import judged

AIM_MS = 100.0
AIM_TIMES = 2.0
VIEWS = 5
"""Views of a page in one round."""

PAGES = {
    "dashboard": "/",
    "orders": "/orders",
    "orders, new": "/orders?status=new",
    "orders, searched": "/orders?q=kamera",
    "orders, in vain": "/orders?q=gibtesnicht",
    "orders, deep": "/orders?before={deep_order}",
    "order": "/orders/{order}",
    "tickets": "/tickets",
    "tickets, closed": "/tickets?status=closed",
    "tickets, in vain": "/tickets?q=gibtesnicht",
    "ticket": "/tickets/{ticket}",
    "customers": "/customers",
    "customers, searched": "/customers?q=weiss",
    "customers, in vain": "/customers?q=gibtesnicht",
    "customers, deep": "/customers?before={deep_customer}",
    "customer": "/customers/{customer}",
    "customer, biggest file": "/customers/{big}",
    "invoices": "/invoices",
    "invoices, overdue": "/invoices?status=overdue",
    "invoices, in vain": "/invoices?q=gibtesnicht",
    "invoice": "/invoices/{invoice}",
    "notifications": "/notifications",
    "notifications, unread": "/notifications?show=unread",
    "events": "/events",
    "events, failed": "/events?outcome=failed",
    "events, ignored": "/events?outcome=ignored",
    "events, in vain": "/events?q=gibtesnicht",
    "events, deep": "/events?before={deep_event}",
    "events, work list": "/events/work",
    "event": "/events/{event}",
    "trace": "/trace/{event}",
    "audit log": "/audit",
    "team": "/team",
    "settings": "/settings",
    "integrations": "/integrations",
    "integration": "/integrations/{connection}",
    "sales": "/commissions/transactions",
    "sales, unassigned": "/commissions/transactions?filter=unassigned",
    "sales, in vain": "/commissions/transactions?q=gibtesnicht",
    "sale": "/commissions/transactions/{transaction}",
    "partners": "/commissions/partners",
    "partner": "/commissions/partners/{partner}",
    "partner, top": "/commissions/partners/{top}",
    "commissions": "/commissions/commissions",
    "commissions, matured": "/commissions/commissions?status=matured",
    "commission": "/commissions/commissions/{line}",
    "payouts": "/commissions/payouts",
    "payout": "/commissions/payouts/{payout}",
    "plans": "/commissions/plans",
}
"""Pages of the tenant. Names in braces are filled in with ids."""

IDS = {
    "order": "orders",
    "ticket": "tickets",
    "customer": "customers",
    "invoice": "invoices",
    "event": "inbound_events",
    "transaction": "transactions",
    "line": "commissions_lines",
    "payout": "commissions_payouts",
}

WHERE = "tenant_id = (SELECT id FROM tenants WHERE slug = 'musterfirma')"


@dataclass(frozen=True, slots=True)
class Looked:
    """One round of a page: milliseconds of CPU and of the clock for one view, and how long it is."""

    cpu: float
    wall: float
    size: int


@dataclass(frozen=True)
class PageResult:
    """A page with little and with much behind it."""

    columns: ClassVar[tuple[str, ...]] = (
        "database", "page", "CPU ms", "CPU ratio", "ms", "ms ratio", "kB", "within the aims",
    )  # fmt: skip

    database: str
    page: str
    small: Rounds[Looked]
    large: Rounds[Looked]

    @property
    def cpu_ratio(self) -> float:
        """How many times the CPU it takes."""
        return self.large.ratio(self.small, lambda looked: looked.cpu)

    @property
    def is_within(self) -> bool:
        """Whether both aims are reached."""
        small = self.small.middle(lambda looked: looked.cpu)
        return small < AIM_MS and self.cpu_ratio <= AIM_TIMES

    def cells(self) -> list[str]:
        """The row of the table."""
        both = (self.small, self.large)
        return [
            self.database,
            self.page,
            " → ".join(f"{rounds.middle(lambda looked: looked.cpu):.0f}" for rounds in both),
            f"{self.cpu_ratio:.2f}",
            " → ".join(f"{rounds.middle(lambda looked: looked.wall):.0f}" for rounds in both),
            f"{self.large.ratio(self.small, lambda looked: looked.wall):.2f}",
            " → ".join(f"{rounds.middle(lambda looked: looked.size) / 1000:.0f}" for rounds in both),
            "yes" if self.is_within else "no",
        ]

    def verdicts(self) -> list[str]:
        """Said only of a page that misses an aim."""
        if self.is_within:
            return []
        cpu = self.small.middle(lambda looked: looked.cpu)
        return [
            f"{self.database}, {self.page}: {cpu:.0f} ms of CPU, {self.cpu_ratio:.2f}× with the large "
            f"tenant, {judged(False)} the aims of {AIM_MS:.0f} ms and {AIM_TIMES:g}×"
        ]

    def faults(self) -> list[str]:
        """None: a page that does not answer ends the run."""
        return []

    def as_dict(self) -> dict[str, object]:
        """The ratio and the medians."""
        return {
            "database": self.database,
            "page": self.page,
            "cpu_ratio": self.cpu_ratio,
            **{
                f"{name}_{figure}": rounds.middle(lambda looked, figure=figure: getattr(looked, figure))
                for name, rounds in (("small", self.small), ("large", self.large))
                for figure in ("cpu", "wall", "size")
            },
        }


def look_at_pages(place: Place, plan: Plan) -> Iterator[PageResult]:
    """Each page of both offices in turn."""
    place.log(f"{place.database}: an office, and one with {plan.events:,} events more")
    with opened(place, "pages_small") as small, opened(place, "pages_large", plan.events) as large:
        offices = {office.name: (office, _ids(office), _cpu_clock(office)) for office in (small, large)}
        place.log(f"{place.database}: {plan.rounds} rounds of {len(PAGES)} pages")
        for page, template in PAGES.items():
            candidates = {
                name: partial(_look, office, template.format(**ids), cpu)
                for name, (office, ids, cpu) in offices.items()
            }
            for warm in candidates.values():
                warm()
            found = in_turn(candidates, plan.rounds)
            yield PageResult(place.database, page, Rounds(found[small.name]), Rounds(found[large.name]))


def _look(office: Office, path: str, cpu: Callable[[], float]) -> Looked:
    before, begun, size = cpu(), time.perf_counter(), 0
    for _ in range(VIEWS):
        size = office.view(path)
    return Looked(
        cpu=(cpu() - before) / VIEWS * 1000, wall=(time.perf_counter() - begun) / VIEWS * 1000, size=size
    )


def _cpu_clock(office: Office) -> Callable[[], float]:
    """CPU seconds of this process; with PostgreSQL also those of its processes for this database, if they
    run on this machine."""
    if office.engine.dialect.name != "postgresql":
        return time.process_time

    def seconds() -> float:
        with office.engine.connect() as connection:
            pids = connection.exec_driver_sql(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid != pg_backend_pid()"
            ).scalars()
            return time.process_time() + sum(map(_used, pids))

    return seconds


def _used(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return times.user + times.system


def _ids(office: Office) -> dict[str, str]:
    """Of each kind a new one; of some, one far down in the list."""
    found = {name: office.scalar(_at(table, 3)) for name, table in IDS.items() if name != "payout"}
    found |= {
        f"deep_{name}": office.scalar(_at(IDS[name], office.scalar(_half(IDS[name]))))
        for name in ("order", "customer", "event")
    }
    found["payout"] = office.scalar(_at("commissions_payouts", 0))
    found["connection"] = office.scalar(f"SELECT id FROM connections WHERE {WHERE} AND plugin = 'lead'")
    partner = f"SELECT id FROM commissions_partners WHERE {WHERE} AND code = :code"
    found |= {"partner": office.scalar(partner, code="P-012"), "top": office.scalar(partner, code="P-003")}
    found["big"] = office.scalar(
        f"SELECT customer_id FROM orders WHERE {WHERE} AND customer_id IS NOT NULL"
        " GROUP BY customer_id ORDER BY count(*) DESC LIMIT 1"
    )
    return {name: str(UUID(str(value))) for name, value in found.items()}


def _at(table: str, offset: int) -> str:
    return f"SELECT id FROM {table} WHERE {WHERE} ORDER BY id DESC LIMIT 1 OFFSET {offset}"


def _half(table: str) -> str:
    return f"SELECT count(*) / 2 FROM {table} WHERE {WHERE}"
