"""Unternehmenseinstellungen: the company, what its invoices say of it, API / Schnittstellen, and
online payment with each provider that is installed. A module for each tab."""

from hub.web.pages.settings import company, issuer, payments
from hub.web.pages.settings.api import SWITCHES
from hub.web.pages.settings.common import pages

NAMES = {
    **{switch.setting: switch.text for switch in SWITCHES},
    **issuer.NAMES,
}
"""The words of these pages for the settings that they change; the audit log has them too."""

__all__ = ["NAMES", "company", "issuer", "pages", "payments"]
