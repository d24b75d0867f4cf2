"""The hub names no provider: what is said of one, its plugin says. A docstring or a comment may cite one as
the source of a fact."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.registry.discovery import discover

HUB = Path(__file__).parents[2] / "hub"

OTHERS = {
    "shops": ("shopware", "prestashop", "magento", "bigcommerce", "etsy", "gambio"),
    "payments": ("paypal", "klarna", "mollie", "adyen", "sumup", "gocardless"),
    "sellers of courses": ("elopage", "thrivecart", "samcart", "gumroad", "paddle"),
    "books": ("lexware", "lexoffice", "sevdesk", "datev"),
    "forms": ("elementor", "contact form 7", "gravity forms", "wpforms", "typeform", "wordpress"),
    "tools": ("zapier", "n8n", "integromat", "pipedream", "ifttt"),
}
"""Providers for which there is no plugin, or that send to one of another name."""

PLAIN_WORDS = {"custom", "lead"}
"""Slugs of sources that name no provider, but what anybody sends: words of every day."""

COMMENTS = {
    ".html": re.compile(r"{#.*?#}|<!--.*?-->", re.DOTALL),
    ".jinja": re.compile(r"{#.*?#}", re.DOTALL),
    ".js": re.compile(r"/\*.*?\*/|^\s*//.*?$", re.DOTALL | re.MULTILINE),
    ".css": re.compile(r"/\*.*?\*/", re.DOTALL),
    ".po": re.compile(r"^#.*?$", re.MULTILINE),
    ".toml": re.compile(r"^\s*#.*?$", re.MULTILINE),
}
"""What says nothing, by the suffix of a file."""


def providers() -> re.Pattern[str]:
    """Any provider, as a word or as a part of a name."""
    installed = discover().installed.items()
    slugs = {slug for slug, one in installed if one.manifest.is_source} - PLAIN_WORDS
    names = sorted(slugs.union(*OTHERS.values()))
    return re.compile(rf"(?<![a-z])(?:{'|'.join(map(re.escape, names))})(?![a-z])", re.IGNORECASE)


def said(path: Path) -> Iterator[str]:
    """The file's name, and all that it says outside of docstrings and comments."""
    yield path.stem
    text = path.read_text("utf-8")
    if path.suffix == ".py":
        yield from said_in(ast.parse(text))
    elif path.suffix in COMMENTS:
        yield COMMENTS[path.suffix].sub("", text)
    else:
        yield text


def said_in(tree: ast.Module) -> Iterator[str]:
    """The names and the texts of a module."""
    docstrings = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        for _field, value in ast.iter_fields(node):
            texts = value if isinstance(value, list) else [value]
            yield from (text for text in texts if isinstance(text, str) and id(node) not in docstrings)


def files() -> Iterator[Path]:
    """The hub's own files that hold text."""
    for path in sorted(HUB.rglob("*")):
        inside = path.relative_to(HUB).parts
        if path.is_file() and not {"vendor", "__pycache__"} & set(inside):
            try:
                path.read_text("utf-8")
            except UnicodeDecodeError:
                continue
            yield path


def test_no_code_page_or_text_of_the_hub_names_a_provider() -> None:
    provider = providers()
    found = [
        f"{path.relative_to(HUB)}: {match[0]}"
        for path in files()
        for text in said(path)
        if (match := provider.search(text))
    ]

    assert found == []


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ('PAYING = "stripe"', True),
        ("def stripe_keys(): ...", True),
        ("from hub_shopify import mapper", True),
        ('f"Mit {a} über PayPal"', True),
        ('"""As Stripe does it."""', False),
        ('"""A module."""\nLIMIT = 3\n"""Source: Shopify\'s documentation."""', False),
        ("limit = 3  # as at Shopify", False),
        ('colour = "striped"', False),
    ],
)
def test_it_is_told_apart_what_names_a_provider(code: str, named: bool) -> None:
    assert any(providers().search(text) for text in said_in(ast.parse(code))) is named
