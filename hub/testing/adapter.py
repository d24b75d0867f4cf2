"""What the kit looks at: a plugin with its folder, samples, README and quality file; found by the name under
which it is installed, or by the folder of its source."""

import importlib
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from hub.contract.errors import ContractError
from hub.contract.hookspecs import Plugin
from hub.contract.manifest import Manifest
from hub.contract.translating import MappedSettings
from hub.registry.discovery import GROUP, Installed, Quarantined, admit, discover
from hub.registry.fixtures import Fixture, fixtures_folder, fixtures_of, is_form
from hub.testing.door import Door


class LoadError(Exception):
    """The plugin cannot be had; the message says why, in one sentence."""


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """A plugin under test. ``package`` is its Python package; ``folder`` the source tree around it, ``None``
    where only the built package is there: what a built package lacks is then not asked for."""

    installed: Installed
    package: Path
    folder: Path | None
    fixtures: Mapping[str, Fixture]
    readme: str | None
    quality: str | None
    """The text of ``quality.yaml``."""

    @property
    def plugin(self) -> Plugin:
        """The object that the entry point names."""
        return self.installed.plugin

    @property
    def manifest(self) -> Manifest:
        """What the plugin says about itself."""
        return self.installed.manifest

    @property
    def fixtures_folder(self) -> Path | None:
        """Where the samples lie."""
        return fixtures_folder(self.plugin)

    @cached_property
    def door(self) -> Door:
        """The real application with this plugin alone; made when it is first asked for, until ``close``."""
        return Door(self.installed, {**self._stored_settings, **self._wanted_settings})

    def close(self) -> None:
        """Remove what the door made; the next who asks gets a new one."""
        door: Door | None = self.__dict__.pop("door", None)
        if door is not None:
            door.close()

    @property
    def _stored_settings(self) -> dict[str, Any]:
        """The settings of the demonstration, which a plugin needs that has required ones."""
        path = self.fixtures_folder / "demo.toml" if self.fixtures_folder else None
        if path is None or not path.is_file():
            return {}
        told: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        required = {n for n, field in self.manifest.settings.model_fields.items() if field.is_required()}
        return {name: value for name, value in told.get("settings", {}).items() if name in required}

    @property
    def _wanted_settings(self) -> dict[str, Any]:
        """What a connection must allow for the samples to be taken: forms, where some are and may be."""
        may_allow = issubclass(self.manifest.settings, MappedSettings)
        return {"accept_forms": True} if may_allow and any(map(is_form, self.fixtures.values())) else {}


def load(target: str) -> Adapter:
    """The plugin that is installed under this slug, or whose source lies in this folder. Raises LoadError."""
    folder = Path(target)
    if (folder / "pyproject.toml").is_file():
        return _adapter(_from_folder(folder.resolve()))
    if folder.is_dir() and ("/" in target or target in {".", ".."}):
        raise LoadError(f"{target} holds no pyproject.toml; name the folder of the plugin's package")
    return _adapter(_by_name(target))


def _by_name(slug: str) -> Installed:
    try:
        plugins = discover()
    except ContractError as error:
        raise LoadError(str(error)) from None
    if found := plugins.installed.get(slug):
        return found
    for aside in plugins.quarantined:
        if aside.name == slug:
            raise LoadError(aside.reason)
    known = ", ".join(sorted(plugins.installed))
    raise LoadError(f"no plugin {slug!r} is installed, and there is no such folder; installed are: {known}")


def _from_folder(folder: Path) -> Installed:
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text("utf-8")).get("project", {})
    except tomllib.TOMLDecodeError as error:
        raise LoadError(f"pyproject.toml cannot be read: {error}") from None
    points = project.get("entry-points", {}).get(GROUP, {})
    if len(points) != 1:
        raise LoadError(
            f'pyproject.toml must name the plugin: [project.entry-points."{GROUP}"], one line '
            "slug = package:plugin"
        )
    ((name, value),) = points.items()
    found = _imported(folder, value)
    if not isinstance(found, Plugin) or not isinstance(getattr(found, "manifest", None), Manifest):
        raise LoadError(f"{value} is not an instance of hub.Plugin with a manifest")
    if found.manifest.slug != name:
        raise LoadError(f"the entry point is called {name!r}, the manifest's slug is {found.manifest.slug!r}")
    installed = Installed(
        plugin=found, distribution=str(project.get("name", name)), version=str(project.get("version", "0"))
    )
    return _admitted(installed)


def _imported(folder: Path, value: str) -> Any:
    """The object, imported from this folder even if the package is loaded from elsewhere."""
    module, _, attribute = value.partition(":")
    top = module.partition(".")[0]
    places = [place for place in (folder, folder / "src") if (place / top).is_dir()]
    if not places:
        raise LoadError(f"{value}: there is no package {top} in {folder.name}/ or {folder.name}/src/")
    loaded = sys.modules.get(top)
    if loaded is not None and (not loaded.__file__ or Path(loaded.__file__).parent.parent != places[0]):
        for name in [name for name in sys.modules if name == top or name.startswith(f"{top}.")]:
            del sys.modules[name]
    sys.path.insert(0, str(places[0]))
    importlib.invalidate_caches()
    try:
        return getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as error:
        raise LoadError(f"cannot be imported: {type(error).__name__}: {error}") from None
    finally:
        sys.path.remove(str(places[0]))


def _admitted(installed: Installed) -> Installed:
    try:
        plugins = admit([installed])
    except ContractError as error:
        raise LoadError(str(error)) from None
    for aside in plugins.quarantined:
        raise LoadError(aside.reason)
    return installed


def _adapter(installed: Installed | Quarantined) -> Adapter:
    if isinstance(installed, Quarantined):
        raise LoadError(installed.reason)
    module = sys.modules[type(installed.plugin).__module__.partition(".")[0]]
    if module.__file__ is None:
        raise LoadError("the plugin must be in a package with an __init__.py")
    package = Path(module.__file__).parent
    folder = next((up for up in (package.parent, package.parent.parent) if _is_source(up)), None)
    return Adapter(
        installed=installed,
        package=package,
        folder=folder,
        fixtures=fixtures_of(installed.plugin),
        readme=_text(folder / "README.md") if folder else _described(installed.distribution),
        quality=_text(folder / "quality.yaml") if folder else None,
    )


def _is_source(folder: Path) -> bool:
    return (folder / "pyproject.toml").is_file()


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None


def _described(distribution: str) -> str | None:
    """The README as a built package carries it."""
    try:
        told = metadata(distribution)
    except PackageNotFoundError:
        return None
    return next(iter(told.get_all("Description") or ()), None)
