"""Nobody waits behind another tenant's backlog, and what is finished costs nothing."""

import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from hub.app import create_worker
from hub.deliveries.backoff import next_delay
from hub.deliveries.buffer import Buffer
from hub.deliveries.rota import Rota
from hub.records import due
from hub.records.deliveries import DELIVERIES, LANE, Claim
from hub.support.ids import new_id

BACKLOG = 3000


def fill(office: Any, number: int, *, tenant: str = "musterfirma", state: str = "pending") -> None:
    """Many deliveries in a moment."""
    now = office.site.clock()
    row = {
        "tenant_id": office.site.tenant_id(tenant),
        "created_at": now,
        "channel": "post",
        "target": f"{office.receiver.url}/{tenant}",
        "state": state,
        "attempts": 0,
        "schedule_from": 0,
        "next_at": now,
        "content": {},
    }
    with office.site.rooms.database.write() as unit:
        unit.execute(sa.insert(DELIVERIES), [row | {"id": new_id()} for _ in range(number)])


def waiting(office: Any) -> dict[UUID, Any]:
    with office.site.rooms.database.read() as unit:
        return {one.tenant_id: one.first_at for one in due.waiting(unit, LANE)}


def test_tenants_with_open_work_are_found(office: Any) -> None:
    neighbour, third = office.site.add_tenant("nachbar"), office.site.add_tenant("dritter")
    now = office.site.clock()
    assert waiting(office) == {}
    fill(office, 3)
    fill(office, 2, tenant="dritter", state="done")
    office.post(tenant="nachbar", at=now + timedelta(hours=2))
    office.post(tenant="nachbar", at=now + timedelta(hours=1))

    assert waiting(office) == {office.site.tenant_id(): now, neighbour: now + timedelta(hours=1)}
    office.post(tenant="dritter")
    assert waiting(office)[third] == now


def test_a_backlog_does_not_delay_another_tenant_s_first(office: Any) -> None:
    office.site.add_tenant("nachbar")
    fill(office, 100)
    office.post(tenant="nachbar")
    office.work(threads=1)

    arrived = [request.tenant for request in office.receiver.requests]
    assert Counter(arrived) == {"musterfirma": 100, "nachbar": 1}
    assert arrived.index("nachbar") <= 1


def test_not_even_one_that_comes_while_the_backlog_is_sent(office: Any, answers: Any, capsys: Any) -> None:
    """A large backlog, a running worker, and then another tenant's first delivery."""
    office.site.add_tenant("nachbar")
    fill(office, BACKLOG)
    before = threading.Event()
    came: list[int] = []

    def answer(request: Any) -> Any:
        if request.tenant == "nachbar":
            came.append(len(office.receiver.requests))
        elif len(office.receiver.requests) > 50:
            before.set()
        return answers(200)

    office.receiver.answer = answer
    engine = create_worker(office.site.rooms, threads=4)
    engine.start()
    try:
        assert before.wait(20)
        office.post(tenant="nachbar")
        committed = len(office.receiver.requests)
        until = time.monotonic() + 10
        while not came and time.monotonic() < until:
            time.sleep(0.005)
    finally:
        engine.stop(10)
    with capsys.disabled():
        sys.stdout.write(f"\nat the commit {committed} had been sent, the neighbour's first was {came[:1]}\n")
    assert came
    assert len(office.receiver.requests) < BACKLOG
    assert came[0] - committed < 80


@pytest.mark.parametrize("finished", [20_000])
def test_finished_deliveries_are_not_looked_at(office: Any, finished: int) -> None:
    fill(office, finished, state="done")
    office.post()
    engine = office.site.rooms.database.engine
    statements: list[tuple[str, Any]] = []
    sa.event.listen(
        engine, "before_cursor_execute", lambda c, cursor, text, values, *_: statements.append((text, values))
    )
    tenant_id, now = office.site.tenant_id(), office.site.clock()
    with office.site.rooms.database.write() as unit:
        if unit.dialect == "postgresql":
            unit.execute(sa.text("ANALYZE deliveries"))
        statements.clear()
        due.waiting(unit, LANE)
        due.take(unit, LANE, tenant_id, now, 10)
        explain = "EXPLAIN " if unit.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
        plans = [
            " ".join(str(row) for row in unit.connection.exec_driver_sql(explain + text, values))
            for text, values in list(statements)
        ]
    assert len(plans) == 2
    for plan in plans:
        assert "ix_deliveries_due" in plan
        assert "ix_deliveries_tenant" not in plan
        assert "Seq Scan on deliveries" not in plan


TENANTS = sorted(new_id() for _ in range(5))


def test_turns_go_round() -> None:
    rota = Rota()
    assert rota.shares(TENANTS, 2, lambda _one: 9) == [(TENANTS[0], 1), (TENANTS[1], 1)]
    assert [one for one, _ in rota.shares(TENANTS, 2, lambda _one: 9)] == TENANTS[2:4]
    assert [one for one, _ in rota.shares(TENANTS, 2, lambda _one: 9)] == [TENANTS[4], TENANTS[0]]


@given(st.integers(0, 50), st.dictionaries(st.sampled_from(TENANTS), st.integers(0, 20)))
def test_shares_are_fair(places: int, wanted: dict[UUID, int]) -> None:
    shares = dict(Rota().shares(list(wanted), places, lambda one: wanted[one]))

    assert sum(shares.values()) == min(places, sum(wanted.values()))
    for one, share in shares.items():
        assert 0 < share <= wanted[one]
    for one, want in wanted.items():  # who got less than wanted got as much as anybody, less one
        if shares.get(one, 0) < want:
            assert shares.get(one, 0) >= max(shares.values(), default=0) - 1


@given(
    st.lists(st.integers(0, 10_000), min_size=1),
    st.integers(0, 20),
    st.floats(0, 1, exclude_max=True),
    st.none() | st.integers(0, 10**9),
)
def test_delays_stay_within_the_schedule(
    schedule: list[int], made: int, dice: float, asked: int | None
) -> None:
    delay = next_delay(schedule, made, lambda: dice, retry_after=asked)

    if made >= len(schedule):
        assert delay is None
    else:
        assert delay is not None
        longest = min(asked or 0, 24 * 60 * 60)
        assert max(schedule[made] / 2, longest) <= delay <= max(schedule[made], longest)


def claim_of(tenant_id: UUID, clock: Any) -> Claim:
    return Claim(
        id=new_id(),
        tenant_id=tenant_id,
        channel="post",
        target="",
        content={},
        attempts=0,
        schedule_from=0,
        created_at=clock(),
        by="me",
        until=clock(),
    )


def test_a_tenant_with_slow_receivers_leaves_threads_to_others(clock: Any) -> None:
    buffer = Buffer(4)
    first, second = TENANTS[:2]
    buffer.put([claim_of(first, clock) for _ in range(16)])
    buffer.put([claim_of(second, clock) for _ in range(16)])
    taken = [buffer.take() for _ in range(2)]
    assert [one.tenant_id for one in taken if one] == [first, second]  # in turns
    second_claim = taken[1]
    assert second_claim
    buffer.sent(second_claim)
    for _ in range(2):
        one = buffer.take()
        while one and one.tenant_id == second:
            buffer.sent(one)
            one = buffer.take()
    got = buffer.take()
    assert got
    assert got.tenant_id == second  # three of four threads hold the first: it gets no fourth

    assert buffer.places_of(first) == 0  # more than half is left
    left = buffer.close()
    assert {one.tenant_id for one in left} == {first, second}
    assert buffer.take() is None
