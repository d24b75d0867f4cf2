"""Erasing what is personal of a person: rows stay where others point to them or where the law wants them,
and lose what says whose they were."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from hub.records.applying.customers import DETAILS
from hub.records.audit import ENTRIES
from hub.records.database import Row, Unit
from hub.records.deliveries import ATTEMPTS, DELIVERIES, UNCLAIMED
from hub.records.effects import RUNS
from hub.records.emptying import empty, is_emptied
from hub.records.listing import SINGULAR
from hub.records.notifications import NOTIFICATIONS
from hub.records.personal import MOST_IDS, Rows

WHY = "erased"

ERASED = "–"
"""Stands where a text must stand."""

INVOICES_STAY = "issued invoices are kept as the law demands (§ 14b UStG, § 147 AO; Art. 17 (3) (b) GDPR)"
AMOUNTS_STAY = "amounts, dates and the provider's numbers of sales are kept for the books (§ 147 AO)"
PARKED_STAY = "parked events wait for their counterpart; they are emptied once it came"
ELSEWHERE_STAYS = "the customer is known from elsewhere, too"

_NOBODY: dict[str, Any] = {**dict.fromkeys(DETAILS), "extra": {}}

_BLANK: Mapping[str, Mapping[str, Any]] = {
    "order": {"email": None, "contact": {}, "subject": None, "extra": {}, "cancel_reason": None},
    "ticket": {"email": None, "contact": {}, "subject": ERASED, "extra": {}},
    "ticket_message": {"body": ERASED},
    "transaction": {"contact": None, "extra": {}},
    "reversal": {"reason": None, "extra": {}},
    "payment": {"reason": None, "extra": {}},
    "privacy_request": {"contact": None, "orders": [], "extra": {}, "status": "done"},
}
"""What the columns of a record say when nothing personal is left."""

_DRAFT: dict[str, Any] = {"email": None, "recipient": None, "address": None, "note": None, "extra": {}}


def erase_records(unit: Unit, held: Rows) -> dict[str, int]:
    """Blank these records, but for invoices that were issued. Gives how many changed, by kind."""
    changed = {"customer": _customers(unit, held["customer"])}
    for kind, blank in _BLANK.items():
        changed[kind] = _blank(unit, SINGULAR[kind], held[kind], blank)
    drafts = [row for row in held["invoice"] if row["status"] == "draft"]
    changed["invoice"] = _blank(unit, SINGULAR["invoice"], drafts, _DRAFT)
    return {kind: number for kind, number in changed.items() if number}


def erase_events(unit: Unit, events: Sequence[Row], now: datetime) -> int:
    """Empty these events, but for those that are parked."""
    ids = [row["id"] for row in events if row["outcome"] != "parked" and not is_emptied(row)]
    return sum(empty(unit, some, why=WHY, now=now) for some in _parts(ids))


def erase_deliveries(unit: Unit, deliveries: Sequence[Row]) -> int:
    """What was sent loses its content; what was not is not sent any more."""
    full = [row for row in deliveries if row["content"] or row["state"] == "pending"]
    for some in _parts([row["id"] for row in full]):
        these = DELIVERIES.c.id.in_(some)
        pending = sa.update(DELIVERIES).where(these, DELIVERIES.c.state == "pending")
        unit.execute(pending.values(state="cancelled", **UNCLAIMED))
        unit.execute(
            sa.update(DELIVERIES)
            .where(these)
            .values(content={}, last_error=None, target=_without_address(DELIVERIES.c.target))
        )
        answers = sa.update(ATTEMPTS).where(ATTEMPTS.c.delivery_id.in_(some))
        unit.execute(answers.values(answer="", error=None))
    return len(full)


def erase_traces(unit: Unit, record_ids: Sequence[UUID]) -> dict[str, int]:
    """What members were told, what the audit log remembers, and tracebacks of receivers, about these."""
    told = logged = 0
    for some in _parts(record_ids):
        notices = sa.update(NOTIFICATIONS).where(
            NOTIFICATIONS.c.record_id.in_(some), NOTIFICATIONS.c.title != ERASED
        )
        told += unit.execute(notices.values(title=ERASED, text=ERASED)).rowcount
        entries = sa.select(ENTRIES.c.id, ENTRIES.c.before, ENTRIES.c.after).where(
            ENTRIES.c.object_id.in_([str(one) for one in some]), ENTRIES.c.action.not_like("%.erased")
        )
        ids = [row["id"] for row in unit.rows(entries) if row["before"] or row["after"]]
        unit.execute(sa.update(ENTRIES).where(ENTRIES.c.id.in_(ids)).values(before={}, after={}))
        logged += len(ids)
        failed = RUNS.c.reason.is_not(None) & RUNS.c.state.in_(("failed", "dead"))
        unit.execute(sa.update(RUNS).where(RUNS.c.record_id.in_(some), failed).values(reason=WHY))
    found = {"notification": told, "audit_entry": logged}
    return {kind: number for kind, number in found.items() if number}


def reasons(held: Rows, events: Sequence[Row]) -> dict[str, str]:
    """Why something of the person stays, by the word for many."""
    kept = {}
    if any(row["status"] != "draft" for row in held["invoice"]):
        kept["invoices"] = INVOICES_STAY
    if held["order"] or held["transaction"]:
        kept["sales"] = AMOUNTS_STAY
    if any(row["outcome"] == "parked" for row in events):
        kept["parked events"] = PARKED_STAY
    return kept


def _customers(unit: Unit, rows: Sequence[Row]) -> int:
    """Each gets an address that is nobody's, because one must stand there and be no other's."""
    customers = SINGULAR["customer"]
    for row in rows:
        address = f"erased-{row['id']}@erased.invalid"
        values: dict[str, Any] = {"email": address, "email_key": address, **_NOBODY}
        unit.execute(sa.update(customers).where(customers.c.id == row["id"]).values(**values))
    return len(rows)


def _blank(unit: Unit, source: sa.Table, rows: Sequence[Row], blank: Mapping[str, Any]) -> int:
    """Those of the rows that still say something."""
    ids = [row["id"] for row in rows if any(row[name] != value for name, value in blank.items())]
    for some in _parts(ids):
        unit.execute(sa.update(source).where(source.c.id.in_(some)).values(**blank))
    return len(ids)


def _without_address(target: sa.Column[str]) -> sa.ColumnElement[str]:
    """A target that is an e-mail address says no more whose; that of an endpoint stays."""
    is_address = target.contains("@") & target.not_like("http%")
    return sa.case((is_address, ERASED), else_=target)


def _parts(ids: Sequence[UUID]) -> list[Sequence[UUID]]:
    return [ids[start : start + MOST_IDS] for start in range(0, len(ids), MOST_IDS)]
