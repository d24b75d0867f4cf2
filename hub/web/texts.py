"""The languages of the UI. Texts stand in German in templates and code; the English ones in catalogues,
one for each group of pages, which are read when the first English page is asked for."""

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request, session
from flask_babel import Babel, Domain, get_locale

from hub.web.visit import current

FOLDER = Path(__file__).parent / "translations"

LANGUAGES = {"de": "Deutsch", "en": "English"}
SOURCE = "de"
"""The language in which texts stand in the code."""


class Catalogues(Domain):  # type: ignore[misc] # Flask-Babel has no types
    """Texts from the catalogues of the hub and of plugins. Where both have a text the hub's counts."""

    def __init__(self, folders: tuple[Path, ...]) -> None:
        super().__init__()
        self._folders = folders

    def get_translations(self) -> Translations | NullTranslations:
        """The texts of the present language."""
        locale = get_locale() if has_request_context() else None
        if locale is None or locale.language == SOURCE:
            return _as_they_stand()
        return _read(locale.language, self._folders)


def set_up(app: Flask, folders: tuple[Path, ...] = ()) -> None:
    """Let pages speak the language of whoever looks at them."""
    babel = Babel(app, default_locale=SOURCE, locale_selector=language)
    babel.domain_instance = Catalogues((FOLDER, *folders))


def language() -> str:
    """The language of this request: what the person chose, else what the browser prefers."""
    visit = current()
    chosen = visit.somebody.locale if visit and visit.somebody else None
    chosen = chosen or session.get("locale")
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(list(LANGUAGES)) or SOURCE


def files(language: str, folders: tuple[Path, ...] = (FOLDER,)) -> Iterator[Path]:
    """The catalogues of a language."""
    for folder in folders:
        yield from sorted((folder / language).glob("*.po"))


@cache
def _as_they_stand() -> NullTranslations:
    return NullTranslations()


@cache
def _read(language: str, folders: tuple[Path, ...]) -> Translations:
    whole = Catalog(locale=language)
    for path in files(language, folders):
        with path.open("rb") as source:
            for message in read_po(source, locale=language):
                if message.id and whole.get(message.id, message.context) is None:
                    whole.add(message.id, message.string, context=message.context)
    compiled: Any = BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return Translations(compiled)
