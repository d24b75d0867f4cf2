"""Which of a plugin's samples are shown to people, and sent to try a connection out."""

from hub.contract.hookspecs import Plugin
from hub.registry.fixtures import Fixture, fixtures_of

TEST = "test"
"""Samples of this case are test events: what they make is marked as a test."""


def tests_of(plugin: Plugin) -> dict[str, Fixture]:
    """The plugin's samples that are tests, by name."""
    return {name: one for name, one in fixtures_of(plugin).items() if name.partition("__")[2] == TEST}


def shown_of(plugin: Plugin) -> Fixture | None:
    """The request that code samples send: a test event, or else one that gives facts, or any; ``None`` if
    there is none."""
    known = fixtures_of(plugin)
    telling = {name: one for name, one in known.items() if one.expected}
    return next(iter({**tests_of(plugin), **telling, **known}.values()), None)
