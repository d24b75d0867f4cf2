"""Commissions mature by themselves, while the plugin is on."""

from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from hub.app import create_worker
from hub.records.tenants import CONNECTIONS, change_connection


def work(shop: Any) -> int:
    """What a worker does that is due."""
    return create_worker(shop.rooms, threads=1).run_due()


def switch(shop: Any, *, on: bool) -> None:
    with shop.rooms.database.write() as unit:
        its = (CONNECTIONS.c.tenant_id == shop.tenant_id, CONNECTIONS.c.plugin == "commissions")
        connection_id = unit.scalar(sa.select(CONNECTIONS.c.id).where(*its))
        change_connection(unit, connection_id, now=shop.clock(), enabled=on)


def statuses(shop: Any) -> set[str]:
    return {row["status"] for row in shop.lines("a")}


@pytest.fixture
def selling(shop: Any) -> Any:
    """A sale whose commissions are held back for a day."""
    shop.plan(percent=Decimal(10), levels=(Decimal(5),), hold_days=1)
    shop.partners("P-1", "P-2")
    work(shop)
    shop.sell("a")
    return shop


def test_commissions_mature_by_themselves_within_the_hour(selling: Any) -> None:
    selling.clock.advance(hours=23)
    assert (work(selling), statuses(selling)) == (1, {"pending"})
    selling.clock.advance(hours=1)
    assert (work(selling), statuses(selling)) == (1, {"matured"})
    assert (work(selling), len(selling.lines("a"))) == (0, 2)
    assert {row["matured_at"] for row in selling.lines("a")} == {selling.clock()}


def test_they_do_not_while_the_plugin_is_off(selling: Any) -> None:
    selling.clock.advance(days=2)
    switch(selling, on=False)
    assert (work(selling), statuses(selling)) == (0, {"pending"})

    switch(selling, on=True)
    selling.clock.advance(hours=1)
    assert (work(selling), statuses(selling)) == (1, {"matured"})
