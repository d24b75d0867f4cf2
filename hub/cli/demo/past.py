"""The weeks before the demonstration: what the story tells is sent to the hub's own door, in this process,
by a clock that is set to each moment; in the evening the office deals with it, and what has to leave is
sent. So every record, notice and delivery of the past came about as those of today do."""

import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import structlog
from flask import Flask

from hub.app import EXTENSION, Hub, create_app, create_worker
from hub.cli.demo.office import Office
from hub.cli.demo.stage import Player
from hub.cli.demo.story import Happening, Story
from hub.cli.send import endpoint, signed
from hub.contract.hookspecs import hookimpl
from hub.registry.connecting import DEFAULT
from hub.registry.discovery import Installed, Plugins
from hub.registry.fixtures import Fixture
from hub.support import jsontext
from hub.support.clock import Clock

ZONE = ZoneInfo("Europe/Berlin")
EVENING = time(17, 30)
WEEK, FRIDAY = timedelta(days=7), 4
"""What has to leave leaves each evening of the last week, and on Fridays before it: a worker that starts
each evening would take longer than all the rest."""

WHOLE = re.compile(r"^\{(\w+)\}$")
SENDER = {"REMOTE_ADDR": "203.0.113.24"}


@dataclass
class Moment:
    """A clock that is set."""

    now: datetime

    def __call__(self) -> datetime:
        """The instant that it is set to."""
        return self.now


def live(hub: Hub, tenant: str, cast: Sequence[Player], *, weeks: int, pace: float = 1.0) -> None:
    """Let the tenant live through the weeks until now."""
    end = hub.clock()
    story = Story(tenant, end, ZONE, days=7 * weeks, pace=pace).happenings()
    clock = Moment(end)
    with knocking(hub, tenant, cast, clock) as door:
        rooms: Hub = door.sound.extensions[EXTENSION].for_all_tenants()
        office = Office(rooms, tenant)
        for evening, day in _days(story):
            for happening in day:
                clock.now = happening.at
                door.tell(happening)
            clock.now = min(evening, end)
            if evening <= end:
                office.work()
            if end - evening < WEEK or evening.weekday() == FRIDAY:
                create_worker(rooms, threads=4).run_due()


@contextmanager
def knocking(hub: Hub, tenant: str, cast: Sequence[Player], clock: Clock) -> Iterator["Door"]:
    """The door of the hub in this process, by another clock, while the block lasts."""
    quiet = hub.config.model_copy(update={"rate_limit": 0})
    with _silence():
        sound = create_app(quiet, plugins=hub.plugins, clock=clock)
        faulty = create_app(quiet, plugins=_faulty(hub.plugins), clock=clock)
        yield Door(tenant, cast, sound, faulty)
        for app in (sound, faulty):
            app.extensions[EXTENSION].database.close()


def filled(template: Any, values: Mapping[str, Any]) -> Any:
    """The template with what stands in braces put in. A text that is one name alone takes the value as
    it is; what is unknown of a happening is left out."""
    if isinstance(template, Mapping):
        found = {name: filled(inner, values) for name, inner in template.items()}
        return {name: inner for name, inner in found.items() if inner is not None}
    if isinstance(template, list):
        return [filled(inner, values) for inner in template]
    if isinstance(template, str):
        whole = WHOLE.match(template)
        return values.get(whole[1]) if whole else template.format_map(values)
    return template


@dataclass(frozen=True)
class Door:
    """Where the senders of a tenant knock. ``faulty`` is the hub with adapters that have a fault."""

    tenant: str
    cast: Sequence[Player]
    sound: Flask
    faulty: Flask

    def tell(self, happening: Happening) -> None:
        """Send it by every plugin that can say it."""
        for player in self.cast:
            if happening.kind in player.told.past:
                for _ in range(2 if happening.how == "twice" else 1):
                    self._send(player, happening)

    def _send(self, player: Player, happening: Happening) -> None:
        scheme = player.installed.manifest.scheme
        if scheme is None:
            return
        body = jsontext.encode(filled(player.told.past[happening.kind], happening.values))
        sample = Fixture(name=happening.kind, body=body)
        tampers = happening.how == "tampered"
        outgoing = signed(sample, scheme, player.credential, happening.at, tamper=tampers)
        app = self.faulty if happening.how == "faulty" else self.sound
        app.test_client().post(
            urlsplit(endpoint(player.installed, self.tenant, DEFAULT, "http://hub.example")).path,
            data=outgoing.body,
            headers=dict(outgoing.headers),
            query_string=dict(outgoing.query) or None,
            environ_base=SENDER,
        )


def _days(story: Sequence[Happening]) -> Iterator[tuple[datetime, list[Happening]]]:
    """What happened up to each evening, and the evening."""

    def evening(happening: Happening) -> datetime:
        local = happening.at.astimezone(ZONE)
        date = local.date() + timedelta(days=local.time() >= EVENING)
        return datetime.combine(date, EVENING, ZONE)

    for until, day in groupby(story, evening):
        yield until, list(day)


def _faulty(plugins: Plugins) -> Plugins:
    """The same plugins, as they were while none of them could read what came."""
    return Plugins(installed={slug: _with_fault(one) for slug, one in plugins.installed.items()})


def _with_fault(installed: Installed) -> Installed:
    if not installed.manifest.is_source:
        return installed

    @hookimpl
    def parse(self: Any, inbound: Any, connection: Any) -> Any:
        return json.loads(inbound.body)["lieferart"]["kennung"]

    made = type(f"{type(installed.plugin).__name__}", (type(installed.plugin),), {"parse": parse})
    return replace(installed, plugin=made())


@contextmanager
def _silence() -> Iterator[None]:
    """What goes wrong in the story on purpose is not told on the terminal."""
    before = structlog.get_config()
    deaf = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=deaf, cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)
