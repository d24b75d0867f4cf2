"""The page of errors: classes, codes and messages, as the code raises them."""

import ast
from collections.abc import Iterator
from pathlib import Path

from hub.contract import errors
from hub.contract.outcome import OutcomeKind
from tools.docs.markdown import code, page, prose, table

ROOT = Path(__file__).parents[2]

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
