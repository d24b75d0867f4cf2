"""Commands of the hub and of its plugins, run as a person would type them, in this process."""

import io
import shlex
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from typing import Any

import click

from hub.registry.demonstrating import Preparation
from hub.registry.discovery import Plugins
from hub.support import jsontext


class Commands:
    """Runs command lines. What stands in braces is filled in: the words that are given, and the
    answers that preparations keep. They share these plugins: to find them takes longer than what most
    commands do."""

    def __init__(self, group: click.Command, plugins: Plugins, words: Mapping[str, str]) -> None:
        self._group = group
        self._plugins = plugins
        self._words: dict[str, Any] = dict(words)

    def prepare(self, preparations: Iterable[Preparation], **words: str) -> None:
        """Run these, with further words, and keep the answers that are wanted later. Raises click's
        errors."""
        self._words |= words
        for preparation in preparations:
            answer = self.ask(preparation.run)
            if preparation.keep:
                self._words[preparation.keep] = answer

    def ask(self, line: str) -> Any:
        """What the command prints as JSON. Raises click's errors."""
        printed = io.StringIO()
        with redirect_stdout(printed):
            self._group.main(
                [*shlex.split(self.filled(line)), "--json"],
                prog_name="hub",
                standalone_mode=False,
                obj=self._plugins,
            )
        return jsontext.decode_stored(printed.getvalue())

    def filled(self, text: str) -> str:
        """The text with ``{name}`` and ``{name[key]}`` filled in."""
        return text.format_map(self._words)
