"""Finding installed plugins: one entry point at a time, so that a broken one is put aside with its
reason and the rest runs."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy
from packaging.specifiers import SpecifierSet

from hub.contract import hookspecs, periodic, signals
from hub.contract.errors import ContractError
from hub.contract.hookspecs import PROJECT, Plugin
from hub.contract.manifest import Manifest
from hub.contract.periodic import LONGEST, SHORTEST, Periodic, Tick
from hub.contract.signals import BY_NAME, Received, Signal
from hub.records.database import Unit
from hub.records.migrating import Branch
from hub.version import __version__

GROUP = "hub.plugins"


@dataclass(frozen=True, kw_only=True)
class Installed:
    """A plugin that runs. ``distribution`` and ``version`` are those of its package."""

    plugin: Plugin
    distribution: str
    version: str

    @property
    def manifest(self) -> Manifest:
        """What the plugin says about itself."""
        return self.plugin.manifest

    @property
    def adapter(self) -> str:
        """Slug and version, as records keep them: ``stripe/0.1.0``."""
        return f"{self.manifest.slug}/{self.version}"


@dataclass(frozen=True, kw_only=True)
class Quarantined:
    """A plugin that was put aside; ``reason`` says why, in one sentence."""

    name: str
    distribution: str
    version: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Job:
    """A periodic method of a plugin: how often it is to be called, and the method itself."""

    plugin: str
    every: timedelta
    call: Callable[[Tick, Unit], Any]


@dataclass(frozen=True, kw_only=True)
class Plugins:
    """All installed plugins by slug, and those that were put aside."""

    installed: dict[str, Installed] = field(default_factory=dict)
    quarantined: tuple[Quarantined, ...] = ()

    def branches(self) -> tuple[Branch, ...]:
        """The migrations of those plugins that have tables of their own, in a fixed order."""
        return tuple(
            Branch(slug, installed.manifest.migrations)
            for slug, installed in sorted(self.installed.items())
            if installed.manifest.migrations is not None
        )

    def jobs(self) -> dict[str, Job]:
        """The periodic jobs of all plugins by name, ``<slug>.<method>``, in a fixed order."""
        return {
            f"{slug}.{name}": Job(plugin=slug, every=marked.every, call=getattr(installed.plugin, name))
            for slug, installed in sorted(self.installed.items())
            for name, marked in _periodic(installed.plugin)
        }


def discover() -> Plugins:
    """Load every installed plugin. Raises ContractError for a misspelt hook, which would never run."""
    return admit(_load(entry) for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name))


def admit(found: Iterable[Installed | Quarantined]) -> Plugins:
    """Check plugins against the contract and against each other."""
    installed: dict[str, Installed] = {}
    quarantined: list[Quarantined] = []
    hooks = hook_manager()
    for candidate in found:
        if isinstance(candidate, Quarantined):
            quarantined.append(candidate)
        elif reason := _objection(candidate, installed.values(), hooks):
            quarantined.append(_aside(candidate, reason))
        else:
            installed[candidate.manifest.slug] = candidate
    _refuse_misspelt_hooks(hooks)
    return Plugins(installed=installed, quarantined=tuple(quarantined))


def hook_manager() -> pluggy.PluginManager:
    """A plugin manager that knows the hub's hooks and no plugin yet."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def _load(entry: EntryPoint) -> Installed | Quarantined:
    distribution = entry.dist.name if entry.dist else "unknown"
    version = entry.dist.version if entry.dist else "0"
    try:
        plugin = entry.load()
    except (Exception, SystemExit) as error:
        reason = f"cannot be imported: {type(error).__name__}: {error}"
        return Quarantined(name=entry.name, distribution=distribution, version=version, reason=reason)
    if not isinstance(plugin, Plugin) or not isinstance(getattr(plugin, "manifest", None), Manifest):
        reason = f"{entry.value} is not an instance of hub.Plugin with a manifest"
        return Quarantined(name=entry.name, distribution=distribution, version=version, reason=reason)
    return Installed(plugin=plugin, distribution=distribution, version=version)


def _aside(candidate: Installed, reason: str) -> Quarantined:
    return Quarantined(
        name=candidate.manifest.slug,
        distribution=candidate.distribution,
        version=candidate.version,
        reason=reason,
    )


def _objection(candidate: Installed, others: Iterable[Installed], hooks: pluggy.PluginManager) -> str | None:
    """Why this plugin cannot run beside the others; ``None`` if it can, and then its hooks are registered."""
    manifest = candidate.manifest
    if not SpecifierSet(manifest.hub).contains(__version__, prereleases=True):
        return f"needs hub {manifest.hub}, this is {__version__}"
    for other in others:
        if other.manifest.slug == manifest.slug:
            return f"the slug {manifest.slug} is taken by {other.distribution}"
        if shared := set(other.manifest.routes) & set(manifest.routes):
            return f"the route {shared.pop()} is taken by {other.distribution}"
    try:
        return (
            _bad_receiver(candidate.plugin)
            or _bad_periodic(candidate.plugin)
            or _bad_hook(candidate.plugin, hooks)
        )
    except Exception as error:  # to look at an attribute runs the plugin's code
        return f"cannot be examined: {type(error).__name__}: {error}"


def _bad_hook(plugin: Plugin, hooks: pluggy.PluginManager) -> str | None:
    """pluggy refuses a hook with an argument that its specification lacks, and registers nothing then."""
    try:
        hooks.register(plugin)
    except pluggy.PluginValidationError as error:
        return str(error).replace("\n", " ")
    return None


def _bad_receiver(plugin: Plugin) -> str | None:
    for name, received in _receiving(plugin):
        for signal in received.signals:
            if BY_NAME.get(signal.name) is not signal:
                return f"{name} receives {signal.name!r}, which is no signal of the hub"
    return None


def _bad_periodic(plugin: Plugin) -> str | None:
    for name, marked in _periodic(plugin):
        method = getattr(plugin, name)
        if "effect" not in plugin.manifest.kinds:
            return f"{name} is periodic, which only an effect's methods can be"
        if not isinstance(marked.every, timedelta) or not SHORTEST <= marked.every <= LONGEST:
            return (
                f"{name} is periodic every {marked.every!r}; it must be a timedelta from a minute to a year"
            )
        if not inspect.ismethod(method) or "<" in method.__qualname__:
            return f"{name} is periodic and must be a method of the plugin's class, no closure or lambda"
        if not _takes_two(method):
            return f"{name} is periodic and must take (self, tick, unit)"
    return None


def _takes_two(method: Callable[..., Any]) -> bool:
    try:
        inspect.signature(method).bind(None, None)
    except TypeError:
        return False
    return True


def _refuse_misspelt_hooks(hooks: pluggy.PluginManager) -> None:
    try:
        hooks.check_pending()
    except pluggy.PluginValidationError as error:
        raise ContractError(f"a plugin implements a hook that does not exist: {error}") from None


@dataclass(frozen=True, kw_only=True)
class ReceiverMethod:
    """A receiver of a plugin: the signal it hears, the method, and whether a worker calls it."""

    signal: Signal
    method: str
    background: bool


def receivers_of(plugin: Plugin) -> list[ReceiverMethod]:
    """The plugin's receivers, one for each signal that a method hears."""
    return [
        ReceiverMethod(signal=signal, method=name, background=received.background)
        for name, received in _receiving(plugin)
        for signal in received.signals
    ]


def _receiving(plugin: Plugin) -> list[tuple[str, Received]]:
    return _marked(plugin, signals.MARK)


def _periodic(plugin: Plugin) -> list[tuple[str, Periodic]]:
    return _marked(plugin, periodic.MARK)


def _marked(plugin: Plugin, mark: str) -> list[tuple[str, Any]]:
    methods = ((name, getattr(plugin, name)) for name in dir(type(plugin)))
    return [(name, getattr(method, mark)) for name, method in methods if hasattr(method, mark)]
