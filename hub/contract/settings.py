"""The settings of a connection: a pydantic model per plugin, its secrets encrypted at rest."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr


def german(title: str, description: str = "", **choices: str) -> dict[str, Any]:
    """The German words of a setting, beside the English ones: ``Field(title="Port",
    json_schema_extra=german("Port"))``. ``choices`` names the values of a ``Literal``."""
    return {"de": {"title": title, "description": description, "choices": choices}}


def web_orders(de: str, en: str) -> dict[str, Any]:
    """For a switch that says what follows a web order: the words of a check box that the settings page
    *API / Schnittstellen* shows, too. ``json_schema_extra=german(…) | web_orders(…)``."""
    return {"web_orders": {"de": de, "en": en}}


class Secret(BaseModel):
    """One signing secret. After ``expires_at`` (aware) it is refused; ``None`` means never. ``since`` is when
    it was stored, if that is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: SecretStr
    expires_at: AwareDatetime | None = None
    since: AwareDatetime | None = None

    def active(self, at: datetime) -> bool:
        """Whether a request received at that instant may be signed with it."""
        return self.expires_at is None or at < self.expires_at


def _as_secrets(value: Any) -> Any:
    if isinstance(value, str):
        value = [value]
    if isinstance(value, Iterable):
        return tuple({"value": item} if isinstance(item, str) else item for item in value)
    return value


SecretList = Annotated[tuple[Secret, ...], BeforeValidator(_as_secrets)]
"""Signing secrets, newest first; several may be active while one is being rotated."""


class Settings(BaseModel):
    """Base of a plugin's settings. Every field has a default or is required in the form.

    Fields of type ``SecretStr`` and ``SecretList`` are encrypted at rest and never shown.
    Unknown names are refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class SignedSettings(Settings):
    """Settings of a source whose requests are signed with a shared secret. ``secret_is_ours`` says that the
    hub makes it, and the sender is given it; else the sender shows one that is entered here."""

    secret_is_ours: ClassVar[bool] = False

    secrets: SecretList = Field(
        default=(),
        title="Signing secrets",
        description="The shared secret, as the sender has it.",
        json_schema_extra=german("Signatur-Secrets", "Das gemeinsame Secret, wie der Absender es hat."),
    )


def stored_secrets(settings: Settings) -> tuple[Secret, ...]:
    """All signing secrets of these settings, newest first; none where there is no such field."""
    secrets: tuple[Secret, ...] = getattr(settings, "secrets", ())
    return secrets


def active_secrets(settings: Settings, at: datetime) -> tuple[str, ...]:
    """The signing secrets of these settings that count at that instant, newest first."""
    return tuple(
        text
        for secret in stored_secrets(settings)
        if secret.active(at) and (text := secret.value.get_secret_value()).strip()
    )
