"""What the pages of invoices share: their group, how an invoice is looked up and noted, and the way back."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.records import invoices
from hub.records.database import Unit
from hub.web.page import Pages
from hub.web.visit import Visit

pages = Pages("invoices")


def today(visit: Visit) -> date:
    """The date where the tenant is."""
    return visit.now.astimezone(visit.zone).date()


def found(visit: Visit, unit: Unit, invoice_id: UUID) -> dict[str, Any]:
    """The tenant's invoice."""
    return invoices.get(unit, visit.tenant_id, invoice_id, today(visit)) or abort(404)


def told(visit: Visit, unit: Unit, invoice_id: UUID) -> dict[str, Any]:
    """What the audit log is told of an invoice: never its link."""
    invoice = found(visit, unit, invoice_id)
    return {name: invoice[name] for name in ("number", "status", "total_minor", "paid_minor", "currency")}


def note(visit: Visit, unit: Unit, action: str, invoice_id: UUID, **changes: Any) -> None:
    """Write a change of an invoice into the audit log."""
    visit.note(unit, action, kind="invoice", object_id=invoice_id, **changes)


def link(visit: Visit, token: str) -> str:
    """The customer's address, from the settings and never from the request."""
    return visit.rooms.config.base_url.rstrip("/") + url_for("pay.show", token=token)


def back(invoice_id: UUID, message: str, category: str = "success") -> ResponseReturnValue:
    """To the invoice, with a word about what became of it."""
    flash(message, category)
    return redirect(url_for("invoices.show", invoice_id=invoice_id), 303)


def too_late(invoice_id: UUID) -> ResponseReturnValue:
    """To the invoice: somebody was faster."""
    message = _("Das geht nicht mehr: Die Rechnung hat inzwischen einen anderen Status.")
    return back(invoice_id, message, "error")
