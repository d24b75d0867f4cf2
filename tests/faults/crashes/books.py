"""The books: what was accepted must be there once with all that follows from it, what was not accepted
must be there whole or not at all, and nothing may be there that nobody sent.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from hub_commissions.records.tables import LINES

from hub.records.database import Row
from hub.records.reach import whole
from hub.records.tables import (
    AuditEntry,
    Customer,
    Delivery,
    EffectRun,
    InboundEvent,
    Notification,
    Order,
    Reversal,
    Tenant,
    Ticket,
    TicketMessage,
    Transaction,
)
from hub.records.tenants import table
from tests.deliveries.receiving import Request
from tests.faults.crashes.echo import ECHO
from tests.faults.crashes.furnish import MEMBERS
from tests.faults.crashes.traffic import Answer, Message

COMMISSIONS = (1000, 500, 400)
"""What the seller and their sponsors get of each sale, in cents."""

ENDPOINTS = {"sale": 2, "refund": 2, "order": 1, "ticket": 1}
"""How many endpoints listen to such a message's event."""

EVENTS, EFFECTS, DELIVERIES, TENANTS = table(InboundEvent), table(EffectRun), table(Delivery), table(Tenant)
RECORDS = {"sale": table(Transaction), "order": table(Order), "ticket": table(Ticket)}

Rows = Sequence[Row]


@dataclass
class Faults:
    """What is wrong, each in a few words. All empty: the books balance."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    halved: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """Whether anything is."""
        return bool(self.lost or self.doubled or self.halved or self.strange)

    def __str__(self) -> str:
        named = {
            "lost": self.lost,
            "doubled": self.doubled,
            "half done": self.halved,
            "strange": self.strange,
        }
        return "\n".join(f"{name}: {one}" for name, found in named.items() for one in found[:8])


def check(
    database_url: str, sent: Iterable[Message], answers: Iterable[Answer], came: Sequence[Request]
) -> Faults:
    """Look everything up that was ever said, with the hub at rest."""
    engine = sa.create_engine(whole(database_url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        ledger = _Ledger.read(connection)
    faults = Faults()
    accepted = _check_answers(ledger, answers, faults)
    known = set(sent)
    for message in known:
        _check_message(ledger, message, message in accepted, faults)
    _check_strangers(ledger, known, faults)
    _check_arrivals(ledger, came, faults)
    return faults


def open_work(database_url: str, *, tenant: str | None = None, due_by: datetime | None = None) -> int:
    """How many effects and deliveries are still to be done, of one tenant or all, by some instant or ever."""
    engine = sa.create_engine(whole(database_url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        return sum(connection.scalar(_open(lane, tenant, due_by)) or 0 for lane in (EFFECTS, DELIVERIES))


def _open(lane: sa.Table, tenant: str | None, due_by: datetime | None) -> sa.Select[int]:
    query = sa.select(sa.func.count()).select_from(lane).where(lane.c.state.in_(("pending", "failed")))
    if tenant is not None:
        owner = sa.select(TENANTS.c.id).where(TENANTS.c.slug == tenant).scalar_subquery()
        query = query.where(lane.c.tenant_id == owner)
    return query if due_by is None else query.where(lane.c.next_at <= due_by)


@dataclass(frozen=True)
class _Ledger:
    """All rows, found by the event that they go back to."""

    events: Rows
    by_key: Mapping[str, Rows]
    records: Mapping[str, Mapping[Any, Rows]]
    sales: Mapping[str, Rows]
    parts: Mapping[str, Mapping[Any, Rows]]
    lines: Mapping[Any, Rows]
    deliveries: Rows
    customers: Mapping[str, Rows]

    @classmethod
    def read(cls, connection: sa.Connection) -> "_Ledger":
        def rows(one: sa.Table, *columns: str) -> Rows:
            return connection.execute(sa.select(*(one.c[name] for name in columns))).mappings().all()

        events = rows(EVENTS, "id", "plugin", "key", "outcome", "reason")
        kept = [one for one in events if one["outcome"] in ("processed", "parked")]
        sales = rows(
            RECORDS["sale"], "id", "event_id", "external_id", "status", "gross_minor", "refunded_minor"
        )
        plain = {kind: rows(RECORDS[kind], "id", "event_id") for kind in ("order", "ticket")}
        echoes = [
            {"event_id": one["object_id"]}
            for one in rows(table(AuditEntry), "object_kind", "object_id")
            if one["object_kind"] == ECHO
        ]
        deliveries = rows(DELIVERIES, "id", "event_id", "state", "target")
        messages = rows(table(TicketMessage), "id", "ticket_id")
        return cls(
            events=events,
            by_key=_grouped(kept, "key"),
            records={"sale": _grouped(sales, "event_id")}
            | {kind: _grouped(found, "event_id") for kind, found in plain.items()}
            | {"refund": _grouped(rows(table(Reversal), "id", "event_id"), "event_id")},
            sales=_grouped(sales, "external_id"),
            parts={
                "notifications": _grouped(rows(table(Notification), "event_id", "member_id"), "event_id"),
                "deliveries": _grouped(deliveries, "event_id"),
                "effects": _grouped(rows(EFFECTS, "event_id", "state", "receiver", "reason"), "event_id"),
                "echoes": _grouped(echoes, "event_id"),
                "words": _grouped(messages, "ticket_id"),
            },
            lines=_grouped(
                rows(LINES, "transaction_id", "partner_id", "level", "amount_minor"), "transaction_id"
            ),
            deliveries=deliveries,
            customers=_grouped(rows(table(Customer), "email"), "email"),
        )


def _grouped(rows: Iterable[Row], column: str) -> Mapping[Any, Rows]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[column] if column != "event_id" else str(row[column])].append(row)
    return groups


def _check_answers(ledger: _Ledger, answers: Iterable[Answer], faults: Faults) -> set[Message]:
    """Gives what was accepted. A 2xx has an event; only one of them may say that it was processed."""
    there = {str(row["id"]) for row in ledger.events}
    processed: Counter[str] = Counter()
    accepted: set[Message] = set()
    for answer in answers:
        if answer.accepted:
            accepted.add(answer.message)
            processed[answer.message.key] += answer.outcome in ("processed", "parked")
            if answer.event_id not in there:
                faults.lost.append(
                    f"{answer.message.key}: accepted as event {answer.event_id}, which is gone"
                )
        elif answer.status is not None and answer.status != 503:
            faults.strange.append(f"{answer.message.key} was answered {answer.status} {answer.outcome}")
        elif answer.status == 503 and not answer.retry_after:
            faults.strange.append(f"{answer.message.key} was answered 503 without Retry-After")
    faults.doubled += [f"{key}: accepted as new {n} times" for key, n in processed.items() if n > 1]
    return accepted


def _check_message(ledger: _Ledger, message: Message, accepted: bool, faults: Faults) -> None:
    """One event that stands for the message, and its parts, each so often as it has to be."""
    events = ledger.by_key.get(message.key, [])
    if len(events) != 1:
        if len(events) > 1:
            faults.doubled.append(f"{message.key}: {len(events)} events")
        elif accepted:
            faults.lost.append(f"{message.key}: no event")
        return
    (event,) = events
    short = faults.lost if accepted else faults.halved
    if event["outcome"] == "parked":
        if message.sale in ledger.sales:
            short.append(f"{message.key}: parked for ever, its sale is there")
        return
    for name, found, expected in _parts(ledger, message, str(event["id"])):
        if found < expected:
            short.append(f"{message.key}: {name} {found} of {expected}")
        elif found > expected:
            faults.doubled.append(f"{message.key}: {name} {found} instead of {expected}")


def _parts(ledger: _Ledger, message: Message, event_id: str) -> Iterable[tuple[str, int, int]]:
    """What there is of a message's event, and how much there has to be."""
    parts = {name: found.get(event_id, []) for name, found in ledger.parts.items()}
    records = ledger.records[message.kind].get(event_id, [])
    yield "records", len(records), 1
    yield "notifications", len(parts["notifications"]), len(MEMBERS)
    yield "members told", len({row["member_id"] for row in parts["notifications"]}), len(MEMBERS)
    yield "deliveries", len(parts["deliveries"]), ENDPOINTS[message.kind]
    yield "targets", len({row["target"] for row in parts["deliveries"]}), ENDPOINTS[message.kind]
    yield "delivered", sum(row["state"] == "done" for row in parts["deliveries"]), ENDPOINTS[message.kind]
    yield "background effects", len(parts["echoes"]), 1
    yield "effects done", sum(row["state"] == "done" for row in parts["effects"]), len(parts["effects"])
    if message.kind == "ticket":
        yield "words", sum(len(ledger.parts["words"].get(row["id"], [])) for row in records), 1
    if message.kind in ("sale", "refund"):
        yield from _money(ledger, message.sale or message.name)


def _money(ledger: _Ledger, name: str) -> Iterable[tuple[str, int, int]]:
    """The sale by that name, and that its commissions say the same as it does."""
    sales = ledger.sales.get(name, [])
    yield "sales", len(sales), 1
    for sale in sales:
        back = bool(ledger.by_key.get(f"transaction.refunded:{name}"))
        yield "refunded", sale["refunded_minor"], sale["gross_minor"] if back else 0
        lines = ledger.lines.get(sale["id"], [])
        for level, amount in enumerate(COMMISSIONS):
            own = [line["amount_minor"] for line in lines if line["level"] == level]
            yield f"commission of level {level}", sum(own), 0 if back else amount
            yield (
                f"partners of level {level}",
                len({x["partner_id"] for x in lines if x["level"] == level}),
                1,
            )
        yield "levels", len({line["level"] for line in lines}), len(COMMISSIONS)


def _check_strangers(ledger: _Ledger, known: set[Message], faults: Faults) -> None:
    """Nothing without its event, nothing that nobody sent, and no event that the hub could not handle."""
    whole = {
        str(row["id"]) for rows in ledger.by_key.values() for row in rows if row["outcome"] == "processed"
    }
    for kind, records in ledger.records.items():
        faults.halved += [f"{kind} of event {one}, which was not processed" for one in set(records) - whole]
    for name in ("notifications", "deliveries", "effects", "echoes"):
        faults.halved += [f"{name} of event {one}, not processed" for one in set(ledger.parts[name]) - whole]
    keys = {message.key for message in known}
    faults.strange += [f"an event {key!r} that nobody sent" for key in set(ledger.by_key) - keys]
    emails = {m.email for m in known if m.key in ledger.by_key}
    faults.halved += [f"customer {one} without a record" for one in set(ledger.customers) - emails]
    faults.doubled += [f"customer {one}" for one, rows in ledger.customers.items() if len(rows) > 1]
    own = [row for row in ledger.events if row["plugin"] in ("custom", "lead")]
    failed = [row for row in own if row["outcome"] in ("failed", "rejected")]
    faults.strange += [f"event {row['key']} {row['outcome']}: {row['reason']}" for row in failed]
    effects = [row for rows in ledger.parts["effects"].values() for row in rows if row["state"] != "done"]
    faults.strange += [f"{row['receiver']} {row['state']}: {(row['reason'] or '')[-300:]}" for row in effects]


def _check_arrivals(ledger: _Ledger, came: Sequence[Request], faults: Faults) -> None:
    """Each delivery came at least once, always with the same content, and no content under two ids."""
    ids = {str(row["id"]) for row in ledger.deliveries}
    forms: dict[str, set[str]] = defaultdict(set)
    names: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for request in came:
        said = json.loads(request.body)
        forms[request.id].add(hashlib.sha256(request.body).hexdigest())
        names[request.path, said["type"], str(said["data"]["event_id"])].add(request.id)
    faults.lost += [f"delivery {one} never came" for one in ids - set(forms)]
    faults.doubled += [f"delivery {one} in {len(f)} forms" for one, f in forms.items() if len(f) > 1]
    faults.doubled += [f"{told} under {len(n)} ids" for told, n in names.items() if len(n) > 1]
    faults.halved += [f"delivery {one} came and is none" for one in set(forms) - ids]
