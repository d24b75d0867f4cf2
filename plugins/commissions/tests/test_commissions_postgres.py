"""The ledger on PostgreSQL, with several writers at once."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from hub_commissions.records import payouts
from hub_commissions.terms import Tier

import hub
from hub.records.tables.base import Table

LEVELS = (Decimal(5), Decimal(2), Decimal(1))


@pytest.fixture(scope="module")
def server(postgres_url: str, open_shop: Callable[[str], Any]) -> Iterator[Any]:
    """One shop on PostgreSQL."""
    shop = open_shop(postgres_url)
    shop.plan(percent=Decimal(10), levels=LEVELS)
    shop.partners("P-1", "P-2", "P-3")
    yield shop
    shop.rooms.database.close()


def sold(shop: Any, name: str, **fields: Any) -> hub.TransactionCreated:
    given = {"external_id": name, "gross": hub.Money(10000, "EUR"), "occurred_at": shop.clock()}
    return hub.TransactionCreated(**{**given, "partner_code": "P-1", **fields})


def refunded(shop: Any, name: str, minor: int, number: int) -> hub.TransactionRefunded:
    return hub.TransactionRefunded(
        external_id=f"{name}-{number}",
        refers_to=(name,),
        amount=hub.Money(minor, "EUR"),
        occurred_at=shop.clock(),
    )


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """All calls in threads of their own, started together."""
    ready = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        ready.wait(10)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_the_migrations_make_the_declared_tables(engine: str, request: pytest.FixtureRequest) -> None:
    postgres = engine == "postgresql"
    url = (
        request.getfixturevalue("postgres_url")
        if postgres
        else f"sqlite:///{request.getfixturevalue('migrated')}"
    )
    engine_ = sa.create_engine(url, poolclass=sa.NullPool)
    options = {"compare_type": True, "include_name": of_the_plugin, "include_object": made_by_the_plugin}
    with engine_.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Table.metadata) == []


def of_the_plugin(name: str | None, kind: str, parents: Any) -> bool:
    return kind != "table" or (name or "").startswith("commissions_")


def made_by_the_plugin(_object: Any, name: str, kind: str, _reflected: bool, _other: Any) -> bool:
    return of_the_plugin(name, kind, {})


def test_a_sale_its_refunds_and_maturing_at_once(server: Any) -> None:
    server.tell(sold(server, "busy"))
    calls = [lambda number=number: server.tell(refunded(server, "busy", 1000, number)) for number in range(6)]
    at_once(*calls, *([server.mature] * 4))

    assert server.failed() == []
    assert server.net("busy") == {("P-1", 0): Decimal(4), ("P-2", 1): Decimal(2), ("P-3", 2): Decimal("0.8")}


def test_two_payouts_at_once_pay_nothing_twice(server: Any) -> None:
    server.tell(sold(server, "once"))

    def gather() -> Any:
        with server.rooms.database.write() as unit:
            return payouts.create(unit, server.tenant_id, server.clock())

    found = [one for one in at_once(gather, gather, gather) if one]
    assert len(found) == 1
    assert {row["payout"] for row in server.lines("once")} == {1}


def test_sales_of_one_seller_at_once_reach_the_same_tiers(server: Any) -> None:
    tiers = (
        Tier(turnover=Decimal(200), percent=Decimal(12)),
        Tier(turnover=Decimal(400), percent=Decimal(15)),
    )
    server.plan("tiered", percent=Decimal(10), tiers=tiers, levels=LEVELS)
    server.clock.advance(seconds=1)
    server.partners("S-1", "S-2")
    days = [server.clock().replace(day=day) for day in (6, 3, 5, 1, 4, 2)]

    def sell(number: int) -> None:
        name = f"tier-{days[number].day}"
        answers = [
            server.tell(sold(server, name, partner_code="S-1", occurred_at=days[number])),
            server.tell(refunded(server, name, 10000, 1)) if days[number].day == 2 else None,
        ]
        assert {answer.status_code for answer in answers if answer} == {200}

    at_once(*(lambda number=number: sell(number) for number in range(6)))
    server.retry()

    nets = [server.net(f"tier-{day}").get(("S-1", 0), 0) for day in range(1, 7)]
    assert nets == [10, 0, 12, 12, 15, 15]
