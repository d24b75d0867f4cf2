"""Requests of senders that cannot be told what to send: form bodies and foreign field names become the JSON
of the plugin's schema, as the connection's settings say."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from pydantic import Field

from hub.contract.inbound import Connection, Headers, Inbound
from hub.contract.mapping import MappingLines, mapped, rules_of
from hub.contract.settings import Settings, german
from hub.support import jsontext

JSON = "application/json"


class MappedSettings(Settings):
    """Settings of a source that takes other senders than its own; the manifest's ``fields`` are what they can
    be mapped to."""

    accept_forms: bool = Field(
        default=False,
        title="Accept form posts",
        description="Besides JSON: application/x-www-form-urlencoded and multipart/form-data, without files.",
        json_schema_extra=german(
            "Formulare annehmen",
            "Neben JSON auch application/x-www-form-urlencoded und multipart/form-data, ohne Dateien.",
        ),
    )
    mapping: MappingLines = Field(
        default=(),
        title="Field mapping",
        description="Fields by the sender's names, one a line: total = amount | decimal_comma",
        json_schema_extra=german(
            "Feldzuordnung",
            "Felder nach den Namen des Absenders, eines je Zeile: total = betrag | decimal_comma",
        ),
    )


def in_schema(inbound: Inbound, connection: Connection) -> Inbound:
    """The request as JSON of the plugin's schema, for the hook ``translate``. One that the settings do not
    allow, or that is compressed, stays as it is, and is refused for that.

    Raises PayloadError for a body that cannot be read or mapped.
    """
    settings = connection.settings
    if not isinstance(settings, MappedSettings) or "Content-Encoding" in inbound.headers:
        return inbound
    form = settings.accept_forms and inbound.is_form
    if not form and not (settings.mapping and _is_json(inbound)):
        return inbound
    sent = (inbound.form if form else inbound.json).object()
    made = mapped(sent, rules_of(settings.mapping), ZoneInfo(connection.tenant.timezone))
    return as_json(inbound, made)


def as_json(inbound: Inbound, value: object) -> Inbound:
    """The same request with this value as its body."""
    others = [(name, text) for name, text in inbound.headers.items() if name.lower() != "content-type"]
    headers = Headers([*others, ("Content-Type", JSON)])
    return replace(inbound, body=jsontext.encode(value), headers=headers)


def _is_json(inbound: Inbound) -> bool:
    return inbound.content_type == JSON or inbound.content_type.endswith("+json")
