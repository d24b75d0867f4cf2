"""Writes the part of docs/ that the code itself knows: the configuration, and the reference of
hooks, facts, signals, periodic jobs, schemes, errors and plugins. ``--check`` only says what is out of
step."""

import ast
import dataclasses
import difflib
import inspect
import re
import sys
import types
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, get_args

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

import hub
from hub.cli.main import hub as hub_command
from hub.config import Config
from hub.contract import errors, facts, hookspecs, locators, periodic, schemes, signals
from hub.contract.outcome import OutcomeKind

ROOT = Path(__file__).parent.parent
NOTE = "<!-- Written by tools/docs.py from the code. Change the code, then run `make docs`. -->"


# --- Markdown -------------------------------------------------------------------------------


def prose(text: str | None) -> str:
    """A docstring as Markdown."""
    return inspect.cleandoc(text or "").replace("``", "`")


def cell(text: str) -> str:
    """A text for one cell of a table."""
    return " ".join(prose(text).split()).replace("|", "\\|")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *([cell(text) for text in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def page(*parts: str) -> str:
    """A page: parts with an empty line between."""
    return "\n\n".join([NOTE, *(part for part in parts if part)]) + "\n"


def code(text: Any) -> str:
    return f"`{text}`"


# --- What the code says ---------------------------------------------------------------------


def type_text(annotation: Any) -> str:
    """A type as one would write it after importing its names."""
    text = inspect.formatannotation(annotation)
    text = re.sub(r"Annotated\[tuple\[[\w.]*Secret, \.\.\.\].*", "SecretList", text)
    short = re.sub(r"\b(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])", "", text)
    return short.replace(" | ".join(cls.__name__ for cls in get_args(facts.Fact)), "Fact")


def call_text(item: Any) -> str:
    """A dataclass as one would write it: what is at its default is left out."""
    if not dataclasses.is_dataclass(item) or isinstance(item, type):
        return repr(item)
    shown = [field for field in dataclasses.fields(item) if getattr(item, field.name) != field.default]
    arguments: list[str] = []
    for field in shown:
        value = getattr(item, field.name)
        if isinstance(value, tuple) and not field.kw_only:
            arguments.extend(map(call_text, value))  # given one after the other
        elif field.kw_only or isinstance(value, bool):
            arguments.append(f"{field.name}={call_text(value)}")
        else:
            arguments.append(call_text(value))
    return f"{type(item).__name__}({', '.join(arguments)})"


def attribute_docs(cls: type) -> dict[str, str]:
    """The texts that stand under the attributes of a class and of its bases."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__[:-1]):
        if not base.__module__.startswith("hub"):
            continue
        (tree,) = ast.parse(inspect.getsource(base)).body
        assert isinstance(tree, ast.ClassDef)
        for attribute, text in zip(tree.body, tree.body[1:], strict=False):
            match attribute, text:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(doc))):
                    found[name] = doc
    return found


def fields_table(cls: Any) -> str:
    """The fields of a dataclass that one can set."""
    docs = attribute_docs(cls)
    rows = [
        (code(field.name), code(type_text(field.type)), default_text(field), docs.get(field.name, ""))
        for field in dataclasses.fields(cls)
        if field.init
    ]
    return table(("field", "type", "default", "meaning"), rows) if rows else ""


def default_text(field: Any) -> str:
    """A dataclass field's default; *required* where there is none."""
    if field.default_factory is not dataclasses.MISSING:
        return code(repr(field.default_factory()))
    if field.default is dataclasses.MISSING:
        return "required"
    return code(re.sub(r"^datetime\.", "", repr(field.default)))


def limits(field: FieldInfo) -> str:
    """The bounds of a setting, in words."""
    words = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}
    pairs = (
        (words[name], getattr(bound, name))
        for bound in field.metadata
        for name in words
        if hasattr(bound, name)
    )
    return "".join(f", {word} {value}" for word, value in pairs)


def setting_default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "required" if field.default_factory is None else "empty"
    if field.default is None:
        return "not set"
    return code(field.default) if str(field.default) not in ("", "()") else "empty"


def settings_rows(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Name, type, default and description of each setting."""
    for name, field in model.model_fields.items():
        kind = "SecretList" if name == "secrets" else type_text(field.annotation)
        shown = code(f"{prefix}{name.upper()}" if prefix else name)
        yield shown, code(kind) + limits(field), setting_default(field), field.description or ""


# --- Error codes ----------------------------------------------------------------------------

SAID_BY = {"JsonError": "PayloadError", "_fault": "PayloadError"}
"""Helpers that make an error whose code is their first argument."""


def error_classes() -> list[type[errors.RequestError]]:
    members = vars(errors).values()
    return [item for item in members if isinstance(item, type) and issubclass(item, errors.RequestError)]


def sources() -> list[Path]:
    return sorted([*ROOT.glob("hub/**/*.py"), *ROOT.glob("plugins/*/hub_*/**/*.py")])


def text_of(node: ast.expr | None) -> str:
    """A text in the code, with … for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return ""


def called(call: ast.Call) -> str:
    """The bare name of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def codes_in(tree: ast.AST, known: set[str]) -> Iterator[tuple[str, str, str]]:
    """Class, code and message of the errors that a module raises."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = called(call)
        arguments = [*call.args, None, None]
        if name in SAID_BY:
            if said := text_of(arguments[0]):
                yield SAID_BY[name], said, text_of(arguments[1])
        elif name in known:
            given = next((text_of(word.value) for word in call.keywords if word.arg == "code"), "")
            yield name, given, text_of(arguments[0])


def reasons() -> list[tuple[str, str, str]]:
    """Outcome, reason and message of what is judged without an error class."""
    found = set()
    for path in sources():
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            words = {word.arg: word.value for word in call.keywords}
            if called(call) == "_ignored":
                found.add(("ignored", text_of(call.args[0]), text_of(call.args[1])))
            elif isinstance(kind := words.get("kind"), ast.Attribute) and text_of(words.get("reason")):
                found.add((kind.attr.lower(), text_of(words["reason"]), text_of(words.get("message"))))
    return sorted(item for item in found if item[0] in set(OutcomeKind))


def codes_by_class() -> dict[str, dict[str, list[str]]]:
    """For each class of error, the codes that the code raises it with, and their messages."""
    defaults = {cls.__name__: cls.code for cls in error_classes()}
    found: dict[str, dict[str, list[str]]] = {name: {default: []} for name, default in defaults.items()}
    for path in sources():
        for name, given, message in codes_in(ast.parse(path.read_text("utf-8")), set(defaults)):
            messages = found[name].setdefault(given or defaults[name], [])
            if message and message not in messages:
                messages.append(message)
    return found


# --- Pages ----------------------------------------------------------------------------------


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


def classes_of(module: types.ModuleType, method: str) -> list[Any]:
    members = vars(module).values()
    own = [item for item in members if isinstance(item, type) and item.__module__ == module.__name__]
    return [cls for cls in own if dataclasses.is_dataclass(cls) and hasattr(cls, method)]


def schemes_page() -> str:
    parts = ["# Signature schemes and locators", prose(schemes.__doc__)]
    for cls in classes_of(schemes, "verify"):
        parts += [f"## hub.schemes.{cls.__name__}", prose(cls.__doc__), fields_table(cls)]
        if cls.__dataclass_fields__["timestamped"].default is True:
            parts.append("The signature holds a time.")
    parts += ["## Locators", prose(locators.__doc__)]
    rows = [(code(cls.__name__), cls.__doc__ or "") for cls in classes_of(locators, "__call__")]
    parts.append(table(("hub.locators", "finds"), rows))
    return page(*parts)


def errors_page() -> str:
    codes = codes_by_class()
    parts = [
        "# Errors",
        'A refused request is answered `{"status": "error", "code": "…", "message": "…"}`, unless its '
        "plugin shapes the answer. The code is stable and for machines; the message is for the person who "
        "set the sender up and may change. In the messages below, … stands for what is filled in.",
    ]
    for cls in error_classes()[1:]:
        rows = [(code(name), " / ".join(said)) for name, said in sorted(codes[cls.__name__].items())]
        parts += [f"## {cls.__name__}: {cls.status}", prose(cls.__doc__), table(("code", "message"), rows)]
    others = [(kind, code(reason), message) for kind, reason, message in reasons()]
    parts += ["## Reasons of other outcomes", table(("outcome", "reason", "message"), others)]
    return page(*parts)


def plugin_part(manifest: hub.Manifest) -> Iterator[str]:
    yield f"## {manifest.slug}: {manifest.title['en']}"
    yield manifest.description.get("en", "")
    rows = [
        ("kind", ", ".join(manifest.kinds)),
        ("routes", ", ".join(map(code, manifest.routes))),
        ("scheme", code(call_text(manifest.scheme)) if manifest.scheme else ""),
        ("content types", ", ".join(map(code, manifest.content_types)) or "any"),
        ("type of an event", code(call_text(manifest.event_type)) if manifest.event_type else ""),
        (
            "id of an event",
            code(call_text(manifest.event_key)) if manifest.event_key else "none: nothing is a repetition",
        ),
        (
            "the same id with another body",
            {"skip": "skipped", "refuse": "refused with 409"}[manifest.repeated_key_other_body],
        ),
        ("unknown event types", {"ignore": "ignored", "refuse": "refused with 400"}[manifest.unknown_events]),
        ("redacted", ", ".join(map(code, manifest.redact))),
    ]
    yield table(("what", "value"), [row for row in rows if row[1]])
    if manifest.settings.model_fields:
        yield "Settings:"
        yield table(("name", "type", "default", "meaning"), settings_rows(manifest.settings))
    if manifest.events:
        yield "Events:"
        yield table(
            ("event", "what becomes of it"), [(code(event), line) for event, line in manifest.events.items()]
        )
    if manifest.ignored:
        yield "Known and ignored:"
        yield table(("event", "why"), [(code(event), line) for event, line in manifest.ignored.items()])


def ours() -> list[hub.Manifest]:
    """The manifests of the plugins in this repository; others may be installed beside them."""
    packages = {path.name for path in ROOT.glob("plugins/*/hub_*")}
    points = entry_points(group="hub.plugins")
    found = [point.load().manifest for point in points if point.module.partition(".")[0] in packages]
    return sorted(found, key=lambda manifest: manifest.slug)


def plugins_page() -> str:
    parts = ["# Plugins", "The plugins in this repository, from their manifests."]
    for manifest in ours():
        parts += plugin_part(manifest)
    return page(*parts)


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


PAGES = {
    "configuration.md": configuration,
    "reference/cli.md": cli,
    "reference/hooks.md": hooks,
    "reference/facts.md": facts_page,
    "reference/signals.md": signals_page,
    "reference/periodic.md": periodic_page,
    "reference/schemes.md": schemes_page,
    "reference/errors.md": errors_page,
    "reference/plugins.md": plugins_page,
}


def main(arguments: Sequence[str]) -> int:
    check = "--check" in arguments
    stale = 0
    for name, build in PAGES.items():
        path = ROOT / "docs" / name
        old = path.read_text("utf-8") if path.is_file() else ""
        new = build()
        if old == new:
            continue
        stale += 1
        if check:
            lines = difflib.unified_diff(
                old.splitlines(), new.splitlines(), f"docs/{name}", "the code", lineterm=""
            )
            print("\n".join(lines))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(new, "utf-8")
    state = f"{stale} out of step with the code; run `make docs`" if check and stale else f"{stale} changed"
    print(f"{len(PAGES)} generated pages in docs/: {state}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
