"""A plugin on trial: each rule is tried once, when it is asked for, and the verdicts follow from the rest."""

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from hub.registry.quality import FILE as TIER_FILE
from hub.testing.adapter import Adapter, LoadError
from hub.testing.badge import BADGE, drawn
from hub.testing.quality import Claims, Quality, assess, contradictions, excused, read_claims
from hub.testing.rules import RESULT, RULES, Finding, Rule
from hub.testing.rules.verdicts import CONTRADICTION, FILE


class Trial:
    """What the kit finds in a plugin. ``close`` it, or use it in a ``with``."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter
        self._found: dict[str, tuple[Finding, ...]] = {}

    def __enter__(self) -> "Trial":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove what trying the rules has made; what they found stays."""
        self.adapter.close()

    def start(self) -> None:
        """Start the application before a rule needs it: if that fails, no rule is to blame.

        Raises LoadError."""
        try:
            self.adapter.door.start()
        except Exception as error:
            raise LoadError(f"the hub does not start with it: {type(error).__name__}: {error}") from error

    @property
    def applicable(self) -> list[Rule]:
        """The rules that are about a plugin like this one, in the order in which they are tried."""
        return [rule for _, rule in sorted(RULES.items()) if rule.only(self.adapter)]

    def findings(self, rule: Rule) -> Sequence[Finding]:
        """What the rule finds, whatever the quality file owns up to. A verdict tries the others first."""
        if rule.id not in self._found:
            found = self._verdict(rule) if rule.check is None else rule.findings(self.adapter)
            self._found[rule.id] = tuple(found)
        return self._found[rule.id]

    @cached_property
    def claims(self) -> Claims:
        """What the plugin's quality file says."""
        return read_claims(self.adapter.quality)

    @cached_property
    def owned(self) -> set[str]:
        """The rules of which the quality file says that they are not kept."""
        return excused(self.claims)

    @cached_property
    def failed(self) -> set[str]:
        """The rules that find something, of those that are tried."""
        return {rule.id for rule in self.applicable if rule.check is not None and self.findings(rule)}

    @cached_property
    def quality(self) -> Quality:
        """The tier that results."""
        return assess(self.claims, self.failed)

    def _verdict(self, rule: Rule) -> Iterator[Finding]:
        match rule.id:
            case FILE.id:
                yield from self.claims.faults
            case CONTRADICTION.id:
                yield from contradictions(self.claims, self.failed)
            case RESULT.id:
                yield from self._outdated()

    def _outdated(self) -> Iterator[Finding]:
        """A result that was written and holds no more. A plugin that ships none has no tier to hold."""
        if self.adapter.folder is None or not (self.adapter.package / TIER_FILE).is_file():
            return
        tier = self.quality.tier
        for path, text in results(self.adapter, self.quality):
            if not holds(path, text):
                told = f"is out of date: the tier is {tier}. Run `hub plugin check <plugin> --write`."
                yield Finding(rule=RESULT.id, where=path.name, message=told)


def results(adapter: Adapter, quality: Quality) -> Iterator[tuple[Path, str]]:
    """The files that hold the result of a trial, and what they should say."""
    text = json.dumps(quality.as_json(), indent=2, ensure_ascii=False)
    yield adapter.package / TIER_FILE, f"{text}\n"
    if adapter.folder is not None:
        yield adapter.folder / BADGE, drawn(quality.tier)


def holds(path: Path, text: str) -> bool:
    """Whether a file is there and says just this."""
    return path.is_file() and path.read_text("utf-8") == text
