"""The document that describes the API (OpenAPI 3.1), made of the declarations that serve it. The forms'
schemas are pydantic's: its dialect, JSON Schema 2020-12, is that of OpenAPI 3.1."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from hub.api import problems, repeating
from hub.api.operation import Operation, Resource
from hub.api.standing import BASE, DOCS
from hub.contract.errors import ContractError
from hub.version import __version__

CONVERTER = re.compile(r"<(?:(\w+)(?:\(([^)]*)\))?:)?(\w+)>")
REFERENCE = "#/components/schemas/{model}"
PAGE = re.compile(r"\bPage_(\w+)_$")
"""What pydantic calls the form of a page of something."""

ABOUT = """\
Read what a company's hub holds, and set up what it receives and sends, with a program of one's own.

Every request carries an access key: `Authorization: Bearer hub_…`. Owners and admins make keys in the
settings of their company, each with the scopes that it needs.
"""

ALWAYS = ("malformed", "unauthenticated", "insufficient-scope", "rate-limited", "internal", "unavailable")
"""Kinds of problems that every operation may end in."""


def document(resources: Sequence[Resource], base_url: str) -> dict[str, Any]:
    """The whole document."""
    operations = [operation for resource in resources for operation in resource]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Integration hub", "version": __version__, "description": ABOUT},
        "servers": [{"url": f"{base_url.rstrip('/')}{BASE}"}],
        "externalDocs": {"url": f"{base_url.rstrip('/')}{DOCS}"},
        "security": [{"access_key": []}],
        "tags": [{"name": one.name, "description": one.description} for one in resources],
        "paths": _paths(operations),
        "components": {
            "securitySchemes": {
                "access_key": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "hub_…",
                    "description": "An access key. Each operation names the scope that the key needs.",
                }
            },
            "headers": _headers(),
            "responses": {kind: _problem(kind) for kind in problems.KINDS},
            "schemas": {**_schemas(operations), "Problem": _PROBLEM},
        },
    }


def path_of(operation: Operation) -> str:
    """The operation's path as OpenAPI writes it."""
    return CONVERTER.sub(r"{\3}", operation.path)


def _paths(operations: Iterable[Operation]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for operation in operations:
        paths.setdefault(path_of(operation), {})[operation.method.lower()] = _operation(operation)
    return paths


def _operation(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.resource],
        "summary": operation.summary,
        "description": f"{operation.description}\n\nScope: `{operation.scope}`.",
        "x-scope": operation.scope,
        "security": [{"access_key": [operation.scope]}],
        "parameters": [*_path_parameters(operation), *_parameters(operation)],
        "responses": _responses(operation),
    }
    if operation.given is not None:
        told["requestBody"] = {
            "required": any(field.is_required() for field in operation.given.model_fields.values()),
            "content": {"application/json": {"schema": _reference(operation.given)}},
        }
    return told


def _path_parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for kind, choices, name in CONVERTER.findall(operation.path):
        schema: dict[str, Any] = {"type": "string"} | ({"format": "uuid"} if kind == "uuid" else {})
        if choices:
            schema["enum"] = choices.split(",")
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    if operation.asked is not None:
        schema = operation.asked.model_json_schema(ref_template=REFERENCE)
        for name, told in schema["properties"].items():
            described = dict(_without_null(told))
            parameter = {"name": name, "in": "query", "required": name in schema.get("required", ())}
            if text := described.pop("description", ""):
                parameter["description"] = text
            described.pop("title", None)
            described.pop("default", None) if described.get("default") is None else None
            yield parameter | {"schema": described}
    if operation.repeatable:
        yield {
            "name": repeating.HEADER,
            "in": "header",
            "required": False,
            "description": "Any text that is new for each new request, such as a random UUID. A repetition "
            "with the same key within 24 hours gets the first answer, and nothing is done twice.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        }


def _without_null(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """A parameter that is left out has no value; null cannot be sent."""
    choices = [one for one in told.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) != 1:
        return told
    return {**{name: value for name, value in told.items() if name != "anyOf"}, **choices[0]}


def _responses(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {str(operation.status): _success(operation)}
    if operation.method == "GET" and operation.answer is not None:
        found["304"] = {"description": "The caller has just this already (`If-None-Match`)."}
    by_status: dict[str, list[str]] = {}
    for kind in _kinds(operation):
        by_status.setdefault(str(problems.KINDS[kind].status), []).append(kind)
    for status, kinds in sorted(by_status.items()):
        found[status] = {"$ref": f"#/components/responses/{kinds[0]}"} if len(kinds) == 1 else _several(kinds)
    return found


def _kinds(operation: Operation) -> Iterator[str]:
    yield from ALWAYS
    if operation.path_values:
        yield "not-found"
    if operation.method in ("POST", "PATCH"):
        yield from ("too-large",)
    if operation.given is not None:
        yield from ("unsupported-media-type", "invalid", "conflict")
    elif operation.method != "GET":
        yield "conflict"
    if operation.repeatable:
        yield from ("request-in-progress", "idempotency-key-reused")


def _success(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {"description": "Done.", "headers": _limits()}
    if operation.answer is not None:
        told["content"] = {operation.media_type: {"schema": _reference(operation.answer)}}
    elif operation.media_type != "application/json":
        told["content"] = {operation.media_type: {"schema": {"type": "string"}}}
    return told


def _limits() -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in _headers()}


def _headers() -> dict[str, Any]:
    told = {
        "RateLimit-Limit": "Requests a minute that the key may make.",
        "RateLimit-Remaining": "How many of them are left.",
        "RateLimit-Reset": "Seconds until all of them are there again.",
    }
    return {
        name: {"description": text, "schema": {"type": "integer", "minimum": 0}}
        for name, text in told.items()
    }


def _problem(kind: str) -> dict[str, Any]:
    known = problems.KINDS[kind]
    return {
        "description": f"{known.title}. {known.meaning}",
        "content": _problem_content(),
        "x-problem": {"status": known.status, "title": known.title, "meaning": known.meaning},
    }


def _several(kinds: Sequence[str]) -> dict[str, Any]:
    texts = [f"{problems.KINDS[kind].title}. {problems.KINDS[kind].meaning}" for kind in kinds]
    return {"description": "\n\n".join(texts), "content": _problem_content()}


def _problem_content() -> dict[str, Any]:
    return {problems.MEDIA_TYPE: {"schema": {"$ref": REFERENCE.format(model="Problem")}}}


def _schemas(operations: Iterable[Operation]) -> dict[str, Any]:
    wanted: dict[type[BaseModel], Any] = {}
    found: dict[str, Any] = {}
    for operation in operations:
        if operation.answer is not None:
            wanted[operation.answer] = "serialization"
        if operation.given is not None:
            wanted[operation.given] = "validation"
        if operation.asked is not None:
            found |= operation.asked.model_json_schema(ref_template=REFERENCE).get("$defs", {})
    _require_own_names(wanted)
    _, schema = models_json_schema(list(wanted.items()), ref_template=REFERENCE)
    found |= schema.get("$defs", {})
    renamed = {PAGE.sub(r"\1Page", name): _renamed(told) for name, told in found.items()}
    return dict(sorted(renamed.items()))


def _require_own_names(forms: Iterable[type[BaseModel]]) -> None:
    """Raises ContractError for two forms of one name: one of them could not be told apart."""
    counted = Counter(form.__name__ for form in forms)
    if twice := sorted(name for name, number in counted.items() if number > 1):
        raise ContractError(f"forms of the API share a name: {', '.join(twice)}")


def _reference(form: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REFERENCE.format(model=form.__name__)}


def _renamed(told: Any) -> Any:
    """With references to pages as their forms are called."""
    if isinstance(told, list):
        return [_renamed(one) for one in told]
    if isinstance(told, dict):
        return {
            name: PAGE.sub(r"\1Page", one) if name == "$ref" else _renamed(one) for name, one in told.items()
        }
    return told


_PROBLEM = {
    "title": "Problem",
    "description": "Problem details (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Leads to what the problem means."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to change."},
        "errors": {
            "type": "array",
            "description": "Several faults, each with its place.",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body."},
                    "parameter": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "instance": {"type": "string", "description": "Names this one failure in the hub's log."},
    },
}
