"""The hub's conformance kit in pytest. It does nothing until it is asked to.

For a package with one plugin, in ``pyproject.toml``:

    [tool.pytest.ini_options]
    hub_plugin = "."          # the folder of the package, or the slug of an installed plugin

Each rule, and each verdict on its quality file, is then an item of its own, in runs that do not name single
tests. Or in a test of your own, for any plugin:

    @pytest.fixture(scope="session")
    def hub_plugin():
        return "acme"

    def test_the_contract_is_kept(hub_rule):
        hub_rule()

What ``quality.yaml`` owns up to is expected to fail. This module stands outside of the package ``hub``, so
that pytest loads nothing of the hub for those who do not ask for it.
"""

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hub.testing import LoadError, Rule, Trial

OPTION = "hub_plugin"
RULE = "hub_rule"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The ini option that asks for the kit."""
    parser.addini(
        OPTION, "Plugin of the integration hub to hold against its contract: folder or slug.", default=""
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add an item for each rule, unless somebody asked for single tests."""
    target = _target(config)
    if not target or _asks_for_single_tests(config):
        return
    conformance = Conformance.from_parent(
        session, name="hub", nodeid=f"hub:{Path(target).name}", target=target
    )
    items.extend(conformance.collect())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes ``hub_rule`` is called for each rule."""
    if RULE in metafunc.fixturenames:
        from hub.testing import RULES

        metafunc.parametrize(RULE, sorted(RULES), indirect=True)


@pytest.fixture(scope="session")
def hub_plugin(request: pytest.FixtureRequest) -> str:
    """Which plugin is held against its contract: the ini option, unless a test says otherwise."""
    return _target(request.config)


@pytest.fixture(scope="session")
def hub_trial(hub_plugin: Any) -> Iterator["Trial | LoadError"]:
    """The plugin on trial, or why it cannot be had."""
    trial = _loaded(str(hub_plugin))
    yield trial
    _close(trial)


@pytest.fixture
def hub_rule(request: pytest.FixtureRequest, hub_trial: "Trial | LoadError") -> Callable[[], None]:
    """Tries one rule; skips where it is not about such a plugin."""
    from hub.testing import RULES

    return lambda: _hold(RULES[request.param], hub_trial)


class Conformance(pytest.Collector):
    """All rules for one plugin. It is loaded when the first of them is tried."""

    def __init__(self, *, target: str, **options: Any) -> None:
        super().__init__(**options)
        self.target = target

    def collect(self) -> list[pytest.Item]:
        """An item for each rule."""
        from hub.testing import RULES

        return [RuleItem.from_parent(self, name=name, rule=RULES[name]) for name in sorted(RULES)]

    @cached_property
    def trial(self) -> "Trial | LoadError":
        """The plugin on trial, or why it cannot be had."""
        trial = _loaded(self.target)
        self.config.add_cleanup(lambda: _close(trial))
        return trial


class RuleItem(pytest.Item):
    """One rule for one plugin."""

    parent: Conformance

    def __init__(self, *, rule: "Rule", **options: Any) -> None:
        super().__init__(**options)
        self.rule = rule

    def runtest(self) -> None:
        """Fails with all that the rule finds."""
        _hold(self.rule, self.parent.trial)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is wrong, without the lines of the kit."""
        if isinstance(excinfo.value, BrokenRuleError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where it stands in a report."""
        folder = Path(self.parent.target)
        return folder, None, f"{folder.name}: {self.rule.id}"


class BrokenRuleError(AssertionError):
    """A plugin breaks a rule; the message says where, and what to do."""


def _loaded(target: str) -> "Trial | LoadError":
    from hub.testing import LoadError, Trial, load

    try:
        trial = Trial(load(target))
        trial.start()
    except LoadError as error:
        return error
    return trial


def _close(trial: "Trial | LoadError") -> None:
    if not isinstance(trial, Exception):
        trial.close()


def _hold(rule: "Rule", trial: "Trial | LoadError") -> None:
    __tracebackhide__ = True
    from hub.testing import UNLOADABLE

    if isinstance(trial, Exception):
        untried = "" if rule is UNLOADABLE else f"{rule.id} could not be tried: "
        raise BrokenRuleError(f"{untried}{UNLOADABLE.title} ({UNLOADABLE.anchor})\n  {trial}")
    if not rule.only(trial.adapter):
        pytest.skip("not about such a plugin")
    if findings := trial.findings(rule):
        if rule.id in trial.owned:
            pytest.xfail("quality.yaml says so")
        lines = [f"{rule.title} ({rule.anchor})", *(f"  {one.where}: {one.message}" for one in findings)]
        raise BrokenRuleError("\n".join(lines))


def _target(config: pytest.Config) -> str:
    """The plugin that the ini file names; a folder is meant from where that file is."""
    target: str = config.getini(OPTION)
    folder = config.rootpath / target
    return str(folder) if target and (folder / "pyproject.toml").is_file() else target


def _asks_for_single_tests(config: pytest.Config) -> bool:
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return False
    return not all(Path(argument).is_dir() for argument in config.args)
