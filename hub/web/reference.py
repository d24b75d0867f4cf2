"""The document that describes the API (OpenAPI 3.1), read into what its page shows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DOCUMENT = "hub_api_document"
"""Under this name the web application is given what makes the document."""

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Piece:
    """A part of a text, which may be code."""

    text: str
    code: bool


@dataclass(frozen=True, kw_only=True)
class Field:
    """A parameter or a member: its type in words, and the name of the form that it is or is a list of."""

    name: str
    kind: str
    form: str | None
    required: bool
    text: list[Piece]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation, as the page tells it."""

    name: str
    method: str
    path: str
    summary: str
    paragraphs: list[list[Piece]]
    scope: str
    parameters: list[Field]
    body: str | None
    status: str
    answer: str | None
    media_type: str | None
    problems: list[str]
    example: str


@dataclass(frozen=True, kw_only=True)
class Form:
    """The members of a body or of an answer, or the values that there are."""

    name: str
    text: list[Piece]
    fields: list[Field]
    values: list[str]


@dataclass(frozen=True, kw_only=True)
class Group:
    """The operations on one kind of thing."""

    name: str
    text: list[Piece]
    operations: list[Operation]


def groups(document: Schema) -> list[Group]:
    """All operations, in the order of the document."""
    operations = [
        (told["tags"][0], _operation(document, method, path, told))
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]
    return [
        Group(
            name=tag["name"],
            text=pieces(tag["description"]),
            operations=[one for name, one in operations if name == tag["name"]],
        )
        for tag in document["tags"]
    ]


def forms(document: Schema) -> list[Form]:
    """All forms of bodies, by name."""
    return [
        Form(
            name=name,
            text=pieces(told.get("description", "")),
            fields=list(_members(told)),
            values=list(told.get("enum", ())),
        )
        for name, told in document["components"]["schemas"].items()
    ]


def problems(document: Schema) -> dict[str, Schema]:
    """Status, title and meaning of each kind of problem."""
    return {kind: told["x-problem"] for kind, told in document["components"]["responses"].items()}


def pieces(text: str) -> list[Piece]:
    """A text with what stands between backticks as code."""
    parts = re.split(r"`+", " ".join(text.split()))
    return [Piece(part, bool(number % 2)) for number, part in enumerate(parts) if part]


def _operation(document: Schema, method: str, path: str, told: Schema) -> Operation:
    status = next(iter(told["responses"]))
    content: Mapping[str, Schema] = told["responses"][status].get("content", {})
    media_type = next(iter(content), None)
    answer = content[media_type] if media_type else {}
    body: Schema = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    _, *paragraphs = told["description"].rsplit("\n\nScope:", 1)[0].split("\n\n")
    return Operation(
        name=told["operationId"],
        method=method.upper(),
        path=path,
        summary=told["summary"],
        paragraphs=[pieces(paragraph) for paragraph in paragraphs],
        scope=told["x-scope"],
        parameters=[_field(one["name"], one["schema"], one) for one in told["parameters"]],
        body=_name(body.get("schema", {})),
        status=status,
        answer=_name(answer.get("schema", {})),
        media_type=media_type,
        problems=[other for other in told["responses"] if other >= "400"],
        example=_example(document, method, path, body=bool(body)),
    )


def _example(document: Schema, method: str, path: str, *, body: bool) -> str:
    url = f"{document['servers'][0]['url']}{path}"
    lines = [f"curl {url}" if method == "get" else f"curl -X {method.upper()} {url}"]
    lines.append('-H "Authorization: Bearer $HUB_KEY"')
    if body:
        lines += ['-H "Content-Type: application/json"', "-d '{…}'"]
    return " \\\n  ".join(lines)


def _members(schema: Schema) -> Iterator[Field]:
    """Of an answer all members are always there; that goes without saying."""
    is_given = schema.get("additionalProperties") is False
    required: Sequence[str] = schema.get("required", ()) if is_given else ()
    for name, told in schema.get("properties", {}).items():
        yield _field(name, told, {"required": name in required, "description": told.get("description", "")})


def _field(name: str, schema: Schema, told: Schema) -> Field:
    return Field(
        name=name,
        kind=_kind(schema),
        form=_form(schema),
        required=bool(told.get("required")),
        text=pieces(told.get("description", "")),
    )


def _kind(schema: Schema) -> str:
    """A type in words."""
    if "$ref" in schema:
        return str(_name(schema))
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(str(one) for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {})) or 'any'}"
    kind = str(schema.get("format") or schema.get("type") or "")
    bounds = [f"{word} {schema[key]}" for key, word in _BOUNDS.items() if key in schema]
    default = schema.get("default")
    bounds += [f"default {str(default).lower()}"] if default not in (None, "", {}, []) else []
    return ", ".join([kind, *bounds])


def _form(schema: Schema) -> str | None:
    """The form that is named anywhere in a type."""
    inner = [schema, schema.get("items", {}), *schema.get("anyOf", ())]
    return next((name for one in inner if (name := _name(one))), None)


def _name(schema: Schema) -> str | None:
    reference = schema.get("$ref")
    return str(reference).rpartition("/")[2] if reference else None


_BOUNDS = {"minimum": "from", "maximum": "to", "maxLength": "length up to"}
