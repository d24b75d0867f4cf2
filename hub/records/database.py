"""The database and the unit of work: every change is made in one ``write``, and read back by
``read``. SQLite (WAL, synchronous=FULL, writers queue) and PostgreSQL."""

import copy
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.row import RowMapping

from hub.records import driver
from hub.records.group_commit import CommitLost, GroupCommit
from hub.records.reach import EVERYBODY, NOBODY, Reach, alone
from hub.support import jsontext
from hub.support.fairness import FairSemaphore

BUSY_TIMEOUT_MS = 30_000
"""How long a writer waits for another process's write to a SQLite file."""

WAKE_CHANNEL = "hub_due"
"""PostgreSQL's notification channel on which workers hear that something became due."""

WAKE_PAUSE = 0.1
"""Seconds in which one process notifies the others once. A worker that was just woken looks again
within that time by itself."""

CHECKPOINT_PAGES = 4_000
"""How many pages SQLite's journal gathers before they go into the file: 16 MB instead of 4, since pages
that several sales change are then written back once."""

WATCHFUL: Mapping[str, int] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""libpq's parameters, in seconds, the last in milliseconds:
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES"""

WATCHFUL_SERVER: Mapping[str, str] = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "3",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "15s",
    "idle_in_transaction_session_timeout": "5min",
}
"""Settings of a session; the last ends one whose machine stands still in the middle of a transaction."""

UNDEFINED_TABLE = "42P01"
"""PostgreSQL's code for a table that is not there; SQLite's driver calls it an operational error."""

GONE = (
    exc.OperationalError,
    exc.InterfaceError,
    exc.TimeoutError,
    exc.PendingRollbackError,  # the connection was lost, somebody caught that, and went on
    CommitLost,
)
"""What is raised when the database is away."""

Insert = postgresql.Insert | sqlite.Insert

Row = RowMapping | Mapping[str, Any]
"""A row by column name."""


class DatabaseUnavailable(Exception):  # noqa: N818 - it names a state that the caller handles
    """The database cannot be reached or written just now; the same request may succeed later."""


class Transactions(Protocol):
    """Where units of work come from."""

    def write(self) -> AbstractContextManager["Unit"]: ...
    def read(self) -> AbstractContextManager["Unit"]: ...


class Joined:
    """Stands in for the database inside a transaction that is under way: what is done joins it, and is
    committed with it or not at all."""

    def __init__(self, unit: "Unit") -> None:
        self._unit = unit

    def write(self) -> AbstractContextManager["Unit"]:
        """The transaction that is under way."""
        return nullcontext(self._unit)

    read = write


class Unit:
    """A unit of work: statements in one transaction. Made by ``Database`` only."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.dialect = connection.dialect.name
        self.makes_due = False

    def wake_workers(self) -> None:
        """Let the workers know, once this is committed, that there is something to do."""
        self.makes_due = True

    def execute(self, statement: sa.Executable, values: Any = None) -> sa.CursorResult[Any]:
        """Run a statement; ``values`` are its parameters, or a list of them."""
        return self.connection.execute(statement, values)

    def one(self, statement: sa.Executable, values: Any = None) -> Row | None:
        """The first row by column name, or ``None``."""
        return self.connection.execute(statement, values).mappings().first()

    def rows(self, statement: sa.Executable, values: Any = None) -> Sequence[Row]:
        """All rows by column name."""
        return self.connection.execute(statement, values).mappings().all()

    def column(self, statement: sa.Executable, values: Any = None) -> list[Any]:
        """The first column of all rows."""
        return list(self.connection.scalars(statement, values))

    def scalar(self, statement: sa.Executable, values: Any = None) -> Any:
        """The first column of the first row, or ``None``."""
        return self.connection.scalar(statement, values)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is undone alone if it raises. Raises DatabaseUnavailable for what is
        nobody's fault, such as a deadlock."""
        with available():
            driver.run(self.connection, "SAVEPOINT hub")
            try:
                yield
            except BaseException:
                if not self.connection.invalidated:
                    driver.run(self.connection, "ROLLBACK TO SAVEPOINT hub")
                    driver.run(self.connection, "RELEASE SAVEPOINT hub")
                raise
            driver.run(self.connection, "RELEASE SAVEPOINT hub")

    def insert(self, table: sa.Table, values: Mapping[str, Any]) -> None:
        """Add one row."""
        self.connection.execute(sa.insert(table), values)


class _Waking:
    """Who is woken after a commit that made something due, and when other processes were told last."""

    def __init__(self) -> None:
        self.wakers: list[Callable[[], None]] = []
        self.notified = 0.0


class _Turns:
    """So many threads write at a time, each in a transaction of its own."""

    def __init__(self, most: int) -> None:
        self._turn = FairSemaphore(most)

    @contextmanager
    def write(self, connect: Callable[[], Connection]) -> Iterator[Connection]:
        with self._turn, connect() as connection, connection.begin():
            yield connection


class Database:
    """The engine and its transactions. Safe to share between threads. Raises DatabaseUnavailable for
    an address that cannot be one.

    Its transactions reach no tenant's rows, until somebody names the tenant (``for_tenant``) or says that
    it is about all of them (``for_all_tenants``). PostgreSQL sees to that; SQLite cannot
    (docs/adr/0025-the-second-lock.md).

    Threads of this process queue for their turn to write: one at a time on SQLite, where those who wait
    for each other share a commit, and ``writers`` on PostgreSQL, where more would mostly wait for each
    other's turn in the interpreter (docs/adr/0008-hot-statements.md has the figures).
    """

    def __init__(self, url: str, *, pool_size: int = 16, writers: int = 4) -> None:
        try:
            self.url = sa.make_url(url)
            self.engine = _engine(self.url, pool_size)
        except (exc.ArgumentError, ImportError) as error:
            raise DatabaseUnavailable(f"its address is not one: {error}") from None
        embedded = self.engine.dialect.name == "sqlite"
        self._turns = GroupCommit() if embedded else _Turns(writers)
        self._waking = _Waking()
        self._closers: list[Callable[[], None]] = []
        self._reach = NOBODY

    def for_tenant(self, tenant_id: UUID | None) -> "Database":
        """The same database, of which only this tenant's rows are seen and changed; ``None``: those that
        belong to no tenant, such as a request of which nobody knows for whom it was."""
        return self._reaching(NOBODY if tenant_id is None else alone(tenant_id))

    def for_all_tenants(self) -> "Database":
        """The same database with the rows of all tenants: for work on the installation, and for finding out
        whose something is."""
        return self._reaching(EVERYBODY)

    def _reaching(self, reach: Reach) -> "Database":
        other = copy.copy(self)
        other._reach = reach
        return other

    @property
    def mark(self) -> str:
        """A short name of this database, by which processes that share it know each other's things:
        its address as it is written in the settings, without user and password."""
        address = f"{self.url.host}:{self.url.port}/{self.url.database}"
        return hashlib.sha256(address.encode()).hexdigest()[:8]

    def on_due(self, wake: Callable[[], None]) -> None:
        """Call this after each commit of this process that made something due."""
        self._waking.wakers.append(wake)

    @contextmanager
    def write(self) -> Iterator[Unit]:
        """One transaction, committed at the end and undone if anything raises.

        Raises DatabaseUnavailable if the database is gone, full or held by somebody else.
        """
        connect = partial(self._connection, hub_writes=True)
        with self._available(), self._turns.write(connect) as connection:
            unit = Unit(connection)
            yield unit
            if unit.makes_due:
                self._notify(unit)
        if unit.makes_due:
            for wake in self._waking.wakers:
                wake()

    def on_close(self, end: Callable[[], None]) -> None:
        """Call this before the connections are given back."""
        self._closers.append(end)

    def _notify(self, unit: Unit) -> None:
        """Tell the workers of other processes, where the database can; others look once a second."""
        now = time.monotonic()
        if unit.dialect == "postgresql" and now - self._waking.notified >= WAKE_PAUSE:
            self._waking.notified = now
            unit.execute(sa.select(sa.func.pg_notify(WAKE_CHANNEL, "")))

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """A transaction that only reads. Raises DatabaseUnavailable."""
        with self._available(), self._connection() as connection, connection.begin():
            yield Unit(connection)

    def _connection(self, **options: Any) -> Connection:
        return self.engine.connect().execution_options(hub_reach=self._reach, **options)

    @contextmanager
    def _available(self) -> Iterator[None]:
        """After a lost connection the pool starts anew: its others are most likely lost too."""
        try:
            with available():
                yield
        except DatabaseUnavailable as error:
            if getattr(error.__cause__, "connection_invalidated", False):
                self.engine.dispose()
            raise

    def close(self) -> None:
        """Give all connections back."""
        for end in self._closers:
            end()
        self.engine.dispose()


def insert_into(table: sa.Table, dialect: str) -> Insert:
    """An INSERT that knows ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


@contextmanager
def available() -> Iterator[None]:
    """Turns the driver's words for a database that is gone, or has no tables yet, into
    DatabaseUnavailable."""
    try:
        yield
    except GONE as error:
        raise DatabaseUnavailable(type(error.__cause__ or error).__name__) from error
    except exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != UNDEFINED_TABLE:
            raise
        raise DatabaseUnavailable(type(error.__cause__ or error).__name__) from error


def _engine(url: sa.URL, pool_size: int) -> Engine:
    """The connection used last is used next: it still holds the pages that writers change, while SQLite
    makes each other one read them again."""
    server = url.get_backend_name() == "postgresql"
    engine = sa.create_engine(
        url,
        connect_args={"autocommit": True, **watchful(url)} if server else {},
        json_serializer=jsontext.encode_text,
        json_deserializer=jsontext.decode_stored,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=30,
        pool_use_lifo=True,
        pool_pre_ping=False,
        hide_parameters=True,
    )
    if server:
        event.listen(engine, "connect", watch_back)
        event.listen(engine, "begin", _begin_postgresql)
    else:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def watchful(url: sa.URL) -> dict[str, int]:
    """How the driver notices that PostgreSQL cannot be reached any more, in seconds and not in the hours that
    TCP would take. What the address says itself counts."""
    return {name: value for name, value in WATCHFUL.items() if name not in url.query}


def watch_back(connection: Any, _record: Any = None) -> None:
    """The same on the server's side: what a machine held that was cut off is free again as soon."""
    with connection.cursor() as cursor:
        for name, value in WATCHFUL_SERVER.items():
            cursor.execute("SELECT set_config(%s, %s, false)", (name, value))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """The journal mode is a property of the file, set once by the migration. What a savepoint needs
    to undo its changes stays in memory: each sale with effects wrote it to a temporary file."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes the lock at once: a reader that turns writer could not wait for it."""
    writes = connection.get_execution_options().get("hub_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    """The driver, which would say nothing but ``BEGIN``, leaves this to us. What is said here ends with the
    transaction."""
    reach: Reach = connection.get_execution_options().get("hub_reach", NOBODY)
    driver.run_several(connection, reach.beginning())
