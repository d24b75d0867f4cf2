"""Exports: all records of a kind as CSV, streamed."""

import csv
import io
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response
from pydantic import Field

from hub.api.call import Call
from hub.api.operation import Resource
from hub.api.problems import Problem
from hub.api.resources import customers, invoices, orders, payments, tickets, transactions
from hub.api.shapes import Asked, Instant, Record
from hub.records import paging
from hub.records.database import Row
from hub.records.listing import readable
from hub.records.paging import Wanted
from hub.records.scopes import READ_RECORDS
from hub.support import jsontext
from hub.support.ids import new_id

resource = Resource("exports", "All records of a kind as one CSV file, however many they are.")

MEDIA_TYPE = "text/csv; charset=utf-8"
AT_ONCE = 500
"""Rows that are read in one transaction."""

MOST_STREAMS = 2
"""How many exports one company may have under way in one process: each holds a thread."""

FORMULA = re.compile(r"[=+\-@\t\r]")
NUMBER = re.compile(r"-?\d+(\.\d+)?")

Read = Callable[[Row], Mapping[str, Any]]


@dataclass(frozen=True)
class Kind:
    """What of a kind is exported: the form of its records, and how a row is read into it."""

    form: type[Record]
    reader: Callable[[Call], Read]


KINDS: Mapping[str, Kind] = {
    "customers": Kind(customers.Customer, lambda _: readable),
    "orders": Kind(orders.Order, lambda _: orders.told),
    "tickets": Kind(tickets.Ticket, lambda _: tickets.told),
    "invoices": Kind(invoices.Invoice, invoices.told),
    "payments": Kind(payments.Payment, lambda _: readable),
    "transactions": Kind(transactions.Transaction, lambda _: readable),
    "reversals": Kind(transactions.Reversal, lambda _: readable),
}


class Turns:
    """Counts the exports that are under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: Counter[UUID] = Counter()

    def take(self, tenant_id: UUID) -> Callable[[], None]:
        """One more; gives how to end it. Raises Problem for one too many."""
        with self._lock:
            if self._under_way[tenant_id] >= MOST_STREAMS:
                raise Problem(
                    "rate-limited",
                    f"{MOST_STREAMS} exports of your company are under way; wait until one has ended.",
                    headers={"Retry-After": "10"},
                )
            self._under_way[tenant_id] += 1

        def end() -> None:
            with self._lock:
                self._under_way[tenant_id] -= 1

        return end


TURNS = Turns()


class ExportAsked(Asked):
    """Which records."""

    since: Instant | None = Field(None, description="Created at this time or later.")
    until: Instant | None = Field(None, description="Created before this time.")


@resource.get(f"/exports/<any({','.join(KINDS)}):kind>.csv", scope=READ_RECORDS, media_type="text/csv")
def export_records(call: Call, kind: str, asked: ExportAsked) -> Response:
    """Export all records of a kind as CSV.

    Oldest first, with a line of names, in UTF-8, with commas between (RFC 4180). What is nested stands in a
    cell as JSON. A text that a spreadsheet would take for a formula has an apostrophe before it. What is
    added while the export runs is not in it.
    """
    end = TURNS.take(call.tenant_id)
    response = Response(_lines(call, kind, asked), content_type=MEDIA_TYPE)
    response.call_on_close(end)
    response.headers["Content-Disposition"] = f'attachment; filename="{kind}.csv"'
    return response


def _lines(call: Call, kind: str, asked: ExportAsked) -> Iterator[str]:
    form, read = KINDS[kind].form, KINDS[kind].reader(call)
    names = list(form.model_fields)
    yield _written([names])
    for rows in _batches(call, kind, Wanted(since=asked.since, until=asked.until)):
        records = (form.model_validate(read(row)) for row in rows)
        yield _written([_cell(getattr(record, name)) for name in names] for record in records)


def _batches(call: Call, kind: str, wanted: Wanted) -> Iterator[Sequence[Row]]:
    """The rows, batch by batch: nobody's slow connection holds one of the database's meanwhile."""
    after, up_to = None, new_id()
    while True:
        with call.read() as unit:
            rows = paging.onward(unit, kind, call.tenant_id, wanted, after=after, up_to=up_to, limit=AT_ONCE)
        if rows:
            yield rows
            after = rows[-1]["id"]
        if len(rows) < AT_ONCE:
            return


def _written(lines: Any) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue()


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str():
            return _harmless(value)
        case dict() | list():
            return _harmless(jsontext.encode_text(_plain(value)))
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case _:
            return str(value)


def _plain(value: Any) -> Any:
    """Positions as mappings."""
    return [one.model_dump() for one in value] if isinstance(value, list) else value


def _harmless(text: str) -> str:
    """No text may begin as a formula does; numbers stay numbers."""
    return f"'{text}" if FORMULA.match(text) and not NUMBER.fullmatch(text) else text
