"""Code that sends a request as a source wants it: for each signature scheme what is signed and where the
result goes (``recipes``), and for each language how that is written. The pages of the web UI and the docs
show it, and the tests run it."""

from collections.abc import Callable, Mapping

from hub.contract.schemes import Scheme
from hub.registry.snippets.javascript import javascript
from hub.registry.snippets.php import php
from hub.registry.snippets.python import python
from hub.registry.snippets.recipes import (
    BASIC,
    BODY,
    MESSAGE_ID,
    SECRET,
    SIGNATURE,
    TIMESTAMP,
    Recipe,
    Sample,
    recipe_of,
)
from hub.registry.snippets.shell import BODY_FILES, bash, curl

__all__ = [
    "BASIC",
    "BODY",
    "LANGUAGES",
    "MESSAGE_ID",
    "SECRET",
    "SIGNATURE",
    "TIMESTAMP",
    "Recipe",
    "Sample",
    "file_of",
    "recipe_of",
    "snippets",
]

LANGUAGES: dict[str, Callable[[Sample], str]] = {
    "curl": curl,
    "Bash": bash,
    "PHP": php,
    "Python": python,
    "JavaScript": javascript,
}


def snippets(
    scheme: Scheme | None, url: str, body: str, secret: str, headers: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The code by language: curl, Bash, PHP, Python, JavaScript. Empty for a scheme without a recipe."""
    recipe = recipe_of(scheme, headers or {})
    if recipe is None:
        return {}
    sample = Sample(url=url, body=body.strip(), secret=secret, recipe=recipe, headers=headers or {})
    return {language: write(sample) for language, write in LANGUAGES.items()}


def file_of(code: str) -> str | None:
    """The file from which a curl call takes the data; ``None`` if they stand in the call."""
    return next((name for name in BODY_FILES if name in code), None)
