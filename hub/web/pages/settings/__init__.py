"""Unternehmenseinstellungen: the company, what its invoices say of it, API / Schnittstellen, access keys,
and online payment with each provider that is installed. A module for each tab."""

from hub.web.pages.settings import access, api, company, issuer, payments
from hub.web.pages.settings.common import pages

NAMES = issuer.NAMES
"""The words of these pages for what they change; the audit log has them too. Settings of plugins have
their own."""

__all__ = ["NAMES", "access", "api", "company", "issuer", "pages", "payments"]
