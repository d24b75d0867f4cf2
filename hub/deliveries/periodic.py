"""Periodic jobs of plugins: whichever worker takes a job that is due makes its round, a transaction
for each tenant.

The tenant's call and the note that it is served are one transaction, which also holds the job for
another while. What a killed worker left is undone by the database; when its lease has run out another
worker goes on behind the last tenant served.
"""

import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from hub.contract.periodic import Tick
from hub.deliveries.backoff import EFFECT_SCHEDULE, Random, next_delay
from hub.deliveries.tenancy import Tenancy, plugins_on
from hub.records import periodic
from hub.records.database import Database
from hub.records.periodic import Round
from hub.registry.discovery import Job
from hub.registry.registry import TenantEntry
from hub.support.clock import Clock
from hub.support.jsontext import storable

log = structlog.get_logger()

LOOK = 10.0
"""Seconds after which the rows are looked at although nothing was due: somebody may have changed them."""


class PeriodicRunner:
    """Makes rounds, one call after the other. ``name`` is unlike that of any other worker."""

    def __init__(
        self,
        database: Database,
        tenancy: Tenancy,
        jobs: Mapping[str, Job],
        *,
        name: str,
        clock: Clock,
        random: Random,
        lease: timedelta,
    ) -> None:
        self._database = database
        self._tenancy = tenancy
        self._jobs = jobs
        self._name = name
        self._clock = clock
        self._random = random
        self._lease = lease
        self._rounds = 0
        self._round: Round | None = None
        self._tidy = False
        self._next_at: datetime | None = None
        self._look_at = 0.0

    def turn(self) -> tuple[int, datetime | None]:
        """Make one call of a job that is due. Gives how many were made, and when the next job is due
        if none was."""
        while current := self._round or self._begin():
            if self._go_on(current):
                return 1, None
        return 0, self._next_at

    def _begin(self) -> Round | None:
        """Take a job that is due, if it is time to look for one."""
        now = self._clock()
        is_due = self._next_at is not None and self._next_at <= now
        if not is_due and time.monotonic() < self._look_at:
            return None
        self._next_at = self._look(now)
        self._look_at = time.monotonic() + LOOK
        if self._next_at is None or self._next_at > now:
            return None
        self._rounds += 1
        by = f"{self._name}/{self._rounds}"
        with self._database.write() as unit:
            self._round = periodic.claim(unit, self._jobs, by=by, now=now, until=now + self._lease)
        self._next_at = None  # if another worker was faster, when its lease ends is seen at the next look
        return self._round

    def _look(self, now: datetime) -> datetime | None:
        """When the next job is due. The first look removes jobs that are declared no more."""
        if not self._tidy:
            with self._database.write() as unit:
                periodic.keep_only(unit, {name: job.every for name, job in self._jobs.items()}, now)
            self._tidy = True
        if not self._jobs:
            return None
        with self._database.read() as unit:
            times = periodic.next_times(unit)
        if missing := self._jobs.keys() - times.keys():
            with self._database.write() as unit:
                periodic.add(unit, missing, now)
            return now
        return min(times[name] for name in self._jobs)

    def _go_on(self, current: Round) -> bool:
        """Call the job for the next tenant, or end the round. Gives whether there was a call."""
        job = self._jobs[current.job]
        with self._database.for_all_tenants().read() as unit:
            self._tenancy.refresh(unit)
            tenant_id = periodic.next_tenant(unit, job.plugin, current.served)
        if tenant_id is None:
            self._finish(current, job)
            return False
        entry = self._tenancy.entry(tenant_id)
        if entry is None or job.plugin not in plugins_on(entry):
            self._round = replace(current, served=tenant_id)
            return False
        return self._call(current, job, entry)

    def _call(self, current: Round, job: Job, entry: TenantEntry) -> bool:
        """One tenant's transaction. What cannot even be committed counts as failed, too, so that it is
        not in the way of the others; if the database is gone that cannot be noted either."""
        try:
            with self._database.for_tenant(entry.id).write() as unit:
                if not self._tenancy.is_current(unit, entry):
                    return False  # look again, by what is on now
                held = periodic.advance(unit, current, entry.id, self._until())
                if held:
                    with unit.savepoint():
                        job.call(Tick(tenant=entry.tenant, tenant_id=entry.id, now=self._clock()), unit)
        except Exception as error:
            reason = _reason(entry.tenant.slug, error)
            with self._database.write() as unit:
                held = periodic.advance_failed(unit, current, entry.id, self._until(), reason)
            kind = type(error).__name__
            log.error("job_failed", job=current.job, tenant=entry.tenant.slug, error=kind)
            current = replace(current, failed=current.failed + 1)
        self._round = replace(current, served=entry.id) if held else None
        return held

    def _finish(self, current: Round, job: Job) -> None:
        """End the round, and look at once for another job."""
        now = self._clock()
        with self._database.write() as unit:
            periodic.finish(unit, current, now=now, next_at=self._next_round(current, job, now))
        self._round = None
        self._look_at = 0.0

    def _next_round(self, current: Round, job: Job, now: datetime) -> datetime:
        """The usual time, or if it failed for somebody soon, later with each round that fails again."""
        usual = max(now, current.started_at + job.every)
        if not current.failed:
            return usual
        delay = next_delay(EFFECT_SCHEDULE, current.failed_rounds + 1, self._random)
        return usual if delay is None else min(usual, now + timedelta(seconds=delay))

    def _until(self) -> datetime:
        return self._clock() + self._lease


def _reason(tenant: str, error: Exception) -> str:
    """For whom it failed and with what, in one line, and where below it."""
    where = "".join(traceback.format_exception(error))
    return storable(f"{tenant}: {type(error).__name__}: {error}\n{where}")
