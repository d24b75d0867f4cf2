"""Drafts: written by hand or from an order, changed, thrown away, and issued."""

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.records import invoices, invoicing, issuers, issuing, orders
from hub.records.invoices import DRAFT
from hub.records.issuers import Issuer
from hub.records.issuing import Missing
from hub.records.tenants import Conflict
from hub.support.bills import Bill, reckon
from hub.support.money import MoneyError
from hub.web import billing
from hub.web.billing import InvoiceForm
from hub.web.pages.invoices.common import back, found, note, pages, today, told, too_late
from hub.web.rights import Right
from hub.web.visit import Visit


@pages.get("/invoices/new", needs=Right.STAFF)
def new(visit: Visit) -> ResponseReturnValue:
    """An empty form, or one for a customer."""
    known: dict[str, Any] = {
        "due_days": _issuer(visit).due_days,
        "language": invoicing.language_of(visit.tenant),
    }
    customer_id = _customer_id()
    if customer_id is not None:
        with visit.read() as unit:
            known |= invoicing.for_customer(unit, visit.tenant_id, customer_id) or abort(404)
    form = InvoiceForm(data=billing.begun(today(visit), **known))
    return _form(visit, form, visit.tenant.currency, customer_id=customer_id)


@pages.post("/invoices/new", needs=Right.STAFF)
def create(visit: Visit) -> ResponseReturnValue:
    """The draft is kept, or the form has one line more or less."""
    form, customer_id = InvoiceForm(request.form), _customer_id()
    currency = visit.tenant.currency
    if _only_changes_lines(form) or not _acceptable(visit, form, currency):
        return _form(visit, form, currency, customer_id=customer_id)
    with visit.write() as unit:
        if customer_id is not None and not invoicing.for_customer(unit, visit.tenant_id, customer_id):
            abort(404)
        content = form.content(currency, customer_id=customer_id)
        invoice_id = invoices.draft(unit, tenant_id=visit.tenant_id, content=content, now=visit.now)
        note(visit, unit, "invoice.drafted", invoice_id, after=told(visit, unit, invoice_id))
    return back(invoice_id, _("Der Entwurf ist gespeichert."))


@pages.post("/invoices/from-order/<uuid:order_id>", needs=Right.STAFF)
def from_order(visit: Visit, order_id: UUID) -> ResponseReturnValue:
    """A draft with what was ordered; the second time, the invoice that is there."""
    with visit.write() as unit:
        try:
            invoice_id, is_new = invoicing.from_order(
                unit,
                tenant=visit.tenant,
                tenant_id=visit.tenant_id,
                order_id=order_id,
                rest=_("Weitere Posten der Bestellung"),
                now=visit.now,
            )
        except Conflict:
            return _no_amount(visit, order_id)
        if is_new:
            note(visit, unit, "invoice.drafted", invoice_id, after=told(visit, unit, invoice_id))
    if not is_new:
        return back(invoice_id, _("Zu dieser Bestellung gibt es schon eine Rechnung."), "info")
    return back(invoice_id, _("Aus der Bestellung ist ein Entwurf entstanden. Prüfen Sie ihn, bitte."))


@pages.get("/invoices/<uuid:invoice_id>/edit", needs=Right.STAFF)
def edit(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """The form of a draft."""
    with visit.read() as unit:
        invoice = found(visit, unit, invoice_id)
    if invoice["status"] != DRAFT:
        return too_late(invoice_id)
    form = InvoiceForm(data={"language": invoicing.language_of(visit.tenant)} | billing.stored(invoice))
    return _form(visit, form, invoice["currency"], invoice_id=invoice_id)


@pages.post("/invoices/<uuid:invoice_id>/edit", needs=Right.STAFF)
def rewrite(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """The draft is changed, or the form has one line more or less."""
    form = InvoiceForm(request.form)
    with visit.read() as unit:
        before = found(visit, unit, invoice_id)
    currency = before["currency"]
    if _only_changes_lines(form) or not _acceptable(visit, form, currency):
        return _form(visit, form, currency, invoice_id=invoice_id)
    with visit.write() as unit:
        was = told(visit, unit, invoice_id)
        try:
            invoices.rewrite(
                unit, tenant_id=visit.tenant_id, invoice_id=invoice_id, content=form.content(currency)
            )
        except Conflict:
            return too_late(invoice_id)
        now = told(visit, unit, invoice_id)
        note(visit, unit, "invoice.changed", invoice_id, before=was, after=now)
    return back(invoice_id, _("Der Entwurf ist gespeichert."))


@pages.post("/invoices/<uuid:invoice_id>/discard", needs=Right.STAFF)
def discard(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """The draft goes away."""
    with visit.write() as unit:
        was = told(visit, unit, invoice_id)
        try:
            invoices.discard(unit, tenant_id=visit.tenant_id, invoice_id=invoice_id)
        except Conflict:
            return too_late(invoice_id)
        note(visit, unit, "invoice.discarded", invoice_id, before=was)
    flash(_("Der Entwurf ist verworfen."), "success")
    return redirect(url_for("invoices.index"), 303)


@pages.post("/invoices/<uuid:invoice_id>/issue", needs=Right.STAFF)
def issue(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """The draft becomes an invoice with a number, if nothing is missing that the law wants."""
    with visit.write() as unit:
        was = told(visit, unit, invoice_id)
        lacks = issuing.missing(issuers.get(unit, visit.tenant_id), found(visit, unit, invoice_id))
        if was["status"] == DRAFT and lacks:
            return _incomplete(invoice_id, lacks)
        try:
            number = issuing.issue(unit, tenant_id=visit.tenant_id, invoice_id=invoice_id, today=today(visit))
        except Conflict:
            return too_late(invoice_id)
        now = told(visit, unit, invoice_id)
        note(visit, unit, "invoice.issued", invoice_id, before=was, after=now)
    return back(invoice_id, _("Die Rechnung %(number)s ist ausgestellt.", number=number))


def _incomplete(invoice_id: UUID, lacks: tuple[Missing, ...]) -> ResponseReturnValue:
    """To where the amounts are entered, or to the list of what is missing."""
    if Missing.AMOUNT in lacks:
        flash(_("Die Rechnung hat keinen Betrag. Tragen Sie zuerst die Posten ein."), "error")
        return redirect(url_for("invoices.edit", invoice_id=invoice_id), 303)
    message = _("Die Rechnung ist noch nicht ausgestellt: Es fehlen Angaben, die das Gesetz verlangt.")
    return back(invoice_id, message, "error")


def _issuer(visit: Visit) -> Issuer:
    with visit.read() as unit:
        return issuers.get(unit, visit.tenant_id)


def _customer_id() -> UUID | None:
    try:
        return UUID(request.values["customer"])
    except (KeyError, ValueError):
        return None


def _only_changes_lines(form: InvoiceForm) -> bool:
    """Whether the form is only to be shown anew: with a line more, one less, or its sums."""
    wanted = request.form.get("do", "")
    if wanted == "add":
        form.add_line()
    elif wanted.startswith("remove:"):
        form.remove_line(wanted.removeprefix("remove:"))
    return wanted in ("add", "sums") or wanted.startswith("remove:")


def _acceptable(visit: Visit, form: InvoiceForm, currency: str) -> bool:
    form.prepare(invoicing.usual_rates(visit.tenant, _issuer(visit)))
    if not form.accepts():
        return False
    if not form.positions():
        form.lines.errors = [_("Bitte tragen Sie mindestens einen Posten ein.")]
        return False
    if _bill(form, currency) is None:
        form.lines.errors = [_("Die Summe ist zu groß für eine Rechnung.")]
        return False
    return True


def _form(
    visit: Visit,
    form: InvoiceForm,
    currency: str,
    *,
    invoice_id: UUID | None = None,
    customer_id: UUID | None = None,
) -> ResponseReturnValue:
    """The form, with the sums as far as they are known. What it was sent for in vain is said with 422."""
    failed = any(form.errors.values()) or bool(form.lines.errors)
    form.prepare(invoicing.usual_rates(visit.tenant, _issuer(visit)))
    page = render_template(
        "invoices/form.html",
        form=form,
        currency=currency,
        bill=_bill(form, currency),
        invoice_id=invoice_id,
        customer_id=customer_id,
    )
    return page, 422 if failed else 200


def _bill(form: InvoiceForm, currency: str) -> Bill | None:
    """The sums of the lines that are complete; ``None`` if there are none, or none that an invoice has."""
    try:
        return reckon(form.complete(), currency, with_tax=form.prices.data != invoices.NET)
    except MoneyError:
        return None


def _no_amount(visit: Visit, order_id: UUID) -> ResponseReturnValue:
    """Back to the order, if there is one."""
    with visit.read() as unit:
        if orders.get(unit, visit.tenant_id, order_id) is None:
            abort(404)
    flash(_("Die Bestellung nennt keinen Betrag. Legen Sie die Rechnung bitte von Hand an."), "error")
    return redirect(url_for("orders.show", order_id=order_id), 303)
