"""The form for the keys of a payment provider, made from what its plugin says about them."""

from functools import partial
from typing import Any

from flask_babel import gettext as _
from wtforms import Field, PasswordField, StringField, ValidationError
from wtforms.validators import Optional

from hub.contract.manifest import Manifest
from hub.contract.paying import LIVE, TEST, PaymentKey, PaymentSetup
from hub.registry.secrets import is_secret
from hub.web import settings_form
from hub.web.forms import Form, one_line


class Keys(Form):
    """The keys, named as the plugin's settings. One that is left empty stays as it is."""

    setup: PaymentSetup

    def accepts(self) -> bool:
        """Keys for tests and for real payments do not go together."""
        return super().accepts() and self._of_one_mode()

    def given(self) -> dict[str, list[str]]:
        """The keys that were filled in, as ``Connections`` takes them."""
        return {name: [text] for name, text in self.data.items() if text}

    def _of_one_mode(self) -> bool:
        modes = {LIVE, TEST}
        for key in self.setup.keys:
            text = self[key.setting].data
            modes &= key.modes(text) if text else modes
            if not modes:
                self[key.setting].errors = [
                    _("Ein Schlüssel ist für Tests (test), der andere für echte Zahlungen (live).")
                ]
                return False
        return True


def keys_form(manifest: Manifest, setup: PaymentSetup, data: Any = None) -> Keys:
    """The form, with what was sent."""
    fields = {key.setting: _field(manifest, key) for key in setup.keys}
    made = type("KeysOfProvider", (Keys,), {"setup": setup, **fields})
    form: Keys = made(data)
    return form


def placeholder(key: PaymentKey) -> str:
    """How the key begins, to be shown in its empty field."""
    return f"{key.beginnings[0]}…" if key.beginnings else ""


def _field(manifest: Manifest, key: PaymentKey) -> Field:
    info = manifest.settings.model_fields[key.setting]
    kind = PasswordField if is_secret(info) else StringField
    label = settings_form.label(key.setting, info)
    return kind(label, [Optional(), partial(_begins, key)], filters=[one_line])


def _begins(key: PaymentKey, _form: Form, field: Field) -> None:
    """Refuse a key that is another one, or was not copied whole."""
    if key.modes(field.data) and len(field.data.split()) == 1 and field.data not in key.beginnings:
        return
    if not key.beginnings:
        raise ValidationError(_("Dieser Schlüssel enthält Leerzeichen."))
    *others, last = key.beginnings
    begins = _("%(some)s oder %(last)s", some=", ".join(others), last=last) if others else last
    raise ValidationError(_("Dieser Schlüssel beginnt mit %(begins)s.", begins=begins))
