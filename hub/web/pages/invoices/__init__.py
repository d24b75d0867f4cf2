"""Rechnungen: drafts, their issue, their way to the customer, and their payments."""

from hub.web.pages.invoices import drafting, issued, reading, sending
from hub.web.pages.invoices.common import pages

__all__ = ["drafting", "issued", "pages", "reading", "sending"]
