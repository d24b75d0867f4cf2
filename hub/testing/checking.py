"""Runs the kit: every rule that applies to a plugin, all findings collected, and the tier that results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

from hub.testing.adapter import Adapter
from hub.testing.quality import Quality
from hub.testing.rules import RESULT, RULES, Finding, Rule
from hub.testing.trial import Trial, holds, results


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the kit says of a plugin. ``findings`` fail the check; ``known`` are those that its quality file
    owns up to."""

    plugin: str
    quality: Quality
    findings: tuple[Finding, ...] = ()
    known: tuple[Finding, ...] = ()
    tried: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def rules(self) -> Mapping[str, Rule]:
        """All rules by id."""
        return RULES

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def by_rule(self) -> Mapping[str, Sequence[Finding]]:
        """The findings by rule, in the order of the rules."""
        grouped: dict[str, list[Finding]] = {}
        for finding in sorted(self.findings, key=lambda finding: finding.rule):
            grouped.setdefault(finding.rule, []).append(finding)
        return grouped


def check(adapter: Adapter) -> Report:
    """Try every rule. Takes a few seconds; nothing is sent over a socket, nothing outside of a temporary
    folder is written. Raises LoadError if the hub does not start with the plugin."""
    started = perf_counter()
    with Trial(adapter) as trial:
        trial.start()
        found = [finding for rule in trial.applicable for finding in trial.findings(rule)]
        return Report(
            plugin=adapter.manifest.slug,
            quality=trial.quality,
            findings=tuple(finding for finding in found if finding.rule not in trial.owned),
            known=tuple(finding for finding in found if finding.rule in trial.owned),
            tried=tuple(rule.id for rule in trial.applicable),
            seconds=round(perf_counter() - started, 2),
        )


def write_results(adapter: Adapter, quality: Quality) -> list[str]:
    """Leave the result in the package, where the hub reads it, and the badge beside the README. Gives the
    names of the files that changed."""
    changed = []
    for path, text in results(adapter, quality):
        if not holds(path, text):
            path.write_text(text, "utf-8")
            changed.append(path.name)
    return changed


def without_results(report: Report) -> Report:
    """The report without what ``write_results`` has mended."""
    left = tuple(finding for finding in report.findings if finding.rule != RESULT.id)
    return Report(**{**vars(report), "findings": left})
