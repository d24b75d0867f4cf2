"""``python -m bench``: measures, prints, and fails if anything acknowledged was lost or doubled."""

import argparse
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from rich.console import Console

from bench.charts import draw
from bench.databases import Kind, databases
from bench.places import Place
from bench.plan import PRESETS, Plan
from bench.report import Report
from bench.servers import BenchError
from bench.specs import MAIN, SPECS, Spec


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench and return its exit status."""
    options = _parser().parse_args(arguments)
    plans = _plans(options)
    report = Report([spec.section(plan) for spec, plan in plans])
    console = Console(log_path=False, width=None if sys.stdout.isatty() else 180)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and databases are ended
    kinds: tuple[Kind, ...] = ("sqlite", "postgresql") if options.database == "both" else (options.database,)
    for kind in kinds:
        try:
            _run(kind, plans, report, console, options)
        except BenchError as error:
            _broken(report, kind, error, console)
    report.print(console)
    if options.charts:
        draw(report.content(), options.charts)
    for fault in report.faults():
        console.print(f"[red]FAILED[/red] {fault}")
    if report.broken:
        return 2
    return 1 if report.faults() else 0


def _run(
    kind: Kind,
    plans: Sequence[tuple[Spec, Plan]],
    report: Report,
    console: Console,
    options: argparse.Namespace,
) -> None:
    """All specs on one kind of database. What is known is written after each; one that breaks does not take
    the others with it."""
    temporary = tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True)
    with temporary as name, databases(kind, Path(name)) as made:
        report.databases.append(made.version())
        for (spec, plan), section in zip(plans, report.sections, strict=True):
            folder, started = Path(name, spec.name), time.monotonic()
            folder.mkdir()
            try:
                section.results.extend(spec.run(Place(made, folder, console.log), plan))
            except Exception as error:  # whatever it is, the figures of the others count
                _broken(report, f"{spec.name} on {kind}", error, console)
            console.log(f"{kind}: {spec.name} took {time.monotonic() - started:.0f} s")
            made.drop_all()
            _write(report, options)


def _broken(report: Report, what: str, error: Exception, console: Console) -> None:
    report.broken.append(f"{what}: {error}")
    if not isinstance(error, BenchError):
        console.print("".join(traceback.format_exception(error)), markup=False, highlight=False)
    console.print(f"[red]{what} did not work[/red]")
    console.print(str(error), markup=False, highlight=False)


def _write(report: Report, options: argparse.Namespace) -> None:
    if options.json:
        report.write_json(options.json)
    if options.markdown:
        report.write_markdown(options.markdown)


def _plans(options: argparse.Namespace) -> list[tuple[Spec, Plan]]:
    """The specs that are run, each with the counts of the preset or those that were given."""
    preset = PRESETS["quick" if options.quick else options.preset]
    given = {field.name: getattr(options, field.name, None) for field in fields(Plan)}
    given = {name: value for name, value in given.items() if value is not None}
    wanted = options.only or [spec for spec in SPECS if not preset.specs or spec.name in preset.specs]
    if options.with_hub is False:
        wanted = [MAIN]
    return [(spec, preset.plan_of(spec.name, given)) for spec in wanted]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add("--preset", choices=list(PRESETS), default="full", help="how much is measured (full)")
    add("--quick", action="store_true", help="the preset quick: does it work at all?")
    add("--database", choices=("sqlite", "postgresql", "both"), default="both")
    names = ",".join(spec.name for spec in SPECS)
    add("--only", type=_specs, metavar="NAME,…", help=f"some of {names}")
    add("--rounds", type=_positive, metavar="N", help="rounds of which the median counts (5)")
    add("--connections", type=_numbers, metavar="1,16,64", help="main, sources: numbers of connections")
    add("--requests", type=_positive, metavar="N", help="main, disk, growth, effects: of each round (2,000)")
    add("--flush-ms", type=_positive, metavar="N", help="disk: what a flush takes longer (5)")
    add("--per-source", type=_positive, metavar="N", help="sources: requests of each round (500)")
    add("--burst", type=_positive, metavar="N", help="burst: requests at once (10,000)")
    add("--noisy-seconds", type=_positive, metavar="N", help="noisy: how long, twice (30)")
    add("--backlog", type=_positive, metavar="N", help="backlog: deliveries that are due (10,000)")
    add("--events", type=_positive, metavar="N", help="growth, pages: events of the grown hub (1,000,000)")
    add("--tenants", type=_several, metavar="N", help="growth: tenants of the grown hub (1,000)")
    add("--threads", type=_positive, metavar="N", help="threads of a worker (16)")
    add("--deliveries", type=_several, metavar="N", help="deliveries: of each round (5,000)")
    add("--idle-seconds", type=_positive, metavar="N", help="idle: how long (30)")
    add("--finished", type=_positive, metavar="N", help="finished: how many (1,000,000)")
    add("--due", type=_several, metavar="N", help="finished: of each round (1,000)")
    add("--long-run", type=_several, metavar="N", help="memory: deliveries in all (100,000)")
    add("--received", type=_several, metavar="N", help="serving: requests in all (72,000)")
    add("--yardstick-only", dest="with_hub", action="store_const", const=False, help="main, without the hub")
    add("--json", type=Path, metavar="FILE", help="write all figures there, after each question anew")
    add("--markdown", type=Path, metavar="FILE", help="write the tables there, likewise")
    add("--charts", type=Path, metavar="FOLDER", help="draw charts there in the end")
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
