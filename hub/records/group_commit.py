"""Group commit on SQLite: writers that wait for each other share one transaction, and with it one flush
to disk (docs/adr/0029-group-commit.md).

One writer works at a time, as SQLite wants it. Who finishes while another one waits leaves the transaction
open to it, and the last one commits for all. Nobody goes on before the commit that holds its changes, so
an answer still means that they are on the disk. A writer that fails takes back what is its own; if the
commit fails, it fails for all.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from sqlalchemy.engine import Connection

from hub.records import driver
from hub.support.fairness import FairSemaphore

MOST_WRITERS = 16
"""How many writers one transaction takes: what the first of them may have to wait for."""

HELP_AFTER = 1.0
"""Seconds after which a writer looks itself whether anybody is left who would commit for it."""


class CommitLost(Exception):  # noqa: N818 - it names a state, as DatabaseUnavailable does
    """The transaction that writers shared is gone, with the changes of all of them."""


class _Batch:
    """A transaction and the writers whose changes it holds. Used by the one whose turn it is."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.transaction = connection.begin()
        self.writers = 0
        self.ended = threading.Event()
        self.error: BaseException | None = None

    @property
    def alive(self) -> bool:
        """SQLite ends a transaction by itself when the disk is full or fails."""
        if self.connection.invalidated:
            return False
        return bool(self.connection.connection.dbapi_connection.in_transaction)  # type: ignore[union-attr] # it is there unless invalidated


class GroupCommit:
    """The turn to write in this process. Safe to share between threads; not to be nested."""

    def __init__(self) -> None:
        self._turn = FairSemaphore()
        self._batch: _Batch | None = None

    @contextmanager
    def write(self, connect: Callable[[], Connection]) -> Iterator[Connection]:
        """A connection inside a transaction, begun on a new one if none is open. What is done with it is
        durable once this is left, and undone if anything raises. Raises CommitLost, and what the driver
        says of a database that is gone."""
        with self._turn:
            try:
                batch = self._batch or self._begin(connect)
                with _savepoint(batch.connection) if batch.writers else nullcontext():
                    yield batch.connection
                batch.writers += 1
            finally:
                self._leave()
        while not batch.ended.wait(HELP_AFTER):
            self._help(batch)
        if batch.error is not None:
            raise CommitLost from batch.error

    def _begin(self, connect: Callable[[], Connection]) -> _Batch:
        connection = connect()
        try:
            self._batch = _Batch(connection)
        except BaseException:
            connection.close()
            raise
        return self._batch

    def _leave(self) -> None:
        """Leave the transaction to the next writer; without one, or with enough in it, it ends."""
        batch = self._batch
        goes_on = batch is not None and self._turn.awaited and 0 < batch.writers < MOST_WRITERS
        if batch is not None and not (goes_on and batch.alive):
            self._end(batch)

    def _help(self, batch: _Batch) -> None:
        """A writer whose thread was interrupted on its way here cannot commit for the others."""
        with self._turn:
            if self._batch is batch and not self._turn.awaited:
                self._end(batch)

    def _end(self, batch: _Batch) -> None:
        """Commit, and let all writers of the transaction know how that went."""
        self._batch = None
        try:
            if not batch.alive:
                raise CommitLost
            if batch.writers:
                batch.transaction.commit()
        except BaseException as error:
            batch.error = error
            batch.connection.invalidate()  # SQLite keeps a transaction open that it could not commit
            if not isinstance(error, Exception):
                raise  # this thread is to end
        finally:
            batch.ended.set()
            batch.connection.close()


@contextmanager
def _savepoint(connection: Connection) -> Iterator[None]:
    """What a further writer does is undone alone."""
    driver.run(connection, "SAVEPOINT writer")
    try:
        yield
    except BaseException:
        if not connection.invalidated:
            driver.run(connection, "ROLLBACK TO SAVEPOINT writer")
            driver.run(connection, "RELEASE SAVEPOINT writer")
        raise
    driver.run(connection, "RELEASE SAVEPOINT writer")
