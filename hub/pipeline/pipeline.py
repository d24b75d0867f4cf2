"""Intake to answer: one commit for each accepted event, and a second, small one for what failed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from hub.contract.errors import ConflictError, RequestError
from hub.contract.facts import Fact
from hub.contract.hookspecs import EarlyError
from hub.contract.inbound import Inbound
from hub.contract.outcome import Outcome, OutcomeKind, Persisted
from hub.pipeline.announcing import Announcer
from hub.pipeline.judging import (
    Judgement,
    failed,
    fault_of,
    judge,
    kind_of,
    not_connected,
    outcome_of,
    parked,
    proved,
    read,
    refused,
)
from hub.pipeline.logging import event_row, inbound_of, kept_body
from hub.pipeline.timing import Step, Stopwatch, Timings
from hub.records import events
from hub.records.applying import Applier, Source
from hub.records.database import Database, DatabaseUnavailable, Unit
from hub.records.emptying import is_emptied
from hub.registry.registry import Found, Registry, Target
from hub.support.ids import new_id

if TYPE_CHECKING:  # it loads what only those have installed who want traces
    from hub.support.spans import Spans

log = structlog.get_logger()

ATTEMPTS = 5
"""How often a request is judged anew because connections changed meanwhile, or its counterpart
came at the same moment."""

RETRY_AFTER = 5
"""Seconds after which a sender may try again while the database is away."""


@dataclass(frozen=True)
class Quarantine:
    """How many rejected events are kept for each connection, and for how many days."""

    events: int = 1000
    days: int = 30


class StaleError(Exception):
    """The connection that judged the event has changed since; judge it anew."""


class _PreviewError(Exception):
    """Undoes a preview."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


class Pipeline:
    """Receives requests. Safe to share between threads."""

    def __init__(
        self,
        database: Database,
        registry: Registry,
        announcer: Announcer,
        quarantine: Quarantine,
        timings: Timings,
        spans: "Spans | None" = None,
    ) -> None:
        self.timings = timings
        self._spans = spans
        self._database = database
        self._registry = registry
        self._announcer = announcer
        self._quarantine = quarantine

    def receive(self, slug: str, inbound: Inbound, refusal: RequestError | None = None) -> Outcome:
        """Take one request for that plugin, which the door may have refused already. Whatever it
        is, the event log shows it; a 2xx is only given after a durable commit."""
        try:
            for _ in range(ATTEMPTS):
                watch = self.timings.watch()
                try:
                    outcome = self._attempt(slug, inbound, refusal, watch)
                except StaleError:
                    self._registry.forget()
                    continue
                if outcome.event_id is not None:
                    times = watch.stop()
                    self.timings.keep(outcome.event_id, times)
                    if self._spans is not None:
                        self._trace(slug, inbound, outcome, times)
                return outcome
        except DatabaseUnavailable as error:
            log.error("database_unavailable", plugin=slug, reason=str(error))
        return Outcome(
            kind=OutcomeKind.FAILED,
            status=503,
            reason="unavailable",
            message="The hub cannot store the event now. Send it again in a moment.",
            retry_after=RETRY_AFTER,
        )

    def _trace(self, slug: str, inbound: Inbound, outcome: Outcome, times: Mapping[Step, int]) -> None:
        if self._spans is None or outcome.event_id is None:
            return
        told = {
            "plugin": slug,
            "outcome": outcome.kind.value,
            "event_id": str(outcome.event_id),
            "event_type": outcome.event_type,
            "reason": outcome.reason,
        }
        failed = outcome.kind is OutcomeKind.FAILED
        self._spans.received(outcome.event_id, inbound.headers.items(), times, told, failed=failed)

    def preview(self, slug: str, inbound: Inbound) -> Outcome:
        """What would become of a request. It is processed and all of that undone: nothing is kept.
        Raises DatabaseUnavailable."""
        for _ in range(ATTEMPTS):
            try:
                return replace(self._previewed(slug, inbound), event_id=None)
            except StaleError:
                self._registry.forget()
        raise DatabaseUnavailable("connections change all the time")

    def _previewed(self, slug: str, inbound: Inbound) -> Outcome:
        watch = self.timings.watch()
        found, judgement = self._judge(slug, inbound, None, watch)
        if judgement.kind is OutcomeKind.PROCESSED:
            try:
                with self._database.for_tenant(found.tenant_id).write() as unit:
                    raise _PreviewError(self._processed(unit, slug, inbound, found, judgement, watch))
            except _PreviewError as undone:
                return undone.outcome
            except EarlyError as early:
                judgement = parked(early, judgement)
            except (StaleError, DatabaseUnavailable):
                raise
            except Exception as error:
                judgement = fault_of(error, judgement)
        return outcome_of(judgement, new_id())

    def _attempt(
        self, slug: str, inbound: Inbound, refusal: RequestError | None, watch: Stopwatch
    ) -> Outcome:
        found, judgement = self._judge(slug, inbound, refusal, watch)
        outcome = self._decide(slug, inbound, found, judgement, watch)
        trusted = found.target if found.proof else None
        return replace(outcome, connection=trusted.connection) if trusted else outcome

    def _decide(
        self, slug: str, inbound: Inbound, found: Found, judgement: Judgement, watch: Stopwatch
    ) -> Outcome:
        if judgement.kind is not OutcomeKind.PROCESSED:
            watch.stop()
            return self._conclude(slug, inbound, found, judgement)
        try:
            return self._process(slug, inbound, found, judgement, watch)
        except EarlyError as early:
            return self._park(slug, inbound, found, judgement, early)
        except (StaleError, DatabaseUnavailable):
            raise
        except Exception as error:
            again = fault_of(error, judgement)
            if again.kind is OutcomeKind.FAILED:
                log.exception("event_failed", plugin=slug, event_type=judgement.event_type)
        return self._conclude(slug, inbound, found, again)

    def _judge(
        self, slug: str, inbound: Inbound, refusal: RequestError | None, watch: Stopwatch
    ) -> tuple[Found, Judgement]:
        try:
            address = self._registry.address_of(slug, inbound)
        except RequestError as error:
            return self._registry.find(slug, None), refused(refusal or error)
        except Exception as error:
            return self._registry.find(slug, None), refused(refusal) if refusal else failed(error)
        found = self._registry.find(slug, address)
        if refusal is not None:
            return found, refused(refusal)
        if found.target is None:
            return found, refused(not_connected())
        watch.begin("authenticate")
        proof = proved(inbound, found.target)
        if isinstance(proof, Judgement):
            return found, proof
        watch.begin("parse")
        return replace(found, proof=proof), read(inbound, found.target)

    def _process(
        self, slug: str, inbound: Inbound, found: Found, judgement: Judgement, watch: Stopwatch
    ) -> Outcome:
        """Event and records in one transaction. Raises what the plugin raises, all undone."""
        with self._database.for_tenant(found.tenant_id).write() as unit:
            return self._processed(unit, slug, inbound, found, judgement, watch)

    def _processed(
        self, unit: Unit, slug: str, inbound: Inbound, found: Found, judgement: Judgement, watch: Stopwatch
    ) -> Outcome:
        watch.begin("persist")
        target = _target(found)
        event_id = new_id()
        if not self._log(unit, slug, event_id, inbound, found, judgement):
            return self._repeat(unit, slug, inbound, found, judgement)
        records = self._persist(unit, target, event_id, inbound, judgement.facts, watch)
        kind = kind_of(records)
        if kind is not OutcomeKind.PROCESSED:
            events.conclude(unit, event_id, outcome=kind.value, reason="known_already")
        return Outcome(
            kind=kind, status=200, event_id=event_id, event_type=judgement.event_type, records=tuple(records)
        )

    def _conclude(self, slug: str, inbound: Inbound, found: Found, judgement: Judgement) -> Outcome:
        """Log an event that makes no records."""
        event_id = new_id()
        with self._database.for_tenant(found.tenant_id).write() as unit:
            if not self._log(unit, slug, event_id, inbound, found, judgement):
                return self._repeat(unit, slug, inbound, found, judgement)
            if judgement.kind is OutcomeKind.REJECTED:
                connection_id = found.target.connection_id if found.target else None
                kept = self._quarantine
                events.trim_quarantine(
                    unit, connection_id, keep=kept.events, days=kept.days, now=inbound.received_at
                )
        return outcome_of(judgement, event_id)

    def _park(
        self, slug: str, inbound: Inbound, found: Found, judgement: Judgement, early: EarlyError
    ) -> Outcome:
        """Keep an early event until its counterpart comes. Raises StaleError if it just came."""
        event_id = new_id()
        waiting = parked(early, judgement)
        with self._database.for_tenant(found.tenant_id).write() as unit:
            if not self._log(unit, slug, event_id, inbound, found, waiting):
                return self._repeat(unit, slug, inbound, found, judgement)
            if not events.await_sale(unit, event_id, _target(found).connection_id, early.references):
                raise StaleError
        return outcome_of(waiting, event_id)

    def _repeat(self, unit: Unit, slug: str, inbound: Inbound, found: Found, judgement: Judgement) -> Outcome:
        """Log a repetition, or refuse another body under a key that was used."""
        target, key = _target(found), judgement.key or ""
        first = events.claimant(unit, target.connection_id, key)
        if first is None:
            raise StaleError
        other = first["body"] != kept_body(inbound, target.manifest) and not is_emptied(first)
        if target.manifest.repeated_key_other_body == "refuse" and other:
            conflict = ConflictError("This idempotency key was used before, with another body.")
            repeat = refused(conflict, event_type=judgement.event_type, verified=True)
        else:
            repeat = Judgement(
                kind=OutcomeKind.SKIPPED,
                reason="repeated_key",
                message=f"Known since event {first['id']}.",
                event_type=judgement.event_type,
                key=key,
                verified=True,
            )
        event_id = new_id()
        self._log(unit, slug, event_id, inbound, found, repeat)
        return outcome_of(repeat, event_id)

    def _log(
        self, unit: Unit, slug: str, event_id: UUID, inbound: Inbound, found: Found, judgement: Judgement
    ) -> bool:
        """Write the event; ``False`` if its key is taken. Raises StaleError if the connection
        changed since it was read."""
        installed = self._registry.plugins.installed[slug]
        logged = events.log(unit, event_row(event_id, inbound, found, installed, judgement))
        if logged.written and logged.registry_version != found.version:
            raise StaleError
        return logged.written

    def _persist(
        self,
        unit: Unit,
        target: Target,
        event_id: UUID,
        inbound: Inbound,
        facts: Sequence[Fact],
        watch: Stopwatch,
    ) -> list[Persisted]:
        """Facts to records, records announced, and what waited for them applied too."""
        records, awaited = self.apply(unit, target, event_id, inbound, facts, watch, new=True)
        watch.begin("persist")
        return records + self.release(unit, target, awaited)

    def apply(
        self,
        unit: Unit,
        target: Target,
        event_id: UUID,
        inbound: Inbound,
        facts: Sequence[Fact],
        watch: Stopwatch | None = None,
        *,
        replay: bool = False,
        new: bool = False,
    ) -> tuple[list[Persisted], list[str]]:
        """Persist and announce the facts of one event. Gives the records, and the ids of sales
        that parked events wait for. Raises EarlyError and whatever the plugin raises."""
        source = Source(
            tenant=target.connection.tenant,
            tenant_id=target.tenant_id,
            connection_id=target.connection_id,
            event_id=event_id,
            adapter=target.installed.adapter,
            received_at=inbound.received_at,
            replay=replay,
            new=new,
        )
        applier = Applier(unit, source)
        records = target.hooks.persist(
            facts=facts, inbound=inbound, connection=target.connection, records=applier
        )
        if watch is not None:
            watch.begin("announce")
        self._announcer.announce(unit, source, target.plugins_on, applier.announced)
        return list(records or ()), applier.awaited

    def release(self, unit: Unit, target: Target, awaited: Sequence[str]) -> list[Persisted]:
        """Apply the parked events that wait for sales by these ids, and those that wait for what
        they bring."""
        records: list[Persisted] = []
        waiting = list(awaited)
        while waiting:
            early, waiting = events.parked_for(unit, target.connection_id, waiting), []
            for event_id in early:
                made, further = self._release(unit, target, event_id)
                records += made
                waiting += further
        return records

    def _release(self, unit: Unit, target: Target, event_id: UUID) -> tuple[list[Persisted], list[str]]:
        """Apply a parked event, or let it wait for the next thing it needs. If it cannot be
        applied any more it becomes what its adapter makes of it; the sale is not harmed."""
        row = events.get(unit, event_id)
        if row is None or row["outcome"] != OutcomeKind.PARKED:
            return [], []
        inbound = inbound_of(row)
        judgement = judge(inbound, target, authenticate=False)
        applied: tuple[list[Persisted], list[str]] = ([], [])
        if judgement.kind is OutcomeKind.PROCESSED:
            try:
                with unit.savepoint():
                    applied = self.apply(unit, target, event_id, inbound, judgement.facts)
            except EarlyError as early:
                if events.await_sale(unit, event_id, target.connection_id, early.references):
                    return [], []  # it speaks of several sales, and the next one is missing
                return self._release(unit, target, event_id)  # that one came at this very moment
            except DatabaseUnavailable:
                raise
            except Exception as error:
                judgement = fault_of(error, judgement)
        if judgement.kind is OutcomeKind.FAILED:
            log.error("parked_event_failed", event_id=str(event_id), reason=judgement.reason)
        events.conclude(unit, event_id, **judgement.columns())
        events.unpark(unit, event_id)
        return applied


def _target(found: Found) -> Target:
    if found.target is None:
        raise LookupError("an event without a connection has no key and no facts")
    return found.target
