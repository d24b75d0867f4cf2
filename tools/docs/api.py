"""What the API says of itself: the document as a file, and a page of operations, scopes and problems."""

import json
from typing import Any

from hub.api import openapi, plugged, problems
from hub.api.site import found
from hub.api.standing import BASE
from hub.records.scopes import SCOPES
from tools.docs.markdown import code, page, table
from tools.docs.stage import ours

ADDRESS = "https://hub.example.com"
"""Stands for the installation's own address."""


def document() -> dict[str, Any]:
    """The document of the hub with the plugins of this repository."""
    return openapi.document([*found(), *plugged.load(ours())], ADDRESS)


def document_file() -> str:
    """The document as a file."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def api_page() -> str:
    """Operations by resource, scopes, problems."""
    told = document()
    parts = [
        "# Operations of the API",
        f"All paths stand behind `{BASE}`. [The API](../api.md) says how they are used, and "
        "[openapi.json](../openapi.json) has every field.",
    ]
    for tag in told["tags"]:
        parts += [f"## {tag['name']}", tag["description"], table(_HEADS, _operations(told, tag["name"]))]
    kinds = [(str(one.status), code(kind), one.title, one.meaning) for kind, one in problems.KINDS.items()]
    parts += [
        "## Scopes",
        table(("scope", "what it opens"), [(code(scope), text) for scope, text in SCOPES.items()]),
        "## Problems",
        table(("status", "type ends with", "title", "what it means"), kinds),
    ]
    return page(*parts)


_HEADS = ("operation", "does", "scope", "parameters")


def _operations(told: dict[str, Any], tag: str) -> list[tuple[str, ...]]:
    return [
        (
            code(f"{method.upper()} {path}"),
            one["summary"],
            code(one["x-scope"]),
            ", ".join(code(asked["name"]) for asked in one["parameters"] if asked["in"] != "path"),
        )
        for path, methods in told["paths"].items()
        for method, one in methods.items()
        if one["tags"] == [tag]
    ]
