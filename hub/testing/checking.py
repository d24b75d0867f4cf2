"""Runs the kit: every rule that applies to a plugin, all findings collected, and the tier that results."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from hub.registry.quality import FILE
from hub.testing.adapter import Adapter, LoadError
from hub.testing.badge import BADGE, drawn
from hub.testing.quality import Quality, assess, contradictions, excused, read_claims
from hub.testing.rules import RESULT, RULES, Finding, Rule


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


def applicable(adapter: Adapter) -> list[Rule]:
    """The rules that are about a plugin like this one."""
    return [rule for _, rule in sorted(RULES.items()) if rule.only(adapter)]


def owned(adapter: Adapter) -> set[str]:
    """The rules of which the plugin's quality file says that it does not keep them."""
    return excused(read_claims(adapter.quality))


def check(adapter: Adapter) -> Report:
    """Try every rule. Takes a few seconds; nothing is sent over a socket, nothing outside of a temporary
    folder is written. Raises LoadError if the hub does not start with the plugin."""
    started = perf_counter()
    rules = applicable(adapter)
    try:
        _start(adapter)
        found = [finding for rule in rules for finding in rule.findings(adapter)]
    finally:
        adapter.close()
    claims = read_claims(adapter.quality)
    failed = {finding.rule for finding in found}
    owned = excused(claims)
    quality = assess(claims, failed)
    findings = [finding for finding in found if finding.rule not in owned]
    return Report(
        plugin=adapter.manifest.slug,
        quality=quality,
        findings=(*findings, *claims.faults, *contradictions(claims, failed), *_outdated(adapter, quality)),
        known=tuple(finding for finding in found if finding.rule in owned),
        tried=tuple(rule.id for rule in rules),
        seconds=round(perf_counter() - started, 2),
    )


def _start(adapter: Adapter) -> None:
    """Start the application before a rule needs it: if that fails, no rule is to blame. Raises LoadError."""
    try:
        adapter.door.start()
    except Exception as error:
        raise LoadError(f"the hub does not start with it: {type(error).__name__}: {error}") from error


def write_results(adapter: Adapter, quality: Quality) -> list[str]:
    """Leave the result in the package, where the hub reads it, and the badge beside the README. Gives the
    names of the files that changed."""
    changed = []
    for path, text in _results(adapter, quality):
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            changed.append(path.name)
    return changed


def without_results(report: Report) -> Report:
    """The report without what ``write_results`` has mended."""
    left = tuple(finding for finding in report.findings if finding.rule != RESULT.id)
    return Report(**{**vars(report), "findings": left})


def _results(adapter: Adapter, quality: Quality) -> Iterator[tuple[Path, str]]:
    text = json.dumps(quality.as_json(), indent=2, ensure_ascii=False)
    yield adapter.package / FILE, f"{text}\n"
    if adapter.folder is not None:
        yield adapter.folder / BADGE, drawn(quality.tier)


def _outdated(adapter: Adapter, quality: Quality) -> Iterator[Finding]:
    """A result that was written and holds no more; a plugin that ships none has no tier in the catalogue."""
    if adapter.folder is None or not (adapter.package / FILE).is_file():
        return
    for path, text in _results(adapter, quality):
        if not path.is_file() or path.read_text("utf-8") != text:
            message = f"is out of date: the tier is {quality.tier}. Run `hub plugin check <plugin> --write`."
            yield Finding(rule=RESULT.id, where=path.name, message=message)
