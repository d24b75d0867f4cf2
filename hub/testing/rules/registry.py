"""How a rule is declared: a function that yields what is wrong, with an id that stays for ever."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from structlog.testing import capture_logs

from hub.registry.fixtures import Fixture
from hub.testing.adapter import Adapter
from hub.testing.door import carries_credential

Check = Callable[[Adapter], Iterator[tuple[str, str]]]
"""Yields where something is wrong, and what is to be done."""

Applies = Callable[[Adapter], bool]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong. ``where`` is a file, a sample or a part of the manifest."""

    rule: str
    where: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing that must hold. ``only`` says for which plugins, ``about`` why and what to do. A rule without
    a ``check`` is a verdict: ``hub.testing.trial`` decides it from what the others have found."""

    id: str
    title: str
    about: str
    only: Applies
    check: Check | None = None

    @property
    def anchor(self) -> str:
        """Where the rule is described."""
        return f"docs/reference/rules.md#{self.id.lower()}"

    def findings(self, adapter: Adapter) -> list[Finding]:
        """What the rule finds, which is no verdict. A rule that cannot be finished says so: that is a finding
        too."""
        found: list[Finding] = []
        try:
            with capture_logs():  # refusals and failures are what is asked for
                for where, message in self.check(adapter) if self.check else ():
                    found.append(Finding(rule=self.id, where=where, message=message))
        except Exception as error:
            told = f"the rule could not be tried to its end: {type(error).__name__}: {error}"
            found.append(Finding(rule=self.id, where=adapter.manifest.slug, message=told))
        return found


RULES: dict[str, Rule] = {}
"""All rules by id, in the order in which they are tried."""


def anybody(adapter: Adapter) -> bool:
    """Every plugin."""
    return True


def source(adapter: Adapter) -> bool:
    """Plugins that receive requests."""
    return adapter.manifest.is_source


def sampled(adapter: Adapter) -> bool:
    """Sources that ship samples; without any a source has findings enough."""
    return adapter.manifest.is_source and bool(adapter.fixtures)


def authenticated(adapter: Adapter) -> bool:
    """Sources whose requests are signed, or carry a secret, by a scheme of the manifest."""
    return sampled(adapter) and adapter.manifest.scheme is not None


def signed(adapter: Adapter) -> bool:
    """Sources whose signature covers the request, unlike a secret that is merely sent along."""
    return authenticated(adapter) and not carries_credential(adapter.manifest.scheme)


def timestamped(adapter: Adapter) -> bool:
    """Sources whose signature holds a time."""
    return (
        authenticated(adapter) and adapter.manifest.scheme is not None and adapter.manifest.scheme.timestamped
    )


def shared_secret(adapter: Adapter) -> bool:
    """Sources whose secrets stand in the connection's settings."""
    return authenticated(adapter) and "secrets" in adapter.manifest.settings.model_fields


def keyed(adapter: Adapter) -> bool:
    """Sources whose manifest says where the id of an event stands."""
    return sampled(adapter) and adapter.manifest.event_key is not None


def from_source_tree(adapter: Adapter) -> bool:
    """Plugins that are looked at in their source tree."""
    return adapter.folder is not None


def one_of_each_event(adapter: Adapter) -> Iterator[tuple[str, Fixture]]:
    """The first sample of each event, with its name."""
    seen = set()
    for name, sample in adapter.fixtures.items():
        if sample.event not in seen:
            seen.add(sample.event)
            yield name, sample


def rule(rule_id: str, title: str, *, only: Applies = source) -> Callable[[Check], Check]:
    """Makes a rule of a function; its docstring says why the rule is there."""

    def register(check: Check) -> Check:
        RULES[rule_id] = Rule(
            id=rule_id, title=title, about=inspect.cleandoc(check.__doc__ or ""), only=only, check=check
        )
        return check

    return register
