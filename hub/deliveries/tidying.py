"""Each worker says twice a minute that it is there. Once an hour it lets go what was kept long enough, and
carries out erasures that are nearly due; workers that do so at the same moment leave each other's rows
alone."""

import time
from collections import deque
from datetime import datetime, timedelta
from typing import Any

import structlog

from hub.config import KEPT, Config, period_of
from hub.records import periodic, requests, retention, tenants
from hub.records.audit import Actor
from hub.records.database import Database
from hub.registry.privacy import SOON, Privacy
from hub.registry.registry import Registry
from hub.support.clock import Clock

log = structlog.get_logger()

EVERY = 3600.0
"""Seconds between two rounds."""

BEAT = 30.0
"""Seconds after which a worker says again that it is there."""

ACTOR = Actor(who="worker")


class Tidying:
    """Takes turns, one transaction after the other."""

    def __init__(self, database: Database, registry: Registry, config: Config, clock: Clock) -> None:
        self._database = database.for_all_tenants()
        self._privacy = Privacy(registry)
        self._config = config
        self._clock = clock
        self._look_at = self._beat_at = 0.0
        self._left: deque[dict[str, Any]] = deque()

    def turn(self) -> tuple[int, datetime | None]:
        """One step of a round, if one is under way or due. Gives how much was done."""
        if time.monotonic() >= self._beat_at:
            self._beat_at = time.monotonic() + BEAT
            with self._database.write() as unit:
                periodic.beat(unit, self._clock())
        if not self._left:
            if time.monotonic() < self._look_at:
                return 0, None
            self._left.extend(self._periods())
            self._look_at = time.monotonic() + EVERY
            return self._erase_what_is_due(), None
        while self._left:
            row = self._left[0]
            gone = self._step(row)
            if gone < retention.BATCH:
                self._left.popleft()
            if gone:
                log.info("let_go", tenant=row["tenant"], kind=row["kind"], number=gone)
                return gone, None
        return 0, None

    def overdue(self) -> list[dict[str, Any]]:
        """What has a period, and how much of it is older: ``tenant``, ``kind``, ``days`` and ``overdue``."""
        rows = self._periods()
        with self._database.read() as unit:
            for row in rows:
                before = self._before(row)
                row["overdue"] = retention.overdue(unit, row["tenant_id"], row["kind"], before)
        return rows

    def let_go(self, row: dict[str, Any]) -> None:
        """All of it."""
        while self._step(row) == retention.BATCH:
            pass

    def _step(self, row: dict[str, Any]) -> int:
        before = self._before(row)
        with self._database.for_tenant(row["tenant_id"]).write() as unit:
            return retention.let_go(unit, row["tenant_id"], row["kind"], before=before, now=self._clock())

    def _erase_what_is_due(self) -> int:
        done = 0
        while True:
            now = self._clock()
            with self._database.write() as unit:
                request = requests.due_erasure(unit, now + SOON)
                if request is None:
                    return done
                self._privacy.fulfil(unit, request, actor=ACTOR, now=now)
            log.info("privacy_request_done", request=str(request["id"]), kind=request["kind"])
            done += 1

    def _periods(self) -> list[dict[str, Any]]:
        """Each tenant's periods; refused requests have that of the quarantine where none is set."""
        with self._database.read() as unit:
            owners = tenants.list_tenants(unit)
        found = []
        for owner in owners:
            for kind in KEPT:
                days = period_of(self._config.retention, owner["slug"], kind)
                if days is None and kind == "rejected":
                    days = self._config.quarantine_days
                if days is not None:
                    found.append(
                        {"tenant": owner["slug"], "tenant_id": owner["id"], "kind": kind, "days": days}
                    )
        return found

    def _before(self, row: dict[str, Any]) -> datetime:
        return self._clock() - timedelta(days=row["days"])
