"""``make faults``: every scenario on both databases, and what they found as a table. Ends with 1 if anything
was lost, doubled, half done or otherwise not as promised, and says how that scenario is repeated."""

import argparse
import os
import platform
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.table import Table

from hub.version import __version__
from tests.faults.crashes.catalogue import CATALOGUE
from tests.faults.crashes.databases import Database, Kind, Postgres, Sqlite, own_postgres
from tests.faults.crashes.trial import Account, Trial

SECONDS = 13 * 60.0
"""For all scenarios together; what has not come to its end by then counts as failed."""

LAST_SECONDS = 30
"""After that nothing goes on, whatever it is waiting for."""

out = Console(width=150, highlight=False)


def main() -> int:
    """Run what is asked for. Gives the exit code."""
    given = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGALRM, lambda *_: sys.exit("faults: out of time"))
    signal.alarm(int(SECONDS) + LAST_SECONDS)
    deadline = time.monotonic() + SECONDS
    accounts: list[Account] = []
    with _databases(given.database) as databases:
        _say_where(databases, given.seed)
        for name, entry in CATALOGUE.items():
            if given.scenario in (None, name):
                accounts += [
                    _run(name, databases[kind], given.seed, deadline)
                    for kind in entry.kinds
                    if kind in databases
                ]
    out.print(_table(accounts))
    return _judge(accounts)


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.crashes", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 2**31))
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    parser.add_argument("--scenario", choices=list(CATALOGUE))
    return parser.parse_args()


@contextmanager
def _databases(wanted: Kind | None) -> Iterator[dict[Kind, Database]]:
    found: dict[Kind, Database] = {"sqlite": Sqlite()} if wanted != "postgresql" else {}
    if wanted == "sqlite":
        yield found
        return
    with own_postgres() as server:
        if server is None:
            sys.exit("faults: PostgreSQL is not installed; --database sqlite does without")
        yield {**found, "postgresql": server}


def _say_where(databases: dict[Kind, Database], seed: int) -> None:
    versions = [
        f"hub {__version__}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
    ]
    versions += [f"PostgreSQL {one.version()}" for one in databases.values() if isinstance(one, Postgres)]
    cores = len(os.sched_getaffinity(0))
    out.print(
        f"seed {seed} · {time.strftime('%Y-%m-%d')} · {platform.machine()}, {cores} cores · "
        + ", ".join(versions)
    )


def _run(name: str, database: Database, seed: int, deadline: float) -> Account:
    started = time.monotonic()
    trial = Trial(name, database, seed, deadline)
    try:
        account = CATALOGUE[name].run(trial)
    except Exception as error:  # whatever it is, the others have their turn, and the seed is told
        account = trial.failed(error)
    verdict = "FAILED" if account.faults else "ok"
    out.print(f"{name} on {database.kind}: {verdict} after {time.monotonic() - started:.0f} s", markup=False)
    return account


def _table(accounts: list[Account]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("scenario", "database"):
        table.add_column(column, no_wrap=True)
    for column in ("rounds", "kills", "sent", "acknowledged", "lost", "doubled", "half done"):
        table.add_column(column, justify="right")
    table.add_column("remark")
    for one in accounts:
        figures = (one.rounds, one.kills, one.sent, one.accepted, one.lost, one.doubled, one.halved)
        table.add_row(one.scenario, one.database, *map(str, figures), one.remark)
    return table


def _judge(accounts: list[Account]) -> int:
    rounds, kills = sum(one.rounds for one in accounts), sum(one.kills for one in accounts)
    accepted = sum(one.accepted for one in accounts)
    lost, doubled = sum(one.lost for one in accounts), sum(one.doubled for one in accounts)
    out.print(f"{rounds} rounds, {kills} kills, {accepted} acknowledged, {lost} lost, {doubled} doubled")
    failed = [one for one in accounts if one.faults]
    for one in failed:
        out.print(
            f"\n{one.scenario} on {one.database} FAILED\n{one.faults}\nagain: {one.command}", markup=False
        )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
