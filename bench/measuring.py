"""One measured round: load on a running server, what it used meanwhile, and whether all of it is in
the database; and the medians of several rounds.
"""

import math
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from bench import load, payloads
from bench.servers import TENANT, BenchError, Server
from bench.verify import Account, Application, account

WARM_UP = 200
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Target:
    """A running server with what is needed to load it and to look into its database."""

    name: str
    application: Application
    server: Server
    database_url: str
    secret: str
    tenants: Sequence[str] = (TENANT,)


@dataclass(frozen=True, slots=True)
class Sample:
    """The figures of one round, or the medians of several. CPU in seconds per 1,000 requests."""

    rate: float
    p50_ms: float
    p99_ms: float
    cpu: float
    peak_mb: float
    client_cpu: float
    statuses: dict[int, int]
    account: Account

    @property
    def refused(self) -> int:
        """Requests that were not answered with a 2xx."""
        return sum(count for status, count in self.statuses.items() if not 200 <= status < 300)

    def as_dict(self) -> dict[str, object]:
        """The figures for a JSON file."""
        return asdict(self)


def warm_up(target: Target, connections: int = 16) -> None:
    """Let imports, pools and caches fill before anything counts. Raises BenchError if the server
    refuses what it is sent."""
    result = _send(target, WARM_UP, connections)
    if not result.acknowledged:
        raise BenchError(f"{target.name} acknowledged nothing: {result.statuses}")


def measure(target: Target, connections: int, count: int) -> Sample:
    """Load the server once."""
    prepared = payloads.prepare(count, target.server.port, target.secret, target.tenants)
    target.server.reset_peak()
    before = target.server.usage()
    result = load.run(prepared, target.server.port, connections)
    time.sleep(0.1)  # what a thread does after its answer belongs to the request
    after = target.server.usage()
    answered = len(result.answers) or 1
    return Sample(
        rate=result.rate,
        p50_ms=result.percentile(50) * 1000,
        p99_ms=result.percentile(99) * 1000,
        cpu=(after.cpu - before.cpu) / answered * 1000,
        peak_mb=after.peak / MEGABYTE,
        client_cpu=result.client_cpu / answered * 1000,
        statuses=_with_unsent(result.statuses, count - len(result.answers)),
        account=account(target.database_url, target.application, result.acknowledged),
    )


@dataclass(frozen=True)
class Series:
    """The rounds of one target, in order."""

    samples: Sequence[Sample]

    @property
    def median(self) -> Sample:
        """The median of each figure; statuses and books are added up."""
        statuses: Counter[int] = Counter()
        for sample in self.samples:
            statuses.update(sample.statuses)
        return Sample(
            rate=statistics.median(sample.rate for sample in self.samples),
            p50_ms=statistics.median(sample.p50_ms for sample in self.samples),
            p99_ms=statistics.median(sample.p99_ms for sample in self.samples),
            cpu=statistics.median(sample.cpu for sample in self.samples),
            peak_mb=statistics.median(sample.peak_mb for sample in self.samples),
            client_cpu=statistics.median(sample.client_cpu for sample in self.samples),
            statuses=dict(statuses),
            account=sum((sample.account for sample in self.samples), Account()),
        )

    def ratio(self, base: "Series", figure: Callable[[Sample], float]) -> float:
        """The median of the rounds' ratios: both ran one right after the other, so whatever else
        the machine did then slowed both."""
        pairs = zip(self.samples, base.samples, strict=True)
        return statistics.median(
            figure(mine) / figure(theirs) if figure(theirs) else math.nan for mine, theirs in pairs
        )


def alternate(targets: Sequence[Target], connections: int, count: int, rounds: int) -> dict[str, Series]:
    """Load the targets in turn, several times, each second round backwards; by name of target."""
    samples: dict[str, list[Sample]] = {target.name: [] for target in targets}
    for number in range(rounds):
        for target in targets if number % 2 == 0 else reversed(targets):
            samples[target.name].append(measure(target, connections, count))
    return {name: Series(found) for name, found in samples.items()}


def _send(target: Target, count: int, connections: int) -> load.LoadResult:
    prepared = payloads.prepare(count, target.server.port, target.secret, target.tenants)
    return load.run(prepared, target.server.port, connections)


def _with_unsent(statuses: dict[int, int], unsent: int) -> dict[int, int]:
    if not unsent:
        return statuses
    return {**statuses, load.NO_ANSWER: statuses.get(load.NO_ANSWER, 0) + unsent}
