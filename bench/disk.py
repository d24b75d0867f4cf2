"""What a disk costs on which a flush takes longer, as in a network: SQLite with very many senders, hub and
yardstick. The time is added by a small library that a C compiler makes when it is needed (``slowflush.c``).
"""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.measuring import alternate, warm_up
from bench.places import Place, set_up_hub, yardstick_running
from bench.plan import Plan
from bench.results import Comparison
from bench.scenarios import MANY_AT_ONCE
from bench.servers import BenchError

CONNECTIONS = 64
SOURCE = Path(__file__).with_name("slowflush.c")


def slow_down(place: Place, plan: Plan) -> Iterator[Comparison]:
    """Hub and yardstick in turn. PostgreSQL flushes in processes that are not the bench's."""
    if place.database != "sqlite":
        return
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        place.log("disk: skipped, because there is no C compiler (cc) to make slowflush.c with")
        return
    settings = _slow_flush(compiler, place.subfolder("disk"), plan.flush_ms)
    hub = set_up_hub(place, "slow-hub").with_settings(**settings)
    with (
        yardstick_running(place, "yardstick", settings=settings) as yardstick,
        hub.running(called="hub") as target,
    ):
        for one in (yardstick, target):
            warm_up(one, CONNECTIONS)
        place.log(f"sqlite: {plan.rounds} rounds with {plan.flush_ms} ms more for each flush")
        found = alternate([yardstick, target], CONNECTIONS, plan.requests, plan.rounds)
    for name, series in found.items():
        aims = MANY_AT_ONCE if name == "hub" else ()
        yield Comparison(
            f"sqlite, flush + {plan.flush_ms} ms", CONNECTIONS, name, series, found["yardstick"], aims
        )


def _slow_flush(compiler: str, folder: Path, milliseconds: int) -> Mapping[str, str]:
    """Settings of a process whose flushes take so much longer."""
    library = folder / "slowflush.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
    made = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if made.returncode:
        raise BenchError(f"{SOURCE.name} could not be compiled:\n{made.stderr[-2000:]}")
    return {"LD_PRELOAD": str(library), "BENCH_FLUSH_MS": str(milliseconds)}
