"""Looking for what was promised: scenes are looked at while the samples are sent, and until all that
has to leave the machine has left it."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hub.app import Hub
from hub.cli.common import cell, tenant_row
from hub.cli.demo.catchers import Catchers
from hub.cli.demo.commands import Commands
from hub.cli.demo.stage import TENANT
from hub.records import deliveries
from hub.registry.demonstrating import Scene

WAIT_SECONDS = 15
"""How long what was promised may take to arrive."""

QUIET_SECONDS = 6
"""How long nothing new may be seen until what is missing counts as missing."""

PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class Effect:
    """A promise, and the rows that fit it."""

    promise: Mapping[str, str]
    rows: Sequence[Mapping[str, str]]

    @property
    def arrived(self) -> bool:
        """Whether it is there, and not twice."""
        return len(self.rows) == 1


@dataclass(frozen=True)
class View:
    """A scene as it was at one moment; ``others`` counts the rows that nobody promised."""

    scene: Scene
    effects: Sequence[Effect]
    others: int

    @property
    def holds(self) -> bool:
        """Whether all is as promised."""
        return all(effect.arrived for effect in self.effects)


def view(scene: Scene, found: Sequence[Mapping[str, Any]]) -> View:
    """The scene with these rows."""
    rows = [{heading: cell(_at(row, path)) for heading, path in scene.columns.items()} for row in found]
    effects = [
        Effect(promise, [row for row in rows if promise.items() <= row.items()]) for promise in scene.promises
    ]
    return View(scene, effects, len(rows) - sum(len(effect.rows) for effect in effects))


class Watch:
    """Looks at scenes again and again. ``views`` shows each as it was when it last held, because a
    later sample may change it: a refund takes back what a sale gave."""

    def __init__(self, hub: Hub, commands: Commands, catchers: Catchers, scenes: Sequence[Scene]) -> None:
        self._hub = hub
        self._commands = commands
        self._catchers = catchers
        self.views = [view(scene, ()) for scene in scenes]

    def look(self) -> None:
        """Look once."""
        now = [view(before.scene, self._rows(before.scene)) for before in self.views]
        self.views = [
            after if after.holds or not before.holds else before
            for before, after in zip(self.views, now, strict=True)
        ]

    def wait(self) -> None:
        """Look until all is as promised and nothing waits to be sent, or it has taken too long."""
        until = time.monotonic() + WAIT_SECONDS
        quiet = time.monotonic() + QUIET_SECONDS
        while time.monotonic() < min(until, quiet):
            waiting, before = self._waiting(), self.views
            self.look()
            if not waiting and all(seen.holds for seen in self.views):
                return
            if self.views != before:
                quiet = time.monotonic() + QUIET_SECONDS
            time.sleep(PAUSE_SECONDS)

    def _rows(self, scene: Scene) -> Sequence[Mapping[str, Any]]:
        if scene.caught:
            return self._catchers.rows(scene.caught, self._commands.filled(scene.secret))
        rows: list[dict[str, Any]] = self._commands.ask(scene.run)
        return rows

    def _waiting(self) -> bool:
        tenant_id = tenant_row(self._hub, TENANT)["id"]
        with self._hub.database.read() as unit:
            return bool(deliveries.search(unit, tenant_id=tenant_id, state="pending", limit=1))


def _at(row: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; ``None`` if there is none."""
    value: Any = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
