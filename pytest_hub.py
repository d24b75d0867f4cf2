"""The hub's conformance kit in pytest. It does nothing until it is asked to.

For a package with one plugin, in ``pyproject.toml``:

    [tool.pytest.ini_options]
    hub_plugin = "."          # the folder of the package, or the slug of an installed plugin

Each rule is then an item of its own, in runs that do not name single tests. Or in a test of your own, for any
plugin:

    @pytest.fixture(scope="session")
    def hub_plugin():
        return "acme"

    def test_the_contract_is_kept(hub_rule):
        hub_rule()

What ``quality.yaml`` owns up to is expected to fail. This module stands outside of the package ``hub``, so
that pytest loads nothing of the hub for those who do not ask for it.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from hub.testing import Adapter, Rule

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
def hub_adapter(hub_plugin: Any) -> Iterator["Adapter"]:
    """The plugin as the kit sees it."""
    from hub.testing import load

    adapter = load(str(hub_plugin))
    yield adapter
    adapter.close()


@pytest.fixture
def hub_rule(request: pytest.FixtureRequest, hub_adapter: "Adapter") -> Callable[[], None]:
    """Tries one rule; skipped where it is not about such a plugin."""
    from hub.testing import RULES

    rule = RULES[request.param]
    if not rule.only(hub_adapter):
        pytest.skip("not about such a plugin")
    return lambda: _hold(rule, hub_adapter)


class Conformance(pytest.Collector):
    """All rules that are about one plugin."""

    def __init__(self, *, target: str, **options: Any) -> None:
        super().__init__(**options)
        self.target = target

    def collect(self) -> list[pytest.Item]:
        """An item for each rule."""
        from hub.testing import applicable, load

        adapter = load(self.target)
        self.config.add_cleanup(adapter.close)
        return [
            RuleItem.from_parent(self, name=rule.id, rule=rule, adapter=adapter)
            for rule in applicable(adapter)
        ]


class RuleItem(pytest.Item):
    """One rule for one plugin."""

    def __init__(self, *, rule: "Rule", adapter: "Adapter", **options: Any) -> None:
        super().__init__(**options)
        self.rule = rule
        self.adapter = adapter

    def runtest(self) -> None:
        """Fails with all that the rule finds."""
        _hold(self.rule, self.adapter)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is wrong, without the lines of the kit."""
        if isinstance(excinfo.value, BrokenRuleError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where it stands in a report."""
        return self.adapter.package, None, f"{self.adapter.manifest.slug}: {self.rule.id}"


class BrokenRuleError(AssertionError):
    """A plugin breaks a rule; the message says where, and what to do."""


def _hold(rule: "Rule", adapter: "Adapter") -> None:
    __tracebackhide__ = True
    from hub.testing import owned

    if findings := rule.findings(adapter):
        if rule.id in owned(adapter):
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
