"""``hub plugin check``: the conformance kit on the command line."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from hub.cli.common import err, json_option, out, print_json

if TYPE_CHECKING:
    from hub.testing import Finding, Report, Rule

NEEDS = ("hypothesis", "yaml")
"""What the kit needs beside the hub: the extra ``kit``."""


@click.command("check")
@click.argument("target", metavar="NAME|PATH")
@click.option(
    "--write", is_flag=True, help="Write the tier into the package, and its badge beside the README."
)
@json_option
def check_plugin(target: str, write: bool, as_json: bool) -> None:
    """Hold a plugin against the contract: NAME is installed, PATH is the folder of its source.

    Tries every rule of the conformance kit, in seconds, and prints all that it finds with what to do. Nothing
    leaves the machine. Gives status 1 if anything is found.
    """
    if any(find_spec(name) is None for name in NEEDS):
        raise click.ClickException("this needs the conformance kit: pip install 'integration-hub[kit]'")
    # Imported only here: other commands need not wait for what the kit brings.
    from hub.testing import UNLOADABLE, Finding, LoadError, check, load, without_results, write_results

    try:
        adapter = load(target)
        report = check(adapter)
    except LoadError as error:
        finding = Finding(rule=UNLOADABLE.id, where=target, message=str(error))
        _print_unloadable(UNLOADABLE, finding, as_json)
        raise click.exceptions.Exit(1) from None
    if write:
        for name in write_results(adapter, report.quality):
            err.print(f"wrote {name}", markup=False, soft_wrap=True)
        report = without_results(report)
    if as_json:
        print_json(_as_json(report))
    else:
        _print(report)
    raise click.exceptions.Exit(0 if report.passed else 1)


def _print(report: "Report") -> None:
    for rule_id, findings in report.by_rule().items():
        _print_rule(report.rules[rule_id], findings)
    if report.known:
        out.print("Known, and owned up to in quality.yaml:", style="bold")
        for finding in report.known:
            out.print(f"  {finding.rule}  {finding.where}: {finding.message}", markup=False, soft_wrap=True)
        out.print()
    for name, why in report.quality.open.items():
        out.print(f"Open: {name}: {why}", markup=False, soft_wrap=True)
    missing = ", ".join(report.quality.missing)
    out.print(f"{report.plugin}: {report.quality.tier}" + (f"; missing: {missing}" if missing else ""))
    found = f"{len(report.findings)} findings" if report.findings else "nothing found"
    err.print(f"{len(report.tried)} rules tried in {report.seconds} s: {found}.")


def _print_rule(rule: "Rule", findings: "Sequence[Finding]") -> None:
    out.print(f"{rule.id}  {rule.title}", style="bold", markup=False, soft_wrap=True)
    for finding in findings:
        out.print(f"  {finding.where}: {finding.message}", markup=False, soft_wrap=True)
    out.print(f"  see {rule.anchor}\n", style="dim", markup=False, soft_wrap=True)


def _print_unloadable(rule: "Rule", finding: "Finding", as_json: bool) -> None:
    if as_json:
        print_json({"plugin": finding.where, "passed": False, "findings": [_finding(rule, finding)]})
    else:
        _print_rule(rule, [finding])


def _as_json(report: "Report") -> dict[str, Any]:
    return {
        "plugin": report.plugin,
        "passed": report.passed,
        "tier": report.quality.tier.value,
        "missing": list(report.quality.missing),
        "open": dict(report.quality.open),
        "exempt": dict(report.quality.exempt),
        "findings": [_finding(report.rules[finding.rule], finding) for finding in report.findings],
        "known": [_finding(report.rules[finding.rule], finding) for finding in report.known],
        "tried": list(report.tried),
        "seconds": report.seconds,
    }


def _finding(rule: "Rule", finding: "Finding") -> dict[str, str]:
    return {
        "rule": finding.rule,
        "title": rule.title,
        "where": finding.where,
        "message": finding.message,
        "docs": rule.anchor,
    }
