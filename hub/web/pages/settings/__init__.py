"""Unternehmenseinstellungen: the company, what its invoices say of it, API / Schnittstellen, and Stripe
(Online-Zahlung). A module for each tab."""

from flask_babel import lazy_gettext as _l

from hub.web.pages.settings import access, company, issuer
from hub.web.pages.settings.api import SWITCHES
from hub.web.pages.settings.common import pages
from hub.web.pages.settings.payments import Keys

NAMES = {
    **{switch.setting: switch.text for switch in SWITCHES},
    "publishable_key": _l("Veröffentlichbarer Schlüssel (Publishable Key)"),
    "secret_key": _l("Geheimer Schlüssel (Secret Key)"),
    "secrets": _l("Webhook Signing Secret"),
    **issuer.NAMES,
}
"""The words of these pages for the settings that they change; the audit log has them too."""

__all__ = ["NAMES", "Keys", "access", "company", "issuer", "pages"]
