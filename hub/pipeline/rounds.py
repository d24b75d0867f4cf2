"""The rounds of a worker that asks providers by itself: a few pages of one connection at a turn, outside
any transaction, while the connection is claimed."""

import time
from datetime import datetime

import structlog

from hub.contract.backfill import BackfillError
from hub.pipeline.backfilling import EVERY, Backfiller, BusyError
from hub.records import backfills, tenants
from hub.records.database import Database, Row
from hub.registry.registry import Registry, Target
from hub.support.clock import Clock

log = structlog.get_logger()

LOOK = 30.0
"""Seconds between two looks at what is due: nobody is told when it changes."""

PAGES = 5
"""Pages that are asked for at a turn, before others have theirs."""


class Rounds:
    """Takes turns, one call after the other."""

    def __init__(self, database: Database, registry: Registry, backfiller: Backfiller, clock: Clock) -> None:
        self._database = database.for_all_tenants()
        self._registry = registry
        self._backfiller = backfiller
        self._clock = clock
        self._look_at = 0.0
        self._plugins = [
            slug
            for slug, installed in registry.plugins.installed.items()
            if hasattr(installed.plugin, "list_since")
        ]

    def turn(self) -> tuple[int, datetime | None]:
        """Ask for a connection that is due. Gives how many were asked for."""
        if not self._plugins or time.monotonic() < self._look_at:
            return 0, None
        while (row := self._due()) is not None:
            if self._serve(row):
                return 1, None
        self._look_at = time.monotonic() + LOOK
        return 0, None

    def _due(self) -> Row | None:
        now = self._clock()
        with self._database.write() as unit:
            backfills.add_missing(unit, self._plugins, now)
            return backfills.due(unit, self._plugins, now)

    def _serve(self, row: Row) -> bool:
        """Ask, or put it off if it is not to be asked. Gives whether it was."""
        target = self._target(row)
        said = self._backfiller.lookback(target) if target else None
        if target is None or said is None or not (said.ready and said.regular):
            now = self._clock()
            with self._database.write() as unit:
                backfills.put_off(unit, row["connection_id"], asked_at=now, next_at=now + EVERY)
            return False
        try:
            found = self._backfiller.run(target, pages=PAGES)
        except BusyError:
            return False
        except BackfillError as error:
            log.warning("backfill_failed", **_whose(target), reason=error.message)
            return True
        if found.missing or found.refused:
            log.info("backfilled", **_whose(target), imported=found.missing, refused=found.refused)
        return True

    def _target(self, row: Row) -> Target | None:
        """The connection as it is now."""
        with self._database.read() as unit:
            slug = tenants.slug_by_id(unit, row["tenant_id"])
            if slug is not None:
                self._registry.current_entry(unit, slug)
        return self._registry.by_connection(slug, row["connection_id"]) if slug else None


def _whose(target: Target) -> dict[str, str]:
    connection = target.connection
    return {"tenant": connection.tenant.slug, "plugin": connection.plugin, "connection": connection.name}
