"""One measured round: load on a running server, what it used meanwhile, and whether all of it is in
the database; and the medians of several rounds.
"""

import math
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Generic, TypeVar

from bench import load, payloads
from bench.payloads import Prepared
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

    def prepare(self, count: int) -> list[Prepared]:
        """So many requests that it has never been sent."""
        return payloads.prepare(count, self.server.port, self.secret, self.tenants)

    def account(self, acknowledged: Sequence[str]) -> Account:
        """Whether all that was acknowledged is in its database exactly once."""
        return account(self.database_url, self.application, acknowledged)


@dataclass(frozen=True, slots=True)
class Sample:
    """The figures of one round, or the medians of several. CPU in seconds per 1,000 requests;
    ``seconds`` are those from the first byte to the last answer."""

    rate: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    seconds: float
    cpu: float
    peak_mb: float
    resident_mb: float
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
    result = load.run(target.prepare(WARM_UP), target.server.port, connections)
    if not result.acknowledged:
        raise BenchError(f"{target.name} acknowledged nothing: {result.statuses}")


def measure(target: Target, connections: int, count: int) -> Sample:
    """Load the server once."""
    prepared = target.prepare(count)
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
        max_ms=result.percentile(100) * 1000,
        seconds=result.seconds,
        cpu=(after.cpu - before.cpu) / answered * 1000,
        peak_mb=after.peak / MEGABYTE,
        resident_mb=after.resident / MEGABYTE,
        client_cpu=result.client_cpu / answered * 1000,
        statuses=_with_unsent(result.statuses, count - len(result.answers)),
        account=target.account(result.acknowledged),
    )


SampleT = TypeVar("SampleT")


@dataclass(frozen=True)
class Rounds(Generic[SampleT]):
    """The rounds of one candidate, in order."""

    samples: Sequence[SampleT]

    def middle(self, figure: Callable[[SampleT], float]) -> float:
        """The median of a figure."""
        return statistics.median(map(figure, self.samples))

    def ratio(self, base: "Rounds[SampleT]", figure: Callable[[SampleT], float]) -> float:
        """The median of the rounds' ratios: both ran one right after the other, so whatever else
        the machine did then slowed both."""
        pairs = zip(self.samples, base.samples, strict=True)
        return statistics.median(
            figure(mine) / figure(theirs) if figure(theirs) else math.nan for mine, theirs in pairs
        )


class Series(Rounds[Sample]):
    """The rounds of one target."""

    @property
    def median(self) -> Sample:
        """The median of each figure; statuses and books are added up."""
        statuses: Counter[int] = Counter()
        for sample in self.samples:
            statuses.update(sample.statuses)
        return Sample(
            rate=self.middle(lambda sample: sample.rate),
            p50_ms=self.middle(lambda sample: sample.p50_ms),
            p99_ms=self.middle(lambda sample: sample.p99_ms),
            max_ms=self.middle(lambda sample: sample.max_ms),
            seconds=self.middle(lambda sample: sample.seconds),
            cpu=self.middle(lambda sample: sample.cpu),
            peak_mb=self.middle(lambda sample: sample.peak_mb),
            resident_mb=self.middle(lambda sample: sample.resident_mb),
            client_cpu=self.middle(lambda sample: sample.client_cpu),
            statuses=dict(statuses),
            account=sum((sample.account for sample in self.samples), Account()),
        )


def in_turn(candidates: Mapping[str, Callable[[], SampleT]], rounds: int) -> dict[str, list[SampleT]]:
    """Measure the candidates in turn, several times, each second round backwards; by name."""
    samples: dict[str, list[SampleT]] = {name: [] for name in candidates}
    for number in range(rounds):
        for name in candidates if number % 2 == 0 else reversed(list(candidates)):
            samples[name].append(candidates[name]())
    return samples


def alternate(targets: Sequence[Target], connections: int, count: int, rounds: int) -> dict[str, Series]:
    """Load the targets in turn; by name of target."""
    candidates = {target.name: partial(measure, target, connections, count) for target in targets}
    return {name: Series(found) for name, found in in_turn(candidates, rounds).items()}


def _with_unsent(statuses: dict[int, int], unsent: int) -> dict[int, int]:
    if not unsent:
        return statuses
    return {**statuses, load.NO_ANSWER: statuses.get(load.NO_ANSWER, 0) + unsent}
