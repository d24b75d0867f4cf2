"""What to enter where in tools that are clicked together: Zapier, Make and n8n, field by field, as data."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from hub.registry.snippets import BODY, SECRET, SIGNATURE, Recipe


@dataclass(frozen=True)
class Step:
    """A block of a tool, and its fields with what is entered there."""

    block: Any
    fields: tuple[tuple[Any, str], ...]


@dataclass(frozen=True)
class Tool:
    """A tool and what is to be done in it."""

    name: str
    steps: tuple[Step, ...]
    note: Any = ""


_SAME_TEXT = _(
    "Unterschrieben wird genau der Text, der gesendet wird. Setzen Sie die Daten deshalb in einem eigenen "
    "Schritt zusammen und verwenden Sie dessen Ergebnis zweimal: für die Signatur und als Inhalt."
)
_FORMS = {"hex": "hex", "base64": "base64"}


def tools(recipe: Recipe | None, url: str, secret: str) -> tuple[Tool, ...]:
    """The tools that can send such requests: those of schemes that sign the body alone, or not at all."""
    if recipe is None or recipe.needs("{timestamp}") or recipe.needs("{basic}"):
        return ()
    if recipe.message is None:
        return _bare(recipe, url, secret)
    return _signing(recipe, url, secret) if recipe.message == BODY else ()


def _bare(recipe: Recipe, url: str, secret: str) -> tuple[Tool, ...]:
    query = "&".join(f"{name}={value.replace(SECRET, secret)}" for name, value in recipe.query)
    address = f"{url}?{query}" if query else url
    headers = [("Content-Type", "application/json")]
    headers += [(name, value.replace(SECRET, secret)) for name, value in recipe.headers]
    data = "{ … }"
    return (
        Tool(
            "Zapier",
            (
                Step(
                    "Webhooks by Zapier → Custom Request",
                    (
                        ("Method", "POST"),
                        ("URL", address),
                        ("Data", data),
                        *(("Headers", f"{name} | {value}") for name, value in headers),
                    ),
                ),
            ),
        ),
        Tool("Make", (_make_request(address, headers, data),)),
        Tool("n8n", (_n8n_request(address, headers, data),)),
    )


def _signing(recipe: Recipe, url: str, secret: str) -> tuple[Tool, ...]:
    (header, value), *_others = recipe.headers
    form, digest = _FORMS[recipe.encoding], recipe.digest
    made = value.replace(SIGNATURE, f'{{{{{digest}(1.body; "{form}"; "{secret}")}}}}')
    of_n8n = "=" + value.replace(SIGNATURE, "{{ $json.signature }}")
    json_type = ("Content-Type", "application/json")
    return (
        Tool(
            "Zapier",
            (
                Step(
                    "Code by Zapier → Run JavaScript",
                    (
                        ("Code", 'const { createHmac } = require("crypto"); …'),
                        (_("Rest des Codes"), _("das Beispiel für JavaScript ohne seine erste Zeile")),
                    ),
                ),
            ),
            _("Zapier kann Anfragen nur mit einem Code-Schritt unterschreiben."),
        ),
        Tool(
            "Make",
            (
                Step("Tools → Set variable", (("Variable name", "body"), ("Variable value", "{ … }"))),
                _make_request(url, [json_type, (header, made)], "{{1.body}}"),
            ),
            _SAME_TEXT,
        ),
        Tool(
            "n8n",
            (
                Step("Edit Fields (Set)", (("body (String)", "{{ JSON.stringify({ … }) }}"),)),
                Step(
                    "Crypto",
                    (
                        ("Action", "Hmac"),
                        ("Type", digest.upper()),
                        ("Value", "{{ $json.body }}"),
                        ("Property Name", "signature"),
                        ("Secret", secret),
                        ("Encoding", form.upper()),
                    ),
                ),
                _n8n_request(url, [json_type, (header, of_n8n)], "{{ $json.body }}"),
            ),
            _SAME_TEXT,
        ),
    )


def _make_request(url: str, headers: list[tuple[str, str]], body: str) -> Step:
    return Step(
        "HTTP → Make a request",
        (
            ("URL", url),
            ("Method", "POST"),
            *(("Headers", f"{name}: {value}") for name, value in headers),
            ("Body type", "Raw"),
            ("Content type", "JSON (application/json)"),
            ("Request content", body),
        ),
    )


def _n8n_request(url: str, headers: list[tuple[str, str]], body: str) -> Step:
    return Step(
        "HTTP Request",
        (
            ("Method", "POST"),
            ("URL", url),
            *(("Header Parameters", f"{name}: {value}") for name, value in headers),
            ("Body Content Type", "Raw"),
            ("Content Type", "application/json"),
            ("Body", body),
        ),
    )
