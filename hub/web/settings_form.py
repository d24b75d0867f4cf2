"""A form made from a plugin's settings model: one field for each setting, secrets never shown."""

from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from flask import flash
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic.fields import FieldInfo
from wtforms import BooleanField, Field, IntegerField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional

from hub.contract.settings import Settings
from hub.registry.connecting import ConnectingError
from hub.registry.secrets import is_secret
from hub.web import formats, texts
from hub.web.forms import Form, SelectChoice, one_line

SECRETS = "secrets"
"""The signing secrets: made, given and rotated apart from the other settings."""

MAPPING = "mapping"
"""The field mapping: it has a page of its own."""

APART = (SECRETS, MAPPING)

PREFIX = "setting-"
"""Before the names of settings, which a plugin chooses."""


def settings_form(model: type[Settings], data: Any = None, present: Mapping[str, Any] | None = None) -> Form:
    """The form for all settings but those that are changed apart, with what was sent or what is stored."""
    fields = {name: _field(name, info) for name, info in model.model_fields.items() if name not in APART}
    made = type("SettingsForm", (Form,), fields)
    shown = {
        name: value
        for name, value in (present or {}).items()
        if name in fields and not is_secret(model.model_fields[name])
    }
    form: Form = made(data, prefix=PREFIX, data=shown)
    return form


def texts_of(model: type[Settings], form: Form) -> dict[str, list[str]]:
    """What the form says, as ``Connections`` takes it. A secret that is left empty stays as it is; any other
    setting that is left empty gets its default back."""
    given: dict[str, list[str]] = {}
    for field in form:
        name = field.short_name
        info = model.model_fields[name]
        if isinstance(field, BooleanField):
            given[name] = ["true" if field.data else "false"]
        elif isinstance(field, TextAreaField):
            given[name] = [line.strip() for line in (field.data or "").splitlines() if line.strip()]
        elif field.data not in (None, ""):
            given[name] = [str(field.data)]
        elif not is_secret(info):
            given[name] = []
    return given


def blame(form: Form, error: ConnectingError) -> None:
    """Show the error at its fields, or above the page if it is about none of them."""
    wrong = [field for field in form if field.short_name in error.fields]
    for field in wrong:
        field.errors = [_("Dieser Wert passt nicht. Bitte beachten Sie den Hinweis unter dem Feld.")]
    if not wrong:
        flash(_("Die Angaben passen nicht zusammen. Bitte prüfen Sie sie."), "error")


def label(name: str, info: FieldInfo) -> str:
    """What a setting is called in the language of the page."""
    return str(_told(info, "title") or info.title or formats.label(name))


def hint(info: FieldInfo) -> str | None:
    """What a setting is for, in the language of the page."""
    return _told(info, "description") or info.description


def hints(model: type[Settings]) -> dict[str, str | None]:
    """The hints of all settings."""
    return {name: hint(info) for name, info in model.model_fields.items()}


def shown(model: type[Settings] | None, settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Names and values of stored settings, secrets masked already, for people."""
    fields = model.model_fields if model else {}
    return [
        (
            label(name, fields[name]) if name in fields else formats.label(name),
            _plain(fields.get(name), value),
        )
        for name, value in settings.items()
        if name not in APART
    ]


def _plain(info: FieldInfo | None, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("Ja") if value else _("Nein"))
    return (
        _choices(info).get(value) or formats.plain(value)
        if isinstance(value, str) and info
        else formats.plain(value)
    )


def told(info: FieldInfo, *path: str) -> Any:
    """What the setting's author says there in ``json_schema_extra``, or ``None``."""
    found: Any = info.json_schema_extra
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def _told(info: FieldInfo, what: str) -> Any:
    """A text of the setting in another language than English: ``json_schema_extra={"de": {"title": …}}``."""
    return told(info, texts.language(), what)


def _choices(info: FieldInfo) -> dict[str, str]:
    told = _told(info, "choices")
    return told if isinstance(told, dict) else {}


def _field(name: str, info: FieldInfo) -> Field:
    kind, optional = _bare(info.annotation)
    rules: list[Any] = [InputRequired()] if info.is_required() else [Optional()]
    text = label(name, info)
    if is_secret(info):
        return PasswordField(text, rules, filters=[one_line], render_kw={"autocomplete": "off"})
    if kind is bool:
        return BooleanField(text, default=bool(info.default))
    if get_origin(kind) is Literal:
        named = _choices(info)
        options = [
            SelectChoice(str(one), named.get(one) or formats.label(str(one))) for one in get_args(kind)
        ]
        empty = [SelectChoice("", "–")] if optional else []
        return SelectField(text, choices=[*empty, *options], default=info.default)
    if kind is int:
        return IntegerField(text, [*rules, *_range(info)], default=_default(info))
    if get_origin(kind) is tuple:
        return TextAreaField(text, rules, filters=[_lines])
    return StringField(text, rules, filters=[one_line], default=_default(info))


def _default(info: FieldInfo) -> Any:
    return None if info.is_required() else info.default


def _bare(annotation: Any) -> tuple[Any, bool]:
    """The type without ``None``, and whether ``None`` is allowed."""
    if get_origin(annotation) in (Union, UnionType):
        parts = [part for part in get_args(annotation) if part is not type(None)]
        bare = parts[0] if len(parts) == 1 else str
        return _unwrapped(bare), True
    return _unwrapped(annotation), False


def _unwrapped(kind: Any) -> Any:
    """What is inside ``Annotated``."""
    return kind.__origin__ if hasattr(kind, "__metadata__") else kind


def _range(info: FieldInfo) -> list[NumberRange]:
    bounds: dict[str, Any] = {}
    for rule in info.metadata:
        for name, key, by in (("ge", "min", 0), ("gt", "min", 1), ("le", "max", 0), ("lt", "max", -1)):
            if (bound := getattr(rule, name, None)) is not None:
                bounds[key] = int(bound) + by
    return [NumberRange(**bounds)] if bounds else []


def _lines(value: Sequence[str] | str | None) -> str | None:
    return value if value is None or isinstance(value, str) else "\n".join(value)


GENERATE, GIVEN, LATER = "generate", "given", "later"


class Naming(Form):
    """The name of a further connection of a plugin."""

    name = StringField(_l("Name der Verbindung"), [Optional()], filters=[one_line])


class SigningSecret(Form):
    """Where the signing secret comes from."""

    source = SelectField(
        _l("Signatur-Secret"),
        choices=[
            SelectChoice(GENERATE, _l("Neues Secret erzeugen und beim Absender eintragen")),
            SelectChoice(GIVEN, _l("Secret des Absenders eintragen")),
            SelectChoice(LATER, _l("Später hinterlegen")),
        ],
    )
    value = PasswordField(_l("Secret des Absenders"), [Optional()], filters=[one_line])

    def accepts(self) -> bool:
        """A given secret must be there. One that was typed in counts, whatever is chosen above it."""
        if not super().accepts():
            return False
        if self.source.data == GIVEN and not self.value.data:
            self.value.errors = [_("Bitte tragen Sie das Secret ein, das der Absender Ihnen zeigt.")]
            return False
        return True
