"""``python -m bench``: measures, prints, and fails if anything acknowledged was lost or doubled."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from bench.databases import Kind, databases
from bench.report import Report
from bench.scenarios import Place, Plan, compare, grow
from bench.servers import BenchError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench and return its exit status."""
    options = _parser().parse_args(arguments)
    plan = _plan(options)
    report = Report(settings=asdict(plan))
    console = Console(log_path=False, width=None if sys.stdout.isatty() else 180)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and databases are ended
    kinds: tuple[Kind, ...] = ("sqlite", "postgresql") if options.database == "both" else (options.database,)
    try:
        for kind in kinds:
            _run(kind, plan, options.only, report, console)
    except BenchError as error:
        console.print(f"[red]{error}[/red]", highlight=False)
        return 2
    report.print(console)
    if options.json:
        report.write_json(options.json)
    if options.markdown:
        report.write_markdown(options.markdown)
    for fault in report.faults():
        console.print(f"[red]FAILED[/red] {fault}")
    return 1 if report.faults() else 0


def _run(kind: Kind, plan: Plan, only: str | None, report: Report, console: Console) -> None:
    temporary = tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)
    with temporary as name, databases(kind, Path(name)) as made:
        report.databases.append(made.version())
        place = Place(made, Path(name), console.log)
        if only != "growth":
            report.main.extend(compare(place, plan))
        if only != "main" and plan.with_hub:
            report.growth.extend(grow(place, plan))


def _plan(options: argparse.Namespace) -> Plan:
    quick = options.quick
    return Plan(
        connections=options.connections,
        requests=options.requests or (300 if quick else 2_000),
        rounds=options.rounds or (2 if quick else 5),
        events=options.events or (20_000 if quick else 1_000_000),
        tenants=options.tenants or (50 if quick else 1_000),
        plugins=36,
        with_hub=not options.yardstick_only,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="few requests and little growth: does it work at all?")
    add("--database", choices=("sqlite", "postgresql", "both"), default="both")
    add("--connections", type=_numbers, default=(1, 16, 64), metavar="1,16,64")
    add("--requests", type=_positive, metavar="N", help="requests of each round (2,000)")
    add("--rounds", type=_positive, metavar="N", help="rounds of which the median counts (5)")
    add("--events", type=_positive, metavar="N", help="events of the grown hub (1,000,000)")
    add("--tenants", type=_several, metavar="N", help="tenants of the grown hub (1,000)")
    add("--only", choices=("main", "growth"))
    add("--yardstick-only", action="store_true", help="measure this machine without the hub")
    add("--json", type=Path, metavar="FILE", help="write all figures there")
    add("--markdown", type=Path, metavar="FILE", help="write the tables there")
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(_positive(part) for part in text.split(","))


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _several(text: str) -> int:
    if (number := int(text)) < 3:
        raise argparse.ArgumentTypeError("must be at least 3")
    return number


if __name__ == "__main__":
    sys.exit(main())
