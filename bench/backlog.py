"""Whether what one tenant has to send makes another wait: from a quiet tenant's request to the receipt of its
webhook, alone and beside very many deliveries of another tenant that are due.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import ClassVar
from uuid import UUID

import sqlalchemy as sa

from bench import load
from bench.dispatching import BOOKS
from bench.measuring import Target, warm_up
from bench.outbox import Outbox, receiving, set_up_outbox
from bench.places import Place
from bench.plan import Plan
from bench.receiver import collect
from bench.results import unbalanced
from bench.servers import BenchError, Server, create_tenant
from bench.verify import Account, account_deliveries, connected
from hub.records.deliveries import DELIVERIES
from hub.records.events import EVENTS

QUIET = "quiet"
REQUESTS = 20
RATE = 5.0
"""Requests of the quiet tenant a second, so that the last comes before a backlog of 10,000 is sent."""


@dataclass(frozen=True)
class Waiting:
    """Milliseconds from each request to the receipt of its webhook, and the books of all that was due."""

    milliseconds: Sequence[float]
    account: Account
    repeated: int

    @property
    def median(self) -> float:
        """What half of them did not exceed."""
        return statistics.median(self.milliseconds)


@dataclass(frozen=True)
class Backlog:
    """The quiet tenant alone, and beside the backlog."""

    columns: ClassVar[Sequence[str]] = (
        "database", "threads", "due", "first ms", "p50 ms", "max ms", *BOOKS,
    )  # fmt: skip

    database: str
    threads: int
    due: int
    alone: Waiting
    beside: Waiting

    def cells(self) -> list[str]:
        """The row of the table."""
        both = (self.alone, self.beside)
        account = self.alone.account + self.beside.account
        return [
            self.database,
            str(self.threads),
            f"0 → {self.due:,}",
            " → ".join(f"{one.milliseconds[0]:,.0f}" for one in both),
            " → ".join(f"{one.median:,.0f}" for one in both),
            " → ".join(f"{max(one.milliseconds):,.0f}" for one in both),
            f"{account.acknowledged:,}",
            str(account.lost),
            str(account.doubled),
            str(sum(one.repeated for one in both)),
        ]

    def verdicts(self) -> list[str]:
        """None: how long somebody may wait is for the reader to say."""
        return []

    def faults(self) -> list[str]:
        """Books that do not balance."""
        return unbalanced(self.alone.account + self.beside.account)

    def as_dict(self) -> dict[str, object]:
        """All figures."""
        return asdict(self)


def add_backlog(place: Place, plan: Plan) -> Iterator[Backlog]:
    """The quiet tenant's sales, alone and then while the worker sends the backlog."""
    with receiving(place, "backlog") as receiver:
        outbox = _with_neighbour(set_up_outbox(place, "backlog", receiver), receiver)
        with outbox.hub.running() as target, outbox.worker(plan.threads):
            warm_up(target)
            outbox.wait()
            place.log(f"{place.database}: a quiet tenant beside {plan.backlog:,} deliveries of another")
            alone = _wait(outbox, target, receiver, 0)
            beside = _wait(outbox, target, receiver, plan.backlog)
    yield Backlog(place.database, plan.threads, plan.backlog, alone, beside)


def _with_neighbour(outbox: Outbox, receiver: Server) -> Outbox:
    """The same hub with a second tenant, who has an endpoint too; requests are from that one."""
    hub = outbox.hub
    create_tenant(QUIET, hub.environment, hub.secret, hub.folder)
    hub.command("connection", "create", QUIET, "notifications")
    hub.command(
        "endpoint", "create", QUIET, f"http://127.0.0.1:{receiver.port}/", "--events", "transaction.*"
    )
    return replace(outbox, hub=replace(hub, tenants=(QUIET,)))


def _wait(outbox: Outbox, target: Target, receiver: Server, backlog: int) -> Waiting:
    collect(receiver.port)
    due: list[UUID] = []
    if backlog:
        outbox.fill(backlog)
        due = outbox.release()
    felt = load.run_paced(target.prepare(REQUESTS), target.server.port, RATE, REQUESTS)
    outbox.wait()
    arrived = collect(receiver.port).requests
    sent = _sent(target, felt.acknowledged)
    books = account_deliveries(target.database_url, [*due, *sent], arrived)
    return Waiting(list(sent.values()), books, len(arrived) - len({name for name, _ in arrived}))


def _sent(target: Target, acknowledged: Sequence[str]) -> dict[UUID, float]:
    """The deliveries of these sales in their order, and the milliseconds that each took. Raises BenchError if
    there is not one for each."""
    keys = [f"transaction.created:{name}" for name in acknowledged]
    query = (
        sa.select(DELIVERIES.c.id, EVENTS.c.received_at, DELIVERIES.c.finished_at)
        .join(EVENTS, DELIVERIES.c.event_id == EVENTS.c.id)
        .where(EVENTS.c.key.in_(keys))
        .order_by(EVENTS.c.received_at)
    )
    with connected(target.database_url) as connection:
        found = {
            row.id: (row.finished_at - row.received_at).total_seconds() * 1000
            for row in connection.execute(query)
        }
    if len(found) != REQUESTS:
        raise BenchError(f"{REQUESTS} sales of the quiet tenant led to {len(found)} deliveries")
    return found
