"""Comparing with a provider what happened, and taking what is missing, through the same pipeline
(docs/adr/0023-backfill.md)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import structlog

from hub.contract.backfill import BackfillError, BackfillPage, BackfillQuery, Lookback, Original, Web
from hub.contract.facts import Fact
from hub.contract.inbound import Headers, Inbound
from hub.contract.outcome import Outcome, OutcomeKind
from hub.pipeline.judging import judge
from hub.pipeline.pipeline import Pipeline
from hub.records import backfills
from hub.records.database import Database, Row
from hub.registry.registry import Registry, Target
from hub.support.clock import Clock
from hub.support.ids import new_id
from hub.support.jsontext import storable
from hub.support.money import Money

log = structlog.get_logger()

USUAL = timedelta(days=30)
"""How far back one asks at first, where the provider knows more."""

OVERLAP = timedelta(minutes=15)
"""A run begins so much before the end of the one before: the provider's clock is not ours, and what it
committed late may bear an earlier time."""

LEASE = timedelta(minutes=5)
"""For how long a page is somebody's who asked for it."""

EVERY = timedelta(hours=1)
"""How often a worker asks by itself."""

PAGE = 100

MOST_BYTES = 1024 * 1024
"""An original that is larger was not sent by a webhook either."""

State = Literal["known", "missing", "refused"]

STATES: dict[OutcomeKind, State] = {
    OutcomeKind.PROCESSED: "missing",
    OutcomeKind.PARKED: "missing",
    OutcomeKind.SKIPPED: "known",
    OutcomeKind.IGNORED: "known",
    OutcomeKind.REJECTED: "refused",
    OutcomeKind.FAILED: "refused",
}
"""What an original is by what would become of it. What says nothing that is recorded is no gap."""


class BusyError(Exception):
    """Somebody else is asking for this connection at the moment."""


@dataclass(frozen=True, kw_only=True)
class Gap:
    """One event of the provider's, and whether the hub has it. ``about``, ``amount`` and ``at`` are by what
    people know it. After an import ``event_id`` is the event that it became."""

    state: State
    about: str | None = None
    amount: Money | None = None
    at: datetime | None = None
    event_type: str | None = None
    reason: str | None = None
    message: str | None = None
    records: tuple[str, ...] = ()
    event_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What one look at some pages gave. ``done`` says that there is no more; ``since`` from when it was
    looked."""

    since: datetime
    gaps: tuple[Gap, ...] = ()
    done: bool = True
    known: int = 0

    def having(self, gaps: list[Gap]) -> "Findings":
        """The same with these, of which the known ones are merely counted."""
        told = tuple(gap for gap in gaps if gap.state != "known")
        return replace(self, gaps=self.gaps + told, known=self.known + len(gaps) - len(told))

    @property
    def missing(self) -> int:
        """How many the hub has not, or had not."""
        return sum(gap.state == "missing" for gap in self.gaps)

    @property
    def refused(self) -> int:
        """How many cannot be taken."""
        return sum(gap.state == "refused" for gap in self.gaps)


@dataclass
class _Run:
    """A claimed run, page by page."""

    by: str
    since: datetime
    cursor: str | None
    began_at: datetime
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(backfills.RUN, 0))


class Backfiller:
    """Asks providers. Safe to share between threads."""

    def __init__(
        self, database: Database, registry: Registry, pipeline: Pipeline, web: Web, clock: Clock
    ) -> None:
        self._database = database
        self._registry = registry
        self._pipeline = pipeline
        self._web = web
        self._clock = clock

    def lookback(self, target: Target) -> Lookback | None:
        """How this connection can be asked; ``None`` if it cannot."""
        try:
            said: Lookback | None = target.hooks.lookback(connection=target.connection)
        except Exception:
            log.exception("plugin_failed", plugin=target.connection.plugin, hook="lookback")
            return None
        return said

    def compare(self, target: Target, since: datetime | None = None, *, pages: int | None = None) -> Findings:
        """What the hub has not of what happened since then: at most so many pages of it. Leaves no
        trace. Raises BackfillError."""
        found = Findings(since=self._start(target, since, None))
        for page, more in self._pages(target, found.since, None, pages):
            found = found.having(
                [self._gap(target, page, original, take=False) for original in page.originals]
            )
            found = replace(found, done=not more)
        return found

    def run(self, target: Target, since: datetime | None = None, *, pages: int | None = None) -> Findings:
        """Take what is missing of what happened since then; without ``since``, go on with a run that was
        not finished, or after the last one. Raises BackfillError, after which a later run goes on at the
        page that could not be had, and BusyError."""
        run = self._claim(target, since)
        found = Findings(since=run.since, done=False)
        try:
            for page, more in self._pages(target, run.since, run.cursor, pages):
                gaps = [self._gap(target, page, original, take=True) for original in page.originals]
                found = replace(found.having(gaps), done=not more)
                self._note_page(target, run, page, found)
        except BackfillError as error:
            self._give_up(target, run, error)
            raise
        except BaseException:
            self._give_up(target, run, None)
            raise
        if found.done:
            self._finish(target, run)
        else:
            self._end(target, run, pause=timedelta(0))
        return found

    def _start(self, target: Target, since: datetime | None, row: Row | None) -> datetime:
        """From when on to ask: no earlier than the provider knows."""
        said = self._ready(target)
        now = self._clock()
        if since is None and row is not None and row["complete_to"] is not None:
            since = row["complete_to"] - OVERLAP
        earliest = now - timedelta(days=said.days) if said.days is not None else None
        wanted = since if since is not None else now - USUAL
        return max(wanted, earliest) if earliest is not None else wanted

    def _ready(self, target: Target) -> Lookback:
        said = self.lookback(target)
        if said is None:
            raise BackfillError(f"{target.connection.plugin} cannot be asked what happened")
        if not said.ready:
            raise BackfillError(f"settings are missing: {', '.join(said.missing)}", code="settings_missing")
        return said

    def _pages(
        self, target: Target, since: datetime, cursor: str | None, most: int | None
    ) -> Iterator[tuple[BackfillPage, bool]]:
        """Page after page, each with whether there are more. Raises BackfillError."""
        asked = 0
        while most is None or asked < most:
            page = self._ask(target, BackfillQuery(since=since, cursor=cursor, size=PAGE))
            if page.cursor is not None and page.cursor == cursor:
                raise BackfillError("the provider gives the same page again and again")
            asked, cursor = asked + 1, page.cursor
            yield page, cursor is not None
            if cursor is None:
                return

    def _ask(self, target: Target, query: BackfillQuery) -> BackfillPage:
        """A page. What a plugin makes of a strange answer must not show as its traceback."""
        try:
            page: Any = target.hooks.list_since(query=query, connection=target.connection, web=self._web)
        except BackfillError:
            raise
        except Exception as error:
            log.exception("plugin_failed", plugin=target.connection.plugin, hook="list_since")
            raise BackfillError("the provider's answer cannot be understood") from error
        if not isinstance(page, BackfillPage):
            raise BackfillError(f"{target.connection.plugin} cannot be asked what happened")
        return page

    def _gap(self, target: Target, page: BackfillPage, original: Original, *, take: bool) -> Gap:
        """Whether the hub has it; if not, and it is to be taken, what became of it. What is known
        already leaves no trace in the log."""
        slug, inbound = target.connection.plugin, self._inbound(target, page, original)
        if len(original.body) > MOST_BYTES:
            return Gap(state="refused", reason="body_too_large")
        became = self._pipeline.preview(slug, inbound)
        if STATES[became.kind] == "known":
            return Gap(state="known")
        if take:
            became = self._pipeline.receive(slug, inbound)  # known, if its webhook came between the two
        return _gap(became, judge(inbound, target).facts)

    def _inbound(self, target: Target, page: BackfillPage, original: Original) -> Inbound:
        """As the webhook would have been, at this connection's own address."""
        connection = target.connection
        return Inbound(
            received_at=self._clock(),
            body=original.body,
            headers=Headers(original.headers.items()),
            method="GET",
            route=target.manifest.routes[0],
            path=storable(page.path),
            path_values={"tenant": connection.tenant.slug, "connection": connection.name},
            fetched=True,
        )

    def _claim(self, target: Target, since: datetime | None) -> _Run:
        now, by = self._clock(), str(new_id())
        with self._database.for_tenant(target.tenant_id).write() as unit:
            row = backfills.claim(
                unit, target.connection_id, target.tenant_id, by=by, now=now, until=now + LEASE
            )
        if row is None:
            raise BusyError
        resumed = since is None and row["since"] is not None
        try:
            start = row["since"] if resumed else self._start(target, since, row)
        except BackfillError as error:
            self._give_up(target, _Run(by, now, None, now), error)
            raise
        run = _Run(by, start, row["cursor"] if resumed else None, row["began_at"] if resumed else now)
        if resumed:
            run.counts = {name: row[name] for name in backfills.RUN}
        self._change(target, run, since=run.since, cursor=run.cursor, began_at=run.began_at, **run.counts)
        return run

    def _note_page(self, target: Target, run: _Run, page: BackfillPage, found: Findings) -> None:
        """Come so far: who goes on begins behind this page. Raises BusyError if somebody else took over."""
        counts = {"known": found.known, "imported": found.missing, "refused": found.refused}
        held = self._change(
            target,
            run,
            cursor=page.cursor,
            claimed_until=self._clock() + LEASE,
            **{name: run.counts[name] + number for name, number in counts.items()},
        )
        if not held:
            raise BusyError

    def _finish(self, target: Target, run: _Run) -> None:
        """Up to when it began nothing is missing any more. An older gap that was looked into must not
        make the next run look at less."""
        with self._database.for_tenant(target.tenant_id).read() as unit:
            row = backfills.get(unit, target.connection_id)
        before = row["complete_to"] if row else None
        gapless = before is None or run.since <= before
        complete_to = run.began_at if gapless else before
        self._end(target, run, since=None, cursor=None, complete_to=complete_to)

    def _give_up(self, target: Target, run: _Run, error: BackfillError | None) -> None:
        """Let others go on, no sooner than the provider wants."""
        wait = timedelta(seconds=error.retry_after or 0) if error else timedelta(0)
        self._end(target, run, pause=max(EVERY, wait), last_error=error.message if error else None)

    def _end(self, target: Target, run: _Run, *, pause: timedelta = EVERY, **values: Any) -> None:
        now = self._clock()
        free = {"claimed_by": None, "claimed_until": None, "asked_at": now, "next_at": now + pause}
        self._change(target, run, **free, **({"last_error": None} | values))

    def _change(self, target: Target, run: _Run, **values: Any) -> bool:
        with self._database.for_tenant(target.tenant_id).write() as unit:
            return backfills.change(unit, target.connection_id, run.by, **values)


def _gap(outcome: Outcome, facts: Sequence[Fact]) -> Gap:
    return Gap(
        state=STATES[outcome.kind],
        about=_said(facts, "number", "external_id"),
        amount=_said(facts, "total", "gross", "amount"),
        at=_said(facts, "placed_at", "occurred_at"),
        event_type=outcome.event_type,
        reason=outcome.reason,
        message=outcome.message,
        records=tuple(record.kind for record in outcome.records if record.action != "unchanged"),
        event_id=outcome.event_id,
    )


def _said(facts: Sequence[Fact], *names: str) -> Any:
    """What the first fact that knows one of these says of it, the best name first."""
    found = (value for name in names for fact in facts if (value := getattr(fact, name, None)) is not None)
    return next(found, None)
