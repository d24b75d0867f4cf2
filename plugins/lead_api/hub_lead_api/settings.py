"""What a tenant may allow to forms on web pages. Without any of it the lead API takes JSON with a key, as its
document has it."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

import hub

_ADDRESS = re.compile(r"https?://[^\s\"'<>]{1,500}")
_NAME = re.compile(r"[^\s&=\[\]]{0,80}")


def _addresses(given: tuple[str, ...]) -> tuple[str, ...]:
    addresses = tuple(one.strip() for one in given)
    if wrong := [one for one in addresses if not _ADDRESS.fullmatch(one)]:
        raise ValueError(f"{wrong[0][:80]!r} is no address such as https://www.example.com/thanks")
    return addresses


def _address(given: str) -> str:
    return _addresses((given,))[0] if given.strip() else ""


def _name(given: str) -> str:
    if not _NAME.fullmatch(given.strip()):
        raise ValueError("is no name of a form field")
    return given.strip()


FieldName = Annotated[str, AfterValidator(_name)]


class Settings(hub.MappedSettings, hub.BrowserSettings):
    """Forms and their traps, all off at first."""

    key_in_field: bool = Field(
        default=False,
        title="Allow the API key in a hidden form field",
        description="In the field api_key, for plain HTML forms. Everybody who opens the page can read it.",
        json_schema_extra=hub.german(
            "API-Key in einem versteckten Formularfeld erlauben",
            "Im Feld api_key, für einfache HTML-Formulare. Wer die Seite öffnet, kann ihn lesen.",
        ),
    )
    honeypot: FieldName = Field(
        default="",
        title="Honeypot field",
        description="Name of a field that people do not see. Whoever fills it in is a program: the request "
        "is answered as usual and ignored.",
        json_schema_extra=hub.german(
            "Honeypot-Feld",
            "Name eines Feldes, das Menschen nicht sehen. Wer es ausfüllt, ist ein Programm: Die Anfrage "
            "wird wie üblich beantwortet und ignoriert.",
        ),
    )
    time_field: FieldName = Field(
        default="",
        title="Field with the time of loading",
        description="Name of a field that holds when the page was opened, as a unix time.",
        json_schema_extra=hub.german(
            "Feld mit der Ladezeit",
            "Name eines Feldes, in dem steht, wann die Seite geöffnet wurde, als Unix-Zeit.",
        ),
    )
    least_seconds: int = Field(
        default=3,
        ge=1,
        le=3600,
        title="Least seconds to fill the form in",
        description="Whoever is faster is ignored like one who fills in the honeypot.",
        json_schema_extra=hub.german(
            "Mindestzeit zum Ausfüllen in Sekunden",
            "Wer schneller ist, wird ignoriert wie einer, der das Honeypot-Feld ausfüllt.",
        ),
    )
    redirects: Annotated[tuple[str, ...], AfterValidator(_addresses)] = Field(
        default=(),
        title="Pages after sending",
        description="Full addresses, one a line. Visitors who send a plain HTML form come to the first one, "
        "or to the one that the form names in its field _redirect.",
        json_schema_extra=hub.german(
            "Seiten nach dem Absenden",
            "Vollständige Adressen, eine je Zeile. Wer ein einfaches HTML-Formular absendet, kommt auf die "
            "erste oder auf die, die das Formular im Feld _redirect nennt.",
        ),
    )
    error_redirect: Annotated[str, AfterValidator(_address)] = Field(
        default="",
        title="Page after an error",
        description="Where visitors come whose form was refused. Empty: they see the error as JSON.",
        json_schema_extra=hub.german(
            "Seite nach einem Fehler",
            "Hierhin kommt, wessen Formular abgelehnt wurde. Leer: Der Fehler wird als JSON gezeigt.",
        ),
    )
