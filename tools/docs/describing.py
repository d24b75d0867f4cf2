"""What the code says about itself: types, fields, settings."""

import ast
import dataclasses
import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from hub.contract import facts
from tools.docs.markdown import code, table


def type_text(annotation: Any) -> str:
    """A type as one would write it after importing its names."""
    text = inspect.formatannotation(annotation)
    text = re.sub(r"Annotated\[tuple\[[\w.]*Secret, \.\.\.\].*", "SecretList", text)
    text = re.sub(
        r"Annotated\[([^,\]]+), [^\]]*\]", r"\1", text
    )  # who checks the value is at no fixed address
    short = re.sub(r"\b(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_])", "", text)
    return short.replace(" | ".join(cls.__name__ for cls in get_args(facts.Fact)), "Fact")


def call_text(item: Any) -> str:
    """A dataclass as one would write it: what is at its default is left out."""
    if isinstance(item, Mapping):
        return f"{{{', '.join(f'{key!r}: {call_text(value)}' for key, value in item.items())}}}"
    if not dataclasses.is_dataclass(item) or isinstance(item, type):
        return repr(item)
    given = [field for field in dataclasses.fields(item) if field.init]
    shown = [field for field in given if getattr(item, field.name) != field.default]
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
