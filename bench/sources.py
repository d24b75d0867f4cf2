"""What a request of each installed source costs: the sample of its plugin, signed as its provider signs, with
ids of its own in each request.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import urlencode

import sqlalchemy as sa

from bench.measuring import Series, Target, alternate, warm_up
from bench.payloads import Prepared
from bench.places import Hub, Place, set_up_hub
from bench.plan import Plan
from bench.results import BOOKS, books, faults
from bench.samples import SAMPLES, Sample, next_number
from bench.servers import TENANT, BenchError
from bench.verify import Account, balance, connected
from hub.cli.send import endpoint, signed
from hub.registry.connecting import DEFAULT
from hub.registry.demonstrating import demo_of
from hub.registry.discovery import Installed, discover
from hub.registry.fixtures import Fixture, fixtures_of
from hub.support import jsontext

NUMBER = re.compile(r"(?<![0-9a-f])[1-9][0-9]{7}(?![0-9a-f])")
"""In a key of an event: that of the request."""


@dataclass(frozen=True)
class Source:
    """A source that is switched on, and what it is sent."""

    installed: Installed
    sample: Sample
    fixture: Fixture
    credential: str

    def request(self, port: int) -> Prepared:
        """A new request, known by its number."""
        number, base = next_number(), f"http://127.0.0.1:{port}"
        scheme = self.installed.manifest.scheme
        assert scheme is not None, "a source has one"
        told = signed(self.sample.numbered(self.fixture, number), scheme, self.credential, datetime.now(UTC))
        path = endpoint(self.installed, TENANT, DEFAULT, base).removeprefix(base)
        query = f"?{urlencode(told.query)}" if told.query else ""
        headers = {
            "Host": f"127.0.0.1:{port}",
            "User-Agent": "bench/1",
            **told.headers,
            "Content-Length": str(len(told.body)),
        }
        lines = [f"POST {path}{query} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        return Prepared(number, "\r\n".join([*lines, "", ""]).encode() + told.body)


@dataclass(frozen=True, kw_only=True)
class SourceTarget(Target):
    """A running hub that is sent what one source sends."""

    source: Source

    def prepare(self, count: int) -> list[Prepared]:
        """So many requests that it has never been sent."""
        return [self.source.request(self.server.port) for _ in range(count)]

    def account(self, acknowledged: Sequence[str]) -> Account:
        """Exactly one processed event for each number, and exactly one row in each table of records."""
        sample = self.source.sample
        with connected(self.database_url) as connection:
            events = _numbers(connection, sample.plugin)
            records = [_numbers(connection, sample.plugin, table) for table in sample.records]
        return balance(acknowledged, [(1, events), *((1, found) for found in records)])


@dataclass(frozen=True)
class SourceCost:
    """One source on one database under so many connections, beside the custom webhook."""

    columns: ClassVar[Sequence[str]] = (
        "database", "conn.", "source", "bytes", "req/s", "p50 ms", "p99 ms", "CPU s/1,000", "CPU ratio",
        *BOOKS,
    )  # fmt: skip

    database: str
    connections: int
    source: str
    size: int
    series: Series
    base: Series

    @property
    def ratio(self) -> float:
        """CPU per request, as a multiple of the custom webhook's."""
        return self.series.ratio(self.base, lambda sample: sample.cpu)

    def cells(self) -> list[str]:
        """The row of the table."""
        sample = self.series.median
        return [
            self.database,
            str(self.connections),
            self.source,
            f"{self.size:,}",
            f"{sample.rate:,.0f}",
            f"{sample.p50_ms:.1f}",
            f"{sample.p99_ms:.1f}",
            f"{sample.cpu:.2f}",
            f"{self.ratio:.2f}",
            *books(sample),
        ]

    def verdicts(self) -> list[str]:
        """None: a large body with many fields may cost more than a small one."""
        return []

    def faults(self) -> list[str]:
        """Why it does not count."""
        return faults(self.series.median)

    def as_dict(self) -> dict[str, object]:
        """The medians."""
        return {
            "database": self.database,
            "connections": self.connections,
            "source": self.source,
            "bytes": self.size,
            "cpu_ratio": self.ratio,
            **self.series.median.as_dict(),
        }


def compare_sources(place: Place, plan: Plan) -> Iterator[SourceCost]:
    """All sources in turn, at one hub."""
    hub = set_up_hub(place, "sources")
    sources = {sample.plugin: _switched_on(hub, sample) for sample in SAMPLES}
    sizes = {name: len(source.request(1).body) for name, source in sources.items()}
    with hub.running() as running:
        targets = [_target(name, running, source) for name, source in sources.items()]
        for target in targets:
            warm_up(target)
        for connections in plan.connections:
            place.log(f"{place.database}: {len(targets)} sources with {connections} connections")
            found = alternate(targets, connections, plan.per_source, plan.rounds)
            for name, series in found.items():
                yield SourceCost(place.database, connections, name, sizes[name], series, found["custom"])


def _switched_on(hub: Hub, sample: Sample) -> Source:
    """With the settings of the plugin's demonstration. Raises BenchError if it is not installed."""
    installed = discover().installed.get(sample.plugin)
    if installed is None:
        raise BenchError(f"the plugin {sample.plugin} is not installed")
    fixture = fixtures_of(installed.plugin)[sample.fixture]
    if sample.plugin == "custom":  # as it is in every hub of the bench
        return Source(installed, sample, fixture, hub.secret)
    demo = demo_of(installed.plugin)
    settings: Mapping[str, object] = demo.settings if demo else {}
    pairs = [f"--set={name}={value}" for name, given in settings.items() for value in _listed(given)]
    hub.command("connection", "create", TENANT, sample.plugin, *pairs)
    secrets = _listed(settings.get("secrets", []))
    return Source(installed, sample, fixture, secrets[0] if secrets else _new_key(hub))


def _new_key(hub: Hub) -> str:
    """For the sources that know their tenants by a key of the hub."""
    issued: dict[str, str] = jsontext.decode(hub.command("key", "create", TENANT, "--json").encode())
    return issued["key"]


def _listed(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _target(name: str, running: Target, source: Source) -> SourceTarget:
    return SourceTarget(
        name, running.application, running.server, running.database_url, running.secret, source=source
    )


def _numbers(connection: sa.Connection, plugin: str, records: str | None = None) -> Counter[str]:
    """How often each number stands in a key of a processed event, or of one that left such a record."""
    events = sa.table("inbound_events", *map(sa.column, ("id", "plugin", "adapter", "key", "outcome")))
    joined: sa.FromClause = events
    if records is not None:
        table = sa.table(records, sa.column("event_id"))
        joined = sa.join(events, table, table.c.event_id == events.c.id)
    query = sa.select(events.c.key).select_from(joined)
    processed = query.where(events.c.plugin == plugin, events.c.outcome == "processed")
    keys = connection.scalars(processed)
    return Counter(found[0] for key in keys if (found := NUMBER.search(key or "")))
