"""Settles what was sent: results of all sending threads together, in one transaction after the
other, because each commit costs as much for one as for a hundred."""

import queue
import threading
import time

import structlog

from hub.records import deliveries
from hub.records.database import Database, DatabaseUnavailable
from hub.records.deliveries import Result

log = structlog.get_logger()

MOST = 200
"""Results in one transaction."""

LINGER = 0.05
"""Seconds for which a result waits for others, to be written with them."""

PAUSE = 0.5
"""Seconds before a database that is away is asked again."""


class Ledger:
    """One thread that writes. ``room`` results may wait for it; then the senders wait too."""

    def __init__(self, database: Database, *, room: int, patience: float) -> None:
        self._database = database
        self._patience = patience
        self._results: queue.Queue[Result | None] = queue.Queue(room)
        self._thread = threading.Thread(target=self._write, name="hub-ledger", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def add(self, result: Result) -> None:
        """Hand a result over."""
        self._results.put(result)

    def settled(self) -> None:
        """Wait until all that was handed over is written."""
        self._results.join()

    def stop(self, timeout: float) -> None:
        """Write what was handed over, and end."""
        self._results.put(None)
        self._thread.join(timeout)

    def _write(self) -> None:
        leaving = False
        while not leaving:
            batch = self._gather(self._results.get())
            leaving = None in batch
            self._settle([result for result in batch if result is not None])
            for _ in batch:
                self._results.task_done()

    def _gather(self, first: Result | None) -> list[Result | None]:
        """The first result, and those that come at about the same time."""
        if first is not None:
            time.sleep(LINGER)
        batch = [first]
        while len(batch) < MOST:
            try:
                batch.append(self._results.get_nowait())
            except queue.Empty:
                break
        return batch

    def _settle(self, results: list[Result]) -> None:
        """Write a batch; while the database is away, again and again. When the leases have run out
        others will send these again, and the results do not count any more."""
        until = time.monotonic() + self._patience
        while results:
            try:
                with self._database.write() as unit:
                    counted = deliveries.settle(unit, results)
            except DatabaseUnavailable as error:
                if time.monotonic() > until:
                    log.error("results_lost", number=len(results), reason=str(error))
                    return
                time.sleep(PAUSE)
            except Exception:
                log.exception("results_unwritable", number=len(results))
                if len(results) > 1:  # one of them is at fault; the others are not
                    for result in results:
                        self._settle([result])
                return
            else:
                if len(counted) < len(results):
                    log.warning("leases_lost", number=len(results) - len(counted))
                return
