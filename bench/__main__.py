"""``python -m bench``: measures, prints, and fails if anything acknowledged was lost or doubled."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path

from rich.console import Console

from bench.databases import Kind, databases
from bench.places import Place
from bench.plan import FULL, QUICK, Plan
from bench.report import Report
from bench.servers import BenchError
from bench.specs import MAIN, SPECS, Spec


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench and return its exit status."""
    options = _parser().parse_args(arguments)
    plan = _plan(options)
    specs = options.only if plan.with_hub else [MAIN]
    report = Report(asdict(plan), [spec.section(plan) for spec in specs])
    console = Console(log_path=False, width=None if sys.stdout.isatty() else 180)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and databases are ended
    kinds: tuple[Kind, ...] = ("sqlite", "postgresql") if options.database == "both" else (options.database,)
    try:
        for kind in kinds:
            _run(kind, plan, specs, report, console)
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


def _run(kind: Kind, plan: Plan, specs: Sequence[Spec], report: Report, console: Console) -> None:
    temporary = tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)
    with temporary as name, databases(kind, Path(name)) as made:
        report.databases.append(made.version())
        place = Place(made, Path(name), console.log)
        for spec, section in zip(specs, report.sections, strict=True):
            section.results.extend(spec.run(place, plan))


def _plan(options: argparse.Namespace) -> Plan:
    """The usual counts, and those that were given."""
    given = {field.name: getattr(options, field.name, None) for field in fields(Plan)}
    usual = QUICK if options.quick else FULL
    return replace(usual, **{name: value for name, value in given.items() if value is not None})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add("--quick", action="store_true", help="few requests and little growth: does it work at all?")
    add("--database", choices=("sqlite", "postgresql", "both"), default="both")
    names = ",".join(spec.name for spec in SPECS)
    add("--only", type=_specs, default=list(SPECS), metavar="NAME,…", help=f"some of {names}")
    add("--rounds", type=_positive, metavar="N", help="rounds of which the median counts (5)")
    add("--connections", type=_numbers, metavar="1,16,64", help="main: numbers of connections")
    add("--requests", type=_positive, metavar="N", help="main, growth, effects: of each round (2,000)")
    add("--events", type=_positive, metavar="N", help="growth: events of the grown hub (1,000,000)")
    add("--tenants", type=_several, metavar="N", help="growth: tenants of the grown hub (1,000)")
    add("--threads", type=_positive, metavar="N", help="threads of a worker (16)")
    add("--deliveries", type=_several, metavar="N", help="deliveries: of each round (5,000)")
    add("--idle-seconds", type=_positive, metavar="N", help="idle: how long (30)")
    add("--finished", type=_positive, metavar="N", help="finished: how many (1,000,000)")
    add("--due", type=_several, metavar="N", help="finished: of each round (1,000)")
    add("--long-run", type=_several, metavar="N", help="memory: deliveries in all (100,000)")
    add("--yardstick-only", dest="with_hub", action="store_const", const=False, help="main, without the hub")
    add("--json", type=Path, metavar="FILE", help="write all figures there")
    add("--markdown", type=Path, metavar="FILE", help="write the tables there")
    return parser


def _specs(text: str) -> list[Spec]:
    wanted = text.split(",")
    if unknown := set(wanted) - {spec.name for spec in SPECS}:
        raise argparse.ArgumentTypeError(f"there is no {', '.join(sorted(unknown))}")
    return [spec for spec in SPECS if spec.name in wanted]


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
