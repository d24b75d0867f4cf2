"""What plugins call themselves, in the language of the page."""

from collections.abc import Mapping

from hub.registry.discovery import Plugins
from hub.web import texts


def spoken(told: Mapping[str, str]) -> str:
    """One of a manifest's texts in the language of the page."""
    return told.get(texts.language()) or told.get(texts.SOURCE) or ""


def title(plugins: Plugins, slug: str) -> str:
    """The title of a plugin; its slug if it is installed no more."""
    installed = plugins.installed.get(slug)
    return spoken(installed.manifest.title) if installed else slug
