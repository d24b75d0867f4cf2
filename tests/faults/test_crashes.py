"""The short form of ``make faults``: some of its scenarios with few points, on both databases; and that its
books would notice what they are there for."""

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hub_commissions.records.tables import LINES

from hub.records.outbox import DELIVERIES
from hub.records.tables import AuditEntry, Notification, Order, Transaction
from hub.records.tenants import table
from hub.support.ids import new_id
from tests.faults.crashes import books
from tests.faults.crashes.catalogue import CATALOGUE
from tests.faults.crashes.databases import Database, Postgres, Sqlite
from tests.faults.crashes.office import Office, office
from tests.faults.crashes.points import BY_NUMBER, POINTS
from tests.faults.crashes.scenarios import disk, kills
from tests.faults.crashes.traffic import plan
from tests.faults.crashes.trial import Account, Trial

SECONDS = 240.0
POSTGRES_VARIABLE = "HUB_TEST_POSTGRES_URL"

CHOSEN = [BY_NUMBER[number] for number in (5, 6, 9, 11, 17, 21)]
"""A point of each kind: inside the transaction, between commit and answer, between sending and noting."""


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("HUB_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 2**31)


@pytest.fixture
def make_trial(request: pytest.FixtureRequest, seed: int) -> Callable[[str, str], Trial]:
    def make(scenario: str, kind: str) -> Trial:
        database: Database = Sqlite()
        if kind == "postgresql":
            request.getfixturevalue("postgres")  # skips where there is none
            database = Postgres(os.environ[POSTGRES_VARIABLE])
        return Trial(scenario, database, seed, time.monotonic() + SECONDS)

    return make


def require_balance(account: Account, kills: int) -> None:
    assert not account.faults, f"{account.faults}\nseed {account.seed}; in full: {account.command}"
    assert account.kills >= kills
    assert account.accepted > 0
    assert (account.lost, account.doubled, account.halved) == (0, 0, 0)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_at_points_nothing_is_lost_or_doubled(
    make_trial: Callable[[str, str], Trial], kind: str
) -> None:
    account = kills.at_points(make_trial("points", kind), rounds=1, points=CHOSEN)
    require_balance(account, len(CHOSEN))


def test_a_full_disk_loses_nothing(make_trial: Callable[[str, str], Trial]) -> None:
    require_balance(disk.full(make_trial("full", "sqlite"), rounds=1), 1)


def test_a_seed_decides_the_schedule_and_the_traffic() -> None:
    same = [
        (kills.schedule(random.Random("7"), 3), plan("7", "b1", 20), plan("7", "b2", 20)) for _ in range(2)
    ]
    assert same[0] == same[1]
    assert kills.schedule(random.Random("8"), 3) != same[0][0]
    assert plan("8", "b1", 20) != same[0][1] != same[0][2]


def test_every_point_is_killed_at_in_every_round() -> None:
    for one_round in kills.schedule(random.Random("7"), 2):
        assert sorted(kill.point.number for kill in one_round) == list(range(1, len(POINTS) + 1))
    assert set(CATALOGUE) >= {"points", "instants", "stopped", "terminated", "cut", "full", "clocks"}


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office after quiet traffic."""
    folder = tmp_path_factory.mktemp("office")
    with office(f"sqlite:///{folder / 'hub.db'}", folder) as made:
        made.start_all()
        made.await_that(made.serves, "server", 60)
        under_way = made.senders.begin(plan("7", "quiet", 12))
        made.await_that(lambda: under_way.done, "end", 60)
        made.await_that(lambda: books.open_work(made.database_url) == 0, "rest", 60)
        made.end_all()
        yield made


NOTIFICATIONS, ORDERS, SALES, ECHOES = map(table, (Notification, Order, Transaction, AuditEntry))


def some(one: sa.Table) -> Any:
    """The condition that means one row of it."""
    return one.c.id == sa.select(sa.func.min(one.c.id)).scalar_subquery()


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (sa.select(1), ""),
        (sa.delete(NOTIFICATIONS).where(some(NOTIFICATIONS)), "notifications 2 of 3"),
        (sa.delete(LINES).where(some(LINES)), "level"),
        (sa.update(LINES).values(amount_minor=7).where(some(LINES)), "commission of level"),
        (sa.update(DELIVERIES).values(state="dead").where(some(DELIVERIES)), "delivered"),
        (sa.delete(ECHOES).where(ECHOES.c.object_kind == "echo"), "background effects 0 of 1"),
        (sa.update(ORDERS).values(event_id=None).where(some(ORDERS)), "records 0 of 1"),
        (sa.update(SALES).values(refunded_minor=1), "refunded"),
    ],
    ids=["nothing", "notification", "line", "amount", "delivery", "effect", "record", "refund"],
)
def test_the_books_notice_what_is_missing(settled: Office, change: sa.Executable, found: str) -> None:
    faults = after(settled, change)
    assert found in faults
    assert bool(faults) == bool(found)


@pytest.mark.parametrize(("one", "found"), [(NOTIFICATIONS, "notifications 4"), (ECHOES, "effects 2")])
def test_the_books_notice_what_is_there_twice(settled: Office, one: sa.Table, found: str) -> None:
    engine = sa.create_engine(settled.database_url, poolclass=sa.NullPool)
    last = sa.select(one).order_by(one.c.id.desc()).limit(1)
    with engine.connect() as connection:
        row = connection.execute(last).mappings().one()
    assert f"{found} instead of" in after(settled, sa.insert(one).values({**row, "id": new_id()}))


def after(made: Office, change: sa.Executable) -> str:
    """What the books say of a copy of the database after that."""
    copy = made.folder / "copy.db"
    copy.write_bytes(Path(sa.make_url(made.database_url).database or "").read_bytes())
    engine = sa.create_engine(f"sqlite:///{copy}", poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(change)
    senders = made.senders
    return str(books.check(f"sqlite:///{copy}", senders.sent, senders.answers, made.receiver.requests))
