"""A person's rights: a copy of all that a tenant holds of them, and its erasure. The hub's own part and
that of the plugins, in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from hub.contract.privacy import DataSubject, Erased
from hub.records import audit, erasing, personal, requests
from hub.records.audit import Actor
from hub.records.database import Row, Unit
from hub.records.personal import Person
from hub.registry.registry import Registry

AnswerT = TypeVar("AnswerT")

ERASED = "customer.erased"


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """How many things lost what was personal, by the word for one, and why others did not. Those of plugins
    stand under ``<slug>: …``."""

    changed: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)

    def __add__(self, other: "Erasure") -> "Erasure":
        numbers = {
            kind: self.changed.get(kind, 0) + other.changed.get(kind, 0)
            for kind in {**self.changed, **other.changed}
        }
        return Erasure(changed=numbers, kept={**self.kept, **other.kept})


class Privacy:
    """Carries demands out, within the caller's transaction."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def export(self, unit: Unit, person: Person, now: datetime) -> dict[str, Any]:
        """All that is held of a person (Art. 15 and 20 GDPR), as values for JSON."""
        person = personal.find(unit, person)
        held = personal.records(unit, person)
        events = personal.events(unit, person, held)
        record_ids = personal.ids_of(held)
        lists: dict[str, Sequence[Row]] = {
            **held,
            "event": events,
            "delivery": personal.deliveries(unit, person, record_ids, [row["id"] for row in events]),
            "notification": personal.notices(unit, record_ids),
            "audit_entry": personal.entries(unit, person.tenant_id, record_ids),
        }
        subject = _subject(person, now)
        return {
            "made_at": now,
            "emails": list(person.emails),
            **{kind: personal.readable(rows) for kind, rows in lists.items()},
            "plugins": self._asked(
                person, lambda slug: self._registry.callers.of(slug).disclose(person=subject, unit=unit)
            ),
        }

    def erase(self, unit: Unit, person: Person, *, actor: Actor, now: datetime) -> Erasure:
        """Erase what is personal (Art. 17 GDPR), as far as the law allows. Again it changes nothing."""
        person = personal.find(unit, person)
        held = personal.records(unit, person)
        events = personal.events(unit, person, held)
        record_ids = personal.ids_of(held)
        sent = personal.deliveries(unit, person, record_ids, [row["id"] for row in events])
        changed = erasing.erase_records(unit, held)
        changed |= erasing.erase_traces(unit, record_ids)
        changed |= {
            "event": erasing.erase_events(unit, events, now),
            "delivery": erasing.erase_deliveries(unit, sent),
        }
        kept = erasing.reasons(held, events)
        if person.connection_id is not None and person.customer_ids and not held["customer"]:
            kept["customer"] = erasing.ELSEWHERE_STAYS
        done = Erasure(changed={kind: number for kind, number in changed.items() if number}, kept=kept)
        done += self._erased_by_plugins(unit, person, now)
        if done.changed:
            _note(unit, person, held["customer"], actor, done, now)
        return done

    def fulfil(self, unit: Unit, request: Row, *, actor: Actor, now: datetime) -> Erasure | dict[str, Any]:
        """Do what a privacy request asks for, and close it: a copy, or an erasure, of what came through the
        request's connection."""
        people = requests.people(unit, request)
        if request["kind"] == "access":
            copies = [self.export(unit, person, now) for person in people]
            requests.close(unit, request["id"])
            return {"request": request["external_id"], "copies": copies}
        done = Erasure()
        for person in people:
            done += self.erase(unit, person, actor=actor, now=now)
        requests.forget(unit, request["id"])
        return done

    def _erased_by_plugins(self, unit: Unit, person: Person, now: datetime) -> Erasure:
        subject = _subject(person, now)
        answers: dict[str, Erased] = self._asked(
            person, lambda slug: self._registry.callers.of(slug).erase(person=subject, unit=unit)
        )
        return Erasure(
            changed={
                f"{slug}: {what}": n for slug, one in answers.items() for what, n in one.changed.items()
            },
            kept={f"{slug}: {what}": why for slug, one in answers.items() for what, why in one.kept.items()},
        )

    def _asked(self, person: Person, ask: Callable[[str], AnswerT | None]) -> dict[str, AnswerT]:
        """The answers of the installed plugins that have one. What came through one connection does not
        concern them: it is the hub's own."""
        if person.connection_id is not None:
            return {}
        answers = {slug: ask(slug) for slug in sorted(self._registry.plugins.installed)}
        return {slug: answer for slug, answer in answers.items() if answer is not None}


def _subject(person: Person, now: datetime) -> DataSubject:
    return DataSubject(
        tenant_id=person.tenant_id, emails=person.emails, customer_ids=person.customer_ids, now=now
    )


def _note(
    unit: Unit, person: Person, customers: Sequence[Row], actor: Actor, done: Erasure, now: datetime
) -> None:
    """Who had it done and what came of it; of the person nothing but the id."""
    audit.note(
        unit,
        actor,
        ERASED,
        now=now,
        tenant_id=person.tenant_id,
        kind="customer" if customers else None,
        object_id=customers[0]["id"] if customers else None,
        after={**done.changed, "kept": ", ".join(done.kept)},
    )


SOON = timedelta(days=3)
"""An erasure that nobody carried out is carried out by a worker so long before it is due."""
