"""One measured round of sending: a worker empties an outbox, or the bare pool posts as often, to the same
receiver; and whether all of it arrived.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bench.measuring import MEGABYTE, Rounds
from bench.outbox import Outbox
from bench.receiver import Arrivals, collect
from bench.servers import Program, Server, run_bare_pool
from bench.verify import Account, account_deliveries

BOOKS = ("sent", "lost", "doubled", "came again")


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The figures of one round. CPU in seconds per 1,000; the rate and the seconds are the receiver's,
    from the first arrival to the last. ``repeated`` counts what came again under the same id."""

    rate: float
    seconds: float
    cpu: float
    receiver_cpu: float
    peak_mb: float
    resident_mb: float
    repeated: int
    account: Account

    def as_dict(self) -> dict[str, object]:
        """The figures for a JSON file."""
        return asdict(self)


DispatchRounds = Rounds[Dispatch]


def dispatch(outbox: Outbox, worker: Program, receiver: Server, count: int) -> Dispatch:
    """Let the worker send so many deliveries that become due at the same instant."""
    outbox.fill(count)
    collect(receiver.port)
    worker.reset_peak()
    before, idle = worker.usage(), receiver.usage()
    ids = outbox.release()
    outbox.wait()
    after, busy = worker.usage(), receiver.usage()
    arrivals = collect(receiver.port)
    return Dispatch(
        rate=arrivals.rate,
        seconds=arrivals.seconds,
        cpu=(after.cpu - before.cpu) / count * 1000,
        receiver_cpu=(busy.cpu - idle.cpu) / count * 1000,
        peak_mb=after.peak / MEGABYTE,
        resident_mb=after.resident / MEGABYTE,
        repeated=_repeated(arrivals),
        account=account_deliveries(outbox.hub.database_url, ids, arrivals.requests),
    )


def post_bare(receiver: Server, body: bytes, count: int, threads: int) -> Dispatch:
    """Let the bare pool post as often."""
    collect(receiver.port)
    idle = receiver.usage()
    cpu = run_bare_pool(receiver.port, body, count=count, threads=threads)
    busy = receiver.usage()
    arrivals = collect(receiver.port)
    found = len({name for name, _ in arrivals.requests})
    return Dispatch(
        rate=arrivals.rate,
        seconds=arrivals.seconds,
        cpu=cpu / count * 1000,
        receiver_cpu=(busy.cpu - idle.cpu) / count * 1000,
        peak_mb=0.0,
        resident_mb=0.0,
        repeated=_repeated(arrivals),
        account=Account(count, found, count - found),
    )


def total(rounds: DispatchRounds) -> Account:
    """The books of all rounds."""
    return sum((sample.account for sample in rounds.samples), Account())


def books(*candidates: DispatchRounds) -> list[str]:
    """The last columns of a table."""
    account = sum((total(rounds) for rounds in candidates), Account())
    repeated = sum(sample.repeated for rounds in candidates for sample in rounds.samples)
    return [f"{account.acknowledged:,}", str(account.lost), str(account.doubled), str(repeated)]


def listed(rounds: DispatchRounds) -> Sequence[dict[str, object]]:
    """Each round for a JSON file."""
    return [sample.as_dict() for sample in rounds.samples]


def _repeated(arrivals: Arrivals) -> int:
    return len(arrivals.requests) - len({name for name, _ in arrivals.requests})
