"""Where a measurement happens, and the hubs that are set up there."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from bench import load, payloads
from bench.databases import Databases
from bench.measuring import Target
from bench.servers import (
    TENANT,
    BenchError,
    hub_environment,
    prepare_hub,
    run_hub,
    start_hub,
    start_yardstick,
)
from bench.verify import Application
from hub.records.reach import whole

Log = Callable[[str], None]


@dataclass(frozen=True)
class Place:
    """Where a measurement happens: its databases, an empty folder for files, and who is told."""

    databases: Databases
    folder: Path
    log: Log

    @property
    def database(self) -> str:
        """The kind of database, as the tables name it."""
        return self.databases.kind

    def subfolder(self, name: str) -> Path:
        """A folder of its own for one server."""
        folder = self.folder / name
        folder.mkdir(parents=True)
        return folder


@dataclass(frozen=True)
class Hub:
    """A hub that is set up and not yet running."""

    name: str
    database_url: str
    environment: dict[str, str]
    secret: str
    folder: Path
    tenants: tuple[str, ...] = (TENANT,)

    def with_settings(self, **settings: str) -> "Hub":
        """The same hub with further settings in its environment."""
        return replace(self, environment={**self.environment, **settings})

    def command(self, *words: str) -> str:
        """Run a command of the hub. Gives what it printed."""
        return run_hub(words, self.environment, self.folder)

    @contextmanager
    def running(
        self, application: Application = "hub", *, called: str = "", processes: int = 1
    ) -> Iterator[Target]:
        """The hub as a target, for as long as the block lasts."""
        with start_hub(self.environment, self.folder, processes) as server:
            yield Target(
                called or self.name, application, server, self.database_url, self.secret, self.tenants
            )

    def analyze(self) -> None:
        """Let the database look how large its tables are."""
        with self.engine() as engine, engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")

    @contextmanager
    def engine(self) -> Iterator[sa.Engine]:
        """A way of our own into its database."""
        engine = sa.create_engine(whole(self.database_url))
        try:
            yield engine
        finally:
            engine.dispose()


def set_up_hub(place: Place, name: str) -> Hub:
    """A hub with a tenant and its custom webhook, on a database of its own."""
    url = place.databases.create(name.replace("-", "_"))
    folder, secret = place.subfolder(name), secrets.token_hex(16)
    environment = hub_environment(url, folder)
    prepare_hub(environment, secret, folder)
    return Hub(name, url, environment, secret, folder)


@contextmanager
def yardstick_running(
    place: Place,
    name: str = "yardstick",
    module: str = "bench.yardstick",
    *,
    processes: int = 1,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Target]:
    """A yardstick as a target, on a database of its own, for as long as the block lasts."""
    plain = name.replace(", ", "_").replace(" ", "_")
    url, secret = place.databases.create(plain), secrets.token_hex(16)
    folder = place.subfolder(plain)
    with start_yardstick(module, url, secret, folder, settings or {}, processes) as server:
        yield Target(name, "yardstick", server, url, secret)


def receive(target: Target, count: int) -> str:
    """Let a running hub receive so many sales, to be copied later. Gives the text by which they differ
    from others. Raises BenchError if one is refused."""
    sales = payloads.prepare(count, target.server.port, target.secret)
    result = load.run(sales, target.server.port, 1)
    if len(result.acknowledged) != count:
        raise BenchError(f"the sales to be copied were refused: {result.statuses}")
    return payloads.run_of(sales[0])
