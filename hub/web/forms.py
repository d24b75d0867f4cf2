"""What all forms share: errors in the language of the page, and fields that say what they are for."""

from typing import Any

from flask import request
from flask_babel import get_locale
from flask_babel import gettext as _
from wtforms import Form as WtForm
from wtforms import PasswordField, ValidationError
from wtforms.fields.choices import SelectChoice as SelectChoice  # type: ignore[attr-defined] # newer than its stubs
from wtforms.i18n import get_translations

from hub.support.passwords import MAX_LENGTH, MIN_LENGTH


class Form(WtForm):
    """A form. The token against forged requests is not its business: the guard checks it."""

    class Meta:
        """Messages of the library in the language of the page."""

        def get_translations(self, _form: Any) -> Any:
            return get_translations([str(get_locale())])

    def accepts(self) -> bool:
        """Whether it was sent and all is right."""
        return request.method == "POST" and self.validate()


def good_password(_form: Any, field: PasswordField) -> None:
    """Long enough. What else would be asked for makes people choose worse ones."""
    length = len(field.data or "")
    if length < MIN_LENGTH:
        raise ValidationError(_("Bitte wählen Sie mindestens %(count)d Zeichen.", count=MIN_LENGTH))
    if length > MAX_LENGTH:
        raise ValidationError(_("Bitte wählen Sie höchstens %(count)d Zeichen.", count=MAX_LENGTH))


def one_line(text: str | None) -> str | None:
    """Without blanks around it."""
    return text.strip() if text else text
