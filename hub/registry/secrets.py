"""A connection's settings, split into what may be read and what is encrypted."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from hub.contract.settings import Secret, Settings
from hub.records.vault import Vault
from hub.support import jsontext


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting is encrypted at rest and never shown."""
    return any(part in repr(field.annotation) for part in (SecretStr.__name__, Secret.__name__))


def split(settings: Settings, vault: Vault) -> tuple[dict[str, Any], str]:
    """The readable settings, and the secret ones as one encrypted text."""
    fields = type(settings).model_fields
    plain = settings.model_dump(mode="json", include={n for n, f in fields.items() if not is_secret(f)})
    secret = {name: _bare(getattr(settings, name)) for name, field in fields.items() if is_secret(field)}
    return plain, vault.seal(jsontext.encode_text(secret))


def join(model: type[Settings], plain: Mapping[str, Any], sealed: str, vault: Vault) -> Settings:
    """The settings again. Raises VaultError, or pydantic's ValidationError if they do not fit."""
    return model.model_validate(opened(plain, sealed, vault))


def opened(plain: Mapping[str, Any], sealed: str, vault: Vault) -> dict[str, Any]:
    """All settings as they are stored, whether or not they still fit. Raises VaultError."""
    return {**plain, **jsontext.decode_stored(vault.open(sealed))}


def _bare(value: Any) -> Any:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case Secret():
            instants = {"expires_at": value.expires_at, "since": value.since}
            told = {name: at.isoformat() if at else None for name, at in instants.items()}
            return {"value": value.value.get_secret_value(), **told}
        case tuple():
            return [_bare(item) for item in value]
        case _:
            return value


def masked(value: Any) -> Any:
    """A secret setting as it may be shown: whether it is there, and until when it counts."""
    match value:
        case None | ():
            return None
        case Secret():
            until = f" until {value.expires_at.isoformat()}" if value.expires_at else ""
            return f"***{until}"
        case tuple():
            return [masked(item) for item in value]
        case _:
            return "***"
