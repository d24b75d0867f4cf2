"""The team of the demonstration at work: orders are processed and billed, tickets answered, invoices paid
or called off. It does so as pages do, with the same functions of records, each change in the audit log."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hub.app import Hub
from hub.cli.demo.story import World
from hub.contract.inbound import Tenant
from hub.contract.outcome import Persisted
from hub.records import (
    audit,
    customers,
    invoices,
    issuing,
    notifications,
    orders,
    payments,
    people,
    tickets,
)
from hub.records.applying import Occasion
from hub.records.audit import Actor
from hub.records.database import Unit
from hub.records.invoices import Content
from hub.records.notifications import Mailbox
from hub.support.bills import Position

AT_ONCE = 30
"""How many of each kind one evening deals with."""

BILLED = {"artikel", "name", "kunden_adresse"}
"""What an order must tell to be billed."""

PATIENCE = timedelta(days=12)
"""How long customers take to pay, at the most who do."""


@dataclass(frozen=True)
class Worker:
    """Somebody of the team."""

    id: UUID
    email: str

    @property
    def actor(self) -> Actor:
        """For the audit log."""
        return Actor(who=self.email, member_id=self.id, remote_addr="198.51.100.17")


class Office:
    """The team of one tenant."""

    def __init__(self, hub: Hub, tenant: str) -> None:
        self._hub = hub
        entry = hub.registry.entry(tenant)
        if entry is None:
            raise LookupError(f"there is no tenant {tenant}")
        self._tenant: Tenant = entry.tenant
        self._tenant_id = entry.id
        self._zone = ZoneInfo(entry.tenant.timezone)
        self._chance = random.Random(tenant)  # noqa: S311 - the same days each time, nothing secret
        self._world = World()
        self._questions = {one["subject"]: one for one in self._world["questions"]}
        self._spent = timedelta()
        with hub.database.read() as unit:
            team = people.team(unit, self._tenant_id)
        self._team = [Worker(row["id"], row["email"]) for row in team]

    def work(self) -> None:
        """One evening, one thing after the other."""
        if not self._team:
            return
        self._spent = timedelta()
        with self._hub.database.write() as unit:
            self._deal_with_orders(unit)
            self._answer_tickets(unit)
            self._look_after_invoices(unit)
            self._read_notifications(unit)

    @property
    def _now(self) -> datetime:
        return self._hub.clock() + self._spent

    @property
    def _today(self) -> date:
        return self._now.astimezone(self._zone).date()

    @property
    def _whose(self) -> dict[str, Any]:
        """What the functions of records want to know of the tenant."""
        return {"tenant": self._tenant, "tenant_id": self._tenant_id, "now": self._now}

    def _deal_with_orders(self, unit: Unit) -> None:
        for status in orders.UNDONE:
            for order in orders.inbox(unit, self._tenant_id, status=status, limit=AT_ONCE):
                self._deal_with(unit, order, self._chance.random())

    def _deal_with(self, unit: Unit, order: dict[str, Any], chance: float) -> None:
        """Most are processed the same evening; a few are called off, some wait."""
        if order["status"] == orders.IN_PROGRESS and self._chance.random() < 0.6:
            return
        self._take_time()
        if chance < 0.05:
            changed = orders.cancel(unit, order_id=order["id"], **self._whose)
            self._announce(unit, *changed)
            self._note(unit, "order.cancelled", "order", order, status="cancelled")
        elif chance < 0.7:
            customer_id = self._know_customer(unit, order)
            changed = orders.process(unit, order_id=order["id"], **self._whose)
            self._announce(unit, *changed)
            self._note(unit, "order.processed", "order", order, status=orders.PROCESSED)
            if chance < 0.45 and order["extra"].keys() >= BILLED:
                self._bill(unit, order, customer_id)
        elif chance < 0.8 and order["status"] == "new":
            orders.take(unit, tenant_id=self._tenant_id, order_id=order["id"])
            self._note(unit, "order.taken", "order", order, status=orders.IN_PROGRESS)

    def _know_customer(self, unit: Unit, order: dict[str, Any]) -> UUID:
        """Who ordered gets a file, with the name and telephone that the order tells."""
        customer_id = orders.to_customer(unit, order_id=order["id"], **self._whose)
        told = order["extra"]
        known = {"name": told.get("name"), "phone": told.get("telefon"), "company": told.get("firma")}
        details = {name: value for name, value in known.items() if value}
        customers.change(unit, self._tenant_id, customer_id, now=self._now, **details)
        self._note(unit, "order.customer", "order", order, customer_id=customer_id)
        return customer_id

    def _bill(self, unit: Unit, order: dict[str, Any], customer_id: UUID) -> None:
        """A draft; nearly all are issued at once."""
        told = order["extra"]
        what = Position(
            name=told["artikel"], quantity=Decimal(1), unit_price=order["total"], tax_rate=Decimal(19)
        )
        content = Content(
            positions=(what,),
            currency=order["currency"],
            recipient=" · ".join(filter(None, (told.get("firma"), told["name"]))),
            address=told["kunden_adresse"].replace(", ", "\n"),
            email=order["email"],
            language="de",
            customer_id=customer_id,
            order_id=order["id"],
        )
        invoice_id = invoices.draft(unit, tenant_id=self._tenant_id, content=content, now=self._now)
        self._note_invoice(unit, "invoice.drafted", invoice_id)
        if self._chance.random() < 0.94:
            issuing.issue(unit, tenant_id=self._tenant_id, invoice_id=invoice_id, today=self._today)
            self._note_invoice(unit, "invoice.issued", invoice_id)

    def _look_after_invoices(self, unit: Unit) -> None:
        """Most are paid within days, some never; a few are called off."""
        unpaid = invoices.search(
            unit, self._tenant_id, today=self._today, status=invoices.OPEN, limit=2 * AT_ONCE
        )
        for invoice in unpaid:
            if self._now - invoice["created_at"] > PATIENCE:
                continue
            chance = self._chance.random()
            if chance < 0.012:
                invoices.cancel(unit, tenant_id=self._tenant_id, invoice_id=invoice["id"], now=self._now)
                self._note_invoice(unit, "invoice.cancelled", invoice["id"])
            elif chance < 0.17:
                self._book(unit, invoice)

    def _book(self, unit: Unit, invoice: dict[str, Any]) -> None:
        self._take_time()
        entered = payments.enter(
            unit,
            tenant=self._tenant,
            tenant_id=self._tenant_id,
            invoice_id=invoice["id"],
            minor=invoice["left_minor"],
            method=self._chance.choice(("transfer", "transfer", "transfer", "card", "cash")),
            paid_at=self._now,
            now=self._now,
        )
        self._announce(unit, *entered)
        self._note_invoice(unit, "invoice.paid", invoice["id"])

    def _answer_tickets(self, unit: Unit) -> None:
        waiting = [
            *tickets.search(unit, self._tenant_id, status="open", limit=AT_ONCE),
            *tickets.search(unit, self._tenant_id, status=tickets.IN_PROGRESS, limit=AT_ONCE),
        ]
        for ticket in waiting:
            self._answer(unit, ticket, self._chance.random())

    def _answer(self, unit: Unit, ticket: dict[str, Any], chance: float) -> None:
        """Somebody takes it, writes, and closes it in the end."""
        self._take_time()
        worker = self._chance.choice(self._team)
        whose = {"tenant_id": self._tenant_id, "ticket_id": ticket["id"]}
        if ticket["status"] == tickets.IN_PROGRESS:
            if chance < 0.6:
                tickets.close(unit, self._tenant_id, ticket["id"])
                self._note(unit, "ticket.closed", "ticket", ticket, worker, status=tickets.CLOSED)
            return
        if chance < 0.8:
            tickets.assign(unit, self._tenant_id, ticket["id"], worker.id)
            self._note(unit, "ticket.assigned", "ticket", ticket, worker, assigned_to=worker.id)
        usual = self._questions.get(ticket["subject"], self._world["questions"][0])
        if chance < 0.2:
            tickets.note(unit, text=usual["note"], now=self._now, member_id=worker.id, **whose)
        if chance < 0.65:
            written = tickets.reply(
                unit, tenant=self._tenant, text=usual["answer"], now=self._now, member_id=worker.id, **whose
            )
            self._announce(unit, *written)
            self._note(unit, "ticket.replied", "ticket", ticket, worker, status=tickets.IN_PROGRESS)

    def _read_notifications(self, unit: Unit) -> None:
        """Nobody reads on the last evenings: some are left to be read."""
        for worker in self._team:
            if self._chance.random() < 0.5:
                notifications.read_all(unit, Mailbox(self._tenant_id, worker.id), self._now)

    def _take_time(self) -> None:
        self._spent += timedelta(seconds=self._chance.randint(30, 300))

    def _announce(self, unit: Unit, source: Occasion, changed: Persisted) -> None:
        entry = self._hub.registry.current_entry(unit, self._tenant.slug)
        on = {plugin for plugin, _ in entry.targets} if entry else set()
        self._hub.announcer.announce(unit, source, on, [changed])

    def _note_invoice(self, unit: Unit, action: str, invoice_id: UUID) -> None:
        invoice = invoices.get(unit, self._tenant_id, invoice_id, self._today)
        if invoice is not None:
            told = {
                name: invoice[name] for name in ("number", "status", "total_minor", "paid_minor", "currency")
            }
            self._enter(unit, action, "invoice", invoice_id, {}, told, None)

    def _note(
        self,
        unit: Unit,
        action: str,
        kind: str,
        row: dict[str, Any],
        worker: Worker | None = None,
        **after: Any,
    ) -> None:
        before = {name: row[name] for name in after}
        self._enter(unit, action, kind, row["id"], before, after, worker)

    def _enter(
        self,
        unit: Unit,
        action: str,
        kind: str,
        object_id: UUID,
        before: dict[str, Any],
        after: dict[str, Any],
        worker: Worker | None,
    ) -> None:
        who: Sequence[Worker] = [worker] if worker else self._team
        audit.note(
            unit,
            self._chance.choice(who).actor,
            action,
            now=self._now,
            tenant_id=self._tenant_id,
            kind=kind,
            object_id=object_id,
            before=before,
            after=after,
        )
