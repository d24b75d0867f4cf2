"""What becomes of an event: facts, records, and what hears of those. Found by giving a source its own
fixtures and the facts to the records, once alone and once with their counterpart (the sale, the order)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import hub
from hub.contract.errors import RequestError
from hub.contract.facts import (
    Fact,
    OrderCancelled,
    OrderChanged,
    OrderPlaced,
    TransactionCreated,
    TransactionDisputed,
    TransactionReferenced,
    TransactionRefunded,
)
from hub.contract.outcome import Persisted
from hub.registry.discovery import Plugins, receivers_of
from hub.registry.fixtures import Fixture
from tools.docs.stage import NOW, Played, Stage

WAITS = "waits for its sale"
SOME = hub.Money(100_000, "EUR")


@dataclass(frozen=True)
class Becoming:
    """What becomes of one event type, over all its fixtures. ``nothing``: some give no fact."""

    facts: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    nothing: bool = False
    waits: bool = False


def becomings(stage: Stage, played: Played) -> dict[str, Becoming]:
    """By event type, as the manifest lists them."""
    found = dict.fromkeys(played.manifest.events, Becoming())
    for sample in played.samples.values():
        event, facts = _read(played, sample)
        if event in found:
            persisted, waits = _persisted(stage, played, facts)
            found[event] = _joined(found[event], facts, persisted, waits)
    return found


def effects_of(plugins: Plugins, signal: str) -> dict[str, list[str]]:
    """Which plugins' receivers hear a signal: their methods' names as words, by slug."""
    found: dict[str, list[str]] = {}
    for slug, installed in plugins.installed.items():
        for receiver in receivers_of(installed.plugin):
            if receiver.signal.name == signal:
                found.setdefault(slug, []).append(receiver.method.replace("_", " "))
    return found


def _read(played: Played, sample: Fixture) -> tuple[str | None, Sequence[Fact]]:
    inbound = played.inbound(sample, sample.body, sample.headers)
    locate = played.manifest.event_type
    try:
        event = locate(inbound) if locate else None
        return event, played.parse(inbound) if event in played.manifest.events else ()
    except RequestError:  # a sample of what is refused
        return None, ()


def _persisted(stage: Stage, played: Played, facts: Sequence[Fact]) -> tuple[list[Persisted], bool]:
    """The records that the facts make, and whether they have to wait for another one."""
    made: list[Persisted] = []
    waits = False
    for before in ([counterpart for fact in facts for counterpart in _counterparts(fact)], []):
        with stage.applying(played) as applier:
            try:
                for fact in before:
                    applier.apply(fact)
                made += [one for fact in facts for one in applier.apply(fact)]
            except hub.EarlyError:
                waits = True
    return made, waits


def _counterparts(fact: Fact) -> Iterator[Fact]:
    """What must have been there before, if the fact speaks of something known."""
    match fact:
        case TransactionRefunded(refers_to=(known, *_)):
            yield _sale(known, fact.amount or SOME)
            if fact.status == "failed":
                yield replace(fact, status="pending")
        case TransactionDisputed(refers_to=(known, *_)):
            yield _sale(known, fact.amount)
            if fact.status != "open":
                yield replace(fact, status="open")
        case TransactionReferenced(refers_to=(known, *_)):
            yield _sale(known, SOME)
        case OrderChanged() | OrderCancelled():
            before = (fact.changed_at or NOW) - timedelta(hours=1)
            yield OrderPlaced(external_id=fact.external_id, customer=fact.customer, changed_at=before)


def _sale(external_id: str, amount: hub.Money) -> TransactionCreated:
    gross = replace(amount, minor=abs(amount.minor) * 10)
    return TransactionCreated(external_id=external_id, gross=gross, occurred_at=NOW - timedelta(days=1))


def _joined(known: Becoming, facts: Sequence[Fact], persisted: Iterable[Persisted], waits: bool) -> Becoming:
    changed = [one for one in persisted if one.action != "unchanged"]
    return Becoming(
        facts=_united(known.facts, (type(fact).__name__ for fact in facts)),
        records=_united(known.records, (one.kind for one in changed)),
        signals=_united(known.signals, (one.signal for one in changed if one.signal)),
        nothing=known.nothing or not facts,
        waits=known.waits or waits,
    )


def _united(known: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *more)))
