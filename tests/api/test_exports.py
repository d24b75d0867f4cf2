"""All records of a kind as CSV."""

import csv
import io
import tracemalloc
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from hub.api.resources.exports import MOST_STREAMS
from hub.contract.facts import OrderPlaced, Person
from hub.records.applying.customers import CUSTOMERS
from hub.support.ids import new_id
from tests.api.conftest import Caller, MakeCaller, problem

Sale = Callable[..., dict[str, Any]]
BESIDE = ["orders", "tickets", "invoices", "payments", "reversals"]


def _read(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer.content_type == "text/csv; charset=utf-8"
    text = answer.get_data(as_text=True)
    answer.close()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_an_export_has_what_the_list_has(site: Any, caller: Caller, sale: Sale) -> None:
    for number in range(3):
        site.send(sale(f"t-{number}", customer={"email": f"k{number}@example.com"}))
        site.clock.advance(hours=1)
    rows = _read(caller.get("/exports/transactions.csv"))
    listed = caller.all("/transactions")

    assert [row["id"] for row in rows] == [one["id"] for one in reversed(listed)]
    assert rows[0]["gross"] == "119.00"
    assert rows[0]["created_at"] == "2026-06-01T12:00:00Z"
    assert list(rows[0]) == list(listed[0])
    assert len(_read(caller.get("/exports/customers.csv", since="2026-06-01T13:00:00Z"))) == 2
    for kind in BESIDE:
        assert _read(caller.get(f"/exports/{kind}.csv")) == []


def test_no_cell_is_a_formula(site: Any, caller: Caller) -> None:
    for text in ("=1+1", "+49 170", "-x", "@SUM(A1)", "\t=1", "-5"):
        site.tell(OrderPlaced(external_id=text, customer=Person(email="erika@example.com"), subject=text))

    told = {row["subject"] for row in _read(caller.get("/exports/orders.csv"))}
    assert told == {"'=1+1", "'+49 170", "'-x", "'@SUM(A1)", "'\t=1", "-5"}


def test_nothing_of_a_neighbour_is_exported(
    site: Any, make_caller: MakeCaller, caller: Caller, sale: Sale
) -> None:
    site.add_tenant("nachbar")
    site.send(sale(), tenant="nachbar")

    assert _read(caller.get("/exports/transactions.csv")) == []
    assert len(_read(make_caller(tenant="nachbar").get("/exports/transactions.csv"))) == 1
    assert problem(caller.get("/exports/secrets.csv")) == (404, "not-found")


def test_a_long_export_takes_no_more_memory_than_a_short_one(site: Any, caller: Caller) -> None:
    _many(site, 3_000)
    tracemalloc.start()
    answer = caller.ask("GET", "/exports/customers.csv", buffered=False)
    peaks, size = [], 0
    for piece in answer.response:
        size += len(piece)
        peaks.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    answer.close()

    assert len(peaks) == 7
    assert size > 500_000
    assert max(peaks[4:]) < 1.3 * max(peaks[1:4])


def test_few_exports_run_at_once(site: Any, caller: Caller) -> None:
    _many(site, 600)
    path = "/exports/customers.csv"
    running = [caller.ask("GET", path, buffered=False) for _ in range(MOST_STREAMS)]
    refused = caller.get(path)
    for answer in running:
        answer.close()

    assert problem(refused) == (429, "rate-limited")
    assert refused.headers["Retry-After"] == "10"
    assert len(_read(caller.get(path))) == 600


def _many(site: Any, number: int) -> None:
    row = {"tenant_id": site.tenant_id(), "created_at": site.clock(), "extra": {"more": "x" * 200}}
    rows = [
        {**row, "id": new_id(), "email": f"k{n}@example.com", "email_key": f"k{n}@example.com"}
        for n in range(number)
    ]
    with site.rooms.database.write() as unit:
        unit.execute(sa.insert(CUSTOMERS), rows)
