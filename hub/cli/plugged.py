"""Commands that plugins bring: entry points in group ``hub.commands``, loaded when they are asked
for. The core names none of them."""

from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import click

GROUP = "hub.commands"


class PluggedGroup(click.Group):
    """A group that also offers what plugins bring. A command of the core wins over one of a plugin;
    a plugin's command that cannot be loaded says why, and the others run."""

    @cached_property
    def _plugged(self) -> dict[str, EntryPoint]:
        return {entry.name: entry for entry in entry_points(group=GROUP)}

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted({*super().list_commands(context), *self._plugged})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        command = super().get_command(context, name)
        if command is None and name in self._plugged:
            return _loaded(self._plugged[name])
        return command


def _loaded(entry: EntryPoint) -> click.Command:
    """The command, or one in its place that says why it cannot be had."""
    try:
        command = entry.load()
    except (Exception, SystemExit) as error:
        return _broken(entry, f"{type(error).__name__}: {error}")
    if not isinstance(command, click.Command):
        return _broken(entry, f"{entry.value} is not a command")
    return command


def _broken(entry: EntryPoint, reason: str) -> click.Command:
    distribution = entry.dist.name if entry.dist else "unknown"

    def complain(**_: Any) -> None:
        raise click.ClickException(f"{entry.name} of {distribution} cannot be loaded: {reason}")

    return click.Command(
        entry.name,
        callback=complain,
        short_help=f"(cannot be loaded: {distribution})",
        params=[click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True},
    )
