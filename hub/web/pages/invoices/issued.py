"""What becomes of an invoice that is issued: it is called off or paid, and its link is renewed."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.records import invoices, payments
from hub.records.invoices import OPEN
from hub.records.tenants import Conflict
from hub.support.money import Money, MoneyError
from hub.web.billing import PaymentForm
from hub.web.pages.invoices.common import back, found, note, pages, today, told, too_late
from hub.web.pages.invoices.reading import payment_form, shown
from hub.web.rights import Right
from hub.web.visit import Visit


@pages.post("/invoices/<uuid:invoice_id>/cancel", needs=Right.STAFF)
def cancel(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """The invoice is called off and keeps its number."""
    with visit.write() as unit:
        was = told(visit, unit, invoice_id)
        try:
            invoices.cancel(unit, tenant_id=visit.tenant_id, invoice_id=invoice_id, now=visit.now)
        except Conflict:
            return _not_cancelled(invoice_id, was)
        now = told(visit, unit, invoice_id)
        note(visit, unit, "invoice.cancelled", invoice_id, before=was, after=now)
    return back(invoice_id, _("Die Rechnung ist storniert. Ihre Nummer bleibt vergeben."))


@pages.post("/invoices/<uuid:invoice_id>/pay", needs=Right.STAFF)
def pay(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """Money arrived by another way."""
    form = payment_form(visit)
    valid = form.accepts()
    with visit.write() as unit:
        was = told(visit, unit, invoice_id)
        minor = _minor(form, was["currency"]) if valid else None
        if minor is not None and was["status"] == OPEN:
            entered = payments.enter(
                unit,
                tenant=visit.tenant,
                tenant_id=visit.tenant_id,
                invoice_id=invoice_id,
                minor=minor,
                method=form.method.data,
                paid_at=datetime.combine(form.paid_on.data or today(visit), time(12), visit.zone),
                now=visit.now,
            )
            visit.announce(unit, *entered)
            now = told(visit, unit, invoice_id)
            note(visit, unit, "invoice.paid", invoice_id, before=was, after=now | {"amount_minor": minor})
    if was["status"] != OPEN:
        return too_late(invoice_id)
    if minor is None:
        return shown(visit, invoice_id, form), 422
    return back(invoice_id, _("Die Zahlung ist eingetragen."))


@pages.post("/invoices/<uuid:invoice_id>/link", needs=Right.STAFF)
def renew_link(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """Another link for the customer."""
    with visit.write() as unit:
        found(visit, unit, invoice_id)
        try:
            invoices.rotate(unit, tenant_id=visit.tenant_id, invoice_id=invoice_id, now=visit.now)
        except Conflict:
            return too_late(invoice_id)
        note(visit, unit, "invoice.link_renewed", invoice_id)
    return back(invoice_id, _("Der Link ist neu. Der alte führt nirgendwohin mehr."))


def _minor(form: PaymentForm, currency: str) -> int | None:
    """The amount that arrived; ``None``, with a word at the field, if it cannot be one."""
    try:
        amount = Money.of(form.amount.amount or Decimal(0), currency)
    except MoneyError:
        amount = Money(0, currency)
    if amount.minor > 0:
        return amount.minor
    form.amount.errors = [_("Bitte geben Sie einen Betrag über null ein, zum Beispiel 149,90.")]
    return None


def _not_cancelled(invoice_id: UUID, was: dict[str, Any]) -> ResponseReturnValue:
    if was["status"] != OPEN:
        return too_late(invoice_id)
    message = _(
        "Für diese Rechnung ist schon Geld eingegangen oder unterwegs. "
        "Erstatten Sie es zuerst; stornieren lässt sie sich so nicht."
    )
    return back(invoice_id, message, "error")
