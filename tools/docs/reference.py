"""The pages of reference: configuration, hooks, facts, signals, periodic jobs, plugins, commands."""

import inspect
from collections.abc import Iterator
from typing import get_args

import click

import hub
from hub.cli.main import hub as hub_command
from hub.config import Config
from hub.contract import facts, hookspecs, periodic, signals
from hub.registry.discovery import Installed, receivers_of
from tools.docs.adapters import glance
from tools.docs.describing import fields_table, settings_rows, type_text
from tools.docs.markdown import code, page, prose, table
from tools.docs.stage import ours


def configuration() -> str:
    prefix = Config.model_config.get("env_prefix", "")
    return page(
        "# Configuration",
        "Everything an operator can set, in environment variables that are read once, at start-up. A "
        "wrong value stops the start with a message that names it.",
        table(("variable", "type", "default", "meaning"), settings_rows(Config, prefix)),
        "How these work together is in [operations](operations.md).",
    )


def hooks() -> str:
    parts = ["# Hooks", prose(hookspecs.__doc__)]
    parts.append("Mark an implementation with `@hub.hookimpl`. It may leave out arguments it does not need.")
    for name, function in vars(hookspecs).items():
        options = getattr(function, f"{hookspecs.PROJECT}_spec", None)
        if options is None:
            continue
        signature = inspect.signature(function)
        arguments = ", ".join(
            f"{key}: {type_text(item.annotation)}" for key, item in signature.parameters.items()
        )
        answer = type_text(signature.return_annotation)
        parts.append(f"## {name}")
        parts.append(f"```python\n{name}({arguments}) -> {answer}\n```")
        parts.append("The first answer other than `None` counts." if options["firstresult"] else "")
        parts.append(prose(function.__doc__))
    for cls in (hub.LineageQuery, hub.LineageRow):
        parts += [f"## hub.{cls.__name__}", prose(cls.__doc__), fields_table(cls)]
    return page(*parts)


def facts_page() -> str:
    parts = ["# Facts", prose(facts.__doc__), "A table lists a fact's fields; all are given by name."]
    for cls in get_args(facts.Fact):
        parts += [f"## {cls.__name__}", prose(cls.__doc__), fields_table(cls)]
    parts.append("## Parts of facts")
    for part in (facts.Person, facts.Line, hub.Money):
        parts += [f"### {part.__name__}", prose(part.__doc__), fields_table(part)]
    return page(*parts)


def signals_page() -> str:
    rows = [(code(signal.name), signal.record, signal.doc) for signal in signals.ALL]
    return page(
        "# Signals",
        prose(signals.__doc__),
        table(("signal", "record", "meaning"), rows),
        "## Announcement",
        prose(signals.Announcement.__doc__),
        fields_table(signals.Announcement),
    )


def periodic_page() -> str:
    return page(
        "# Periodic jobs",
        prose(periodic.__doc__),
        "```python\n@hub.periodic(every=timedelta(hours=1))\n"
        "def mature(self, tick: hub.Tick, unit: Any) -> None: ...\n```",
        prose(periodic.periodic.__doc__),
        "## Tick",
        prose(periodic.Tick.__doc__),
        fields_table(periodic.Tick),
    )


def plugins_page() -> str:
    parts = [
        "# Plugins",
        "The plugins in this repository, from their manifests. Sources have pages of their own.",
    ]
    for slug, installed in ours().installed.items():
        manifest = installed.manifest
        parts += [f"## {slug}: {manifest.title['en']}", manifest.description.get("en", "")]
        if manifest.is_source:
            parts.append(f"A source: see [its page](../adapters/{slug}.md).")
            continue
        parts.append(table(("what", "value"), glance(manifest)))
        if manifest.settings.model_fields:
            parts += [
                "Settings:",
                table(("name", "type", "default", "meaning"), settings_rows(manifest.settings)),
            ]
        parts += _hears(installed)
    return page(*parts)


def _hears(installed: Installed) -> Iterator[str]:
    """What an effect hears, in the words of its receivers."""
    heard: dict[str, list[str]] = {}
    for receiver in receivers_of(installed.plugin):
        heard.setdefault(receiver.method, []).append(code(receiver.signal.name))
    if heard:
        yield "Effects:"
        rows = [
            (
                method.replace("_", " "),
                getattr(type(installed.plugin), method).__doc__ or "",
                ", ".join(names),
            )
            for method, names in heard.items()
        ]
        yield table(("effect", "what it does", "hears"), rows)


def usage(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[str]:
    """A command's help, and that of the commands below it."""
    context = click.Context(command, parent=parent, info_name=name, terminal_width=100)
    if isinstance(command, click.Group):
        for below in sorted(command.list_commands(context)):
            if (found := command.get_command(context, below)) is not None:
                yield from usage(found, below, context)
        return
    yield f"## {context.command_path}"
    yield f"```text\n{command.get_help(context)}\n```"


def cli() -> str:
    intro = (
        "Results go to standard output, as JSON with `--json`; everything else goes to standard error. What "
        "went wrong gives a status other than 0. `python -m hub` is the same command."
    )
    return page("# The command `hub`", intro, *usage(hub_command, "hub"))
