"""Whether one tenant that sends as fast as it can makes the others wait: many quiet tenants that each send
now and then, alone and beside it.
"""

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from typing import ClassVar

from bench import load, payloads
from bench.growing import with_tenants
from bench.load import LoadResult
from bench.measuring import Target, warm_up
from bench.places import Place, set_up_hub
from bench.plan import Plan
from bench.results import unbalanced
from bench.verify import Account

QUIET = 100
QUIET_RATE = 40.0
"""Requests a second of all quiet tenants together: each sends every two and a half seconds."""

QUIET_CONNECTIONS = 32
NOISY_CONNECTIONS = 16
NOISY_MOST = 2_000
"""Requests a second that are prepared for the noisy tenant: more than the hub takes."""

LEAD = 1.0
"""Seconds for which the noise goes on before the quiet tenants begin, and after they have ended."""


@dataclass(frozen=True)
class Heard:
    """What the quiet tenants felt, and what the noisy one sent meanwhile. Times in milliseconds."""

    p50_ms: float
    p99_ms: float
    max_ms: float
    noisy_rate: float
    refused: int
    account: Account


@dataclass(frozen=True)
class Noise:
    """The quiet tenants alone, and beside the noisy one."""

    columns: ClassVar[Sequence[str]] = (
        "database", "quiet tenants", "their req/s", "noisy req/s", "p50 ms", "p50 ratio", "p99 ms",
        "p99 ratio", "max ms", "acknowledged", "lost", "doubled", "refused",
    )  # fmt: skip

    database: str
    alone: Heard
    beside: Heard

    def cells(self) -> list[str]:
        """The row of the table."""
        alone, beside = self.alone, self.beside
        account = alone.account + beside.account
        return [
            self.database,
            str(QUIET),
            f"{QUIET_RATE:.0f}",
            f"{alone.noisy_rate:,.0f} → {beside.noisy_rate:,.0f}",
            f"{alone.p50_ms:.1f} → {beside.p50_ms:.1f}",
            f"{beside.p50_ms / alone.p50_ms:.1f}",
            f"{alone.p99_ms:.1f} → {beside.p99_ms:.1f}",
            f"{beside.p99_ms / alone.p99_ms:.1f}",
            f"{alone.max_ms:.0f} → {beside.max_ms:.0f}",
            f"{account.acknowledged:,}",
            str(account.lost),
            str(account.doubled),
            str(alone.refused + beside.refused),
        ]

    def verdicts(self) -> list[str]:
        """None: how long a quiet tenant may wait is for the reader to say."""
        return []

    def faults(self) -> list[str]:
        """Books that do not balance, and requests that were not acknowledged."""
        found = unbalanced(self.alone.account + self.beside.account)
        if refused := self.alone.refused + self.beside.refused:
            found.append(f"{refused} requests were not acknowledged")
        return found

    def as_dict(self) -> dict[str, object]:
        """All figures."""
        return {"database": self.database, "alone": asdict(self.alone), "beside": asdict(self.beside)}


def make_noise(place: Place, plan: Plan) -> Iterator[Noise]:
    """The quiet tenants alone, then beside the noise."""
    hub = with_tenants(place, set_up_hub(place, "noisy"), QUIET + 1)
    noisy, *quiet = hub.tenants
    with hub.running() as target, ProcessPoolExecutor(1, get_context("spawn")) as other:
        other.submit(os.getpid).result()  # it takes a moment to start
        warm_up(target)
        place.log(f"{place.database}: {QUIET} quiet tenants, alone and beside a noisy one")
        alone = _listen(target, quiet, plan.noisy_seconds)
        beside = _listen_beside(target, quiet, noisy, plan.noisy_seconds, other)
    yield Noise(place.database, alone, beside)


def _listen(target: Target, quiet: Sequence[str], seconds: int) -> Heard:
    return _heard(target, _send_quietly(target, quiet, seconds))


def _listen_beside(target: Target, quiet: Sequence[str], noisy: str, seconds: int, other: Executor) -> Heard:
    """The noise comes from a process of its own, so that it does not slow down the quiet ones' senders."""
    lasting = seconds + 2 * LEAD
    port = target.server.port
    noise = payloads.prepare(int(lasting * NOISY_MOST), port, target.secret, [noisy])
    made = other.submit(load.run, noise, port, NOISY_CONNECTIONS, limit=lasting)
    time.sleep(LEAD)
    felt = _send_quietly(target, quiet, seconds)
    return _heard(target, felt, made.result())


def _send_quietly(target: Target, quiet: Sequence[str], seconds: int) -> LoadResult:
    requests = payloads.prepare(int(seconds * QUIET_RATE), target.server.port, target.secret, quiet)
    return load.run_paced(requests, target.server.port, QUIET_RATE, QUIET_CONNECTIONS, limit=4.0 * seconds)


def _heard(target: Target, felt: LoadResult, noise: LoadResult | None = None) -> Heard:
    results = [felt] if noise is None else [felt, noise]
    acknowledged = [name for result in results for name in result.acknowledged]
    return Heard(
        p50_ms=felt.percentile(50) * 1000,
        p99_ms=felt.percentile(99) * 1000,
        max_ms=felt.percentile(100) * 1000,
        noisy_rate=noise.rate if noise else 0.0,
        refused=sum(len(result.answers) for result in results) - len(acknowledged),
        account=target.account(acknowledged),
    )
