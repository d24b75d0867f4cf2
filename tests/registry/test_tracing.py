"""Tracing on both databases: the same chain, and no table is looked through for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from hub.records import lineage
from hub.records.listing import SINGULAR
from hub.registry.tracing import Node, Trace

SaleBody = Callable[..., dict[str, Any]]


@pytest.fixture
def busy(site: Any, sale: SaleBody) -> Any:
    """A hub with effects, and a sale that was refunded."""
    for effect in ("commissions", "notifications"):
        site.connect(effect)
    assert site.send(sale()).status_code == 200
    assert site.send({"event": "transaction.refunded", "externalId": "t-1"}).status_code == 200
    return site


def trace(site: Any, wanted: Any, tenant_id: Any = None) -> Trace | None:
    with site.rooms.database.read() as unit:
        found: Trace | None = site.rooms.tracer.trace(unit, wanted, tenant_id)
    return found


def everything(node: Node) -> Iterator[Node]:
    yield node
    for other in (*node.comes_from, *node.set_off):
        yield from everything(other)


def test_the_chain_is_the_same_on_each_database(busy: Any) -> None:
    sold = busy.record("transactions")
    refunded, made = busy.events()

    up = trace(busy, sold["id"])
    down = trace(busy, refunded["id"], busy.tenant_id())

    assert up is not None
    assert up.events == (made["id"],)
    assert {one.kind for one in up.root.set_off} == {"effect", "no_commission"}
    assert down is not None
    assert [(one.kind, one.id) for one in down.root.set_off] == [
        ("reversal", busy.record("reversals")["id"]),
        ("transaction", sold["id"]),
    ]
    assert all(one.event_id == refunded["id"] for one in everything(down.root) if one.kind == "effect")
    assert not up.silent


def test_another_tenant_finds_nothing(busy: Any) -> None:
    other = busy.add_tenant("zweite")
    found = trace(busy, busy.events()[0]["id"])
    assert found is not None

    ids = {node.id for node in everything(found.root) if node.id is not None}

    assert len(ids) > 5
    assert [its_id for its_id in ids if trace(busy, its_id, other)] == []
    assert all(trace(busy, its_id, busy.tenant_id()) for its_id in ids)


@contextmanager
def statements(site: Any) -> Iterator[list[tuple[str, Any]]]:
    """What is asked of the database meanwhile."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            seen.append((statement, parameters))

    engine = site.rooms.database.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)


def test_no_table_is_looked_through(make_app: Any, sqlite_url: str, sale: SaleBody) -> None:
    site = make_app(sqlite_url)
    site.add_tenant("musterfirma")
    for effect in ("commissions", "notifications"):
        site.connect(effect)
    site.send(sale())
    wanted = [row["id"] for row in (*site.events(), *site.records("transactions"))]
    with statements(site) as seen:
        for its_id in (*wanted, site.tenant_id()):
            trace(site, its_id)
            trace(site, its_id, site.tenant_id())

    assert seen
    with site.rooms.database.engine.connect() as connection:
        plans = {
            step[-1]
            for statement, parameters in set(seen)
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        }
    assert [step for step in plans if step.startswith("SCAN") or "(tenant_id=?)" in step] == []


def test_every_record_has_its_trace() -> None:
    assert set(lineage.RECORDS) == set(SINGULAR)
