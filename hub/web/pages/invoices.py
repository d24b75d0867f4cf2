"""Rechnungen: drafts, their issue, their payments, and the link for the customer."""

from datetime import datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from hub.records import audit, invoices, invoicing, orders, payments
from hub.records.invoices import DRAFT, GROSS, OPEN
from hub.records.tenants import Conflict
from hub.registry.paying import Payments
from hub.support.bills import Bill, reckon
from hub.support.money import Money, MoneyError, exponent
from hub.web import billing, paging, words
from hub.web.billing import InvoiceForm, PaymentForm
from hub.web.forms import SelectChoice
from hub.web.page import Pages
from hub.web.rights import Right
from hub.web.visit import Visit

pages = Pages("invoices")


@pages.get("/invoices", needs=Right.STAFF)
def index(visit: Visit) -> ResponseReturnValue:
    """The invoices, by status and text."""
    status = request.args.get("status") if request.args.get("status") in invoices.STATUSES else None
    text = request.args.get("q", "").strip()
    with visit.read() as unit:
        counts = invoices.counts(unit, visit.tenant_id, _today(visit))
        rows = invoices.search(
            unit,
            visit.tenant_id,
            today=_today(visit),
            status=status,
            text=text,
            before=paging.cursor(),
            limit=paging.SIZE + 1,
        )
    return render_template(
        "invoices/index.html",
        shown=paging.shown(rows),
        counts=counts,
        status=status,
        text=text,
        filters={"status": status, "q": text or None},
        words=words,
    )


@pages.get("/invoices/new", needs=Right.STAFF)
def new(visit: Visit) -> ResponseReturnValue:
    """An empty form, or one for a customer."""
    known: dict[str, Any] = {}
    customer_id = _customer_id()
    if customer_id is not None:
        with visit.read() as unit:
            known = invoicing.for_customer(unit, visit.tenant_id, customer_id) or abort(404)
    form = InvoiceForm(data=billing.begun(_today(visit), **known))
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
        _note(visit, unit, "invoice.drafted", invoice_id, after=_told(visit, unit, invoice_id))
    return _back(invoice_id, _("Der Entwurf ist gespeichert."))


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
            _note(visit, unit, "invoice.drafted", invoice_id, after=_told(visit, unit, invoice_id))
    if not is_new:
        return _back(invoice_id, _("Zu dieser Bestellung gibt es schon eine Rechnung."), "info")
    return _back(invoice_id, _("Aus der Bestellung ist ein Entwurf entstanden. Prüfen Sie ihn, bitte."))


@pages.get("/invoices/<uuid:invoice_id>", needs=Right.STAFF)
def show(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """One invoice with its payments."""
    return _shown(visit, invoice_id, _payment_form(visit))


@pages.get("/invoices/<uuid:invoice_id>/edit", needs=Right.STAFF)
def edit(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """The form of a draft."""
    with visit.read() as unit:
        invoice = _invoice(visit, unit, invoice_id)
    if invoice["status"] != DRAFT:
        return _too_late(invoice_id)
    form = InvoiceForm(data=billing.stored(invoice))
    return _form(visit, form, invoice["currency"], invoice_id=invoice_id)


@pages.post("/invoices/<uuid:invoice_id>/edit", needs=Right.STAFF)
def rewrite(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """The draft is changed, or the form has one line more or less."""
    form = InvoiceForm(request.form)
    with visit.read() as unit:
        before = _invoice(visit, unit, invoice_id)
    currency = before["currency"]
    if _only_changes_lines(form) or not _acceptable(visit, form, currency):
        return _form(visit, form, currency, invoice_id=invoice_id)
    with visit.write() as unit:
        was = _told(visit, unit, invoice_id)
        try:
            invoices.rewrite(
                unit, tenant_id=visit.tenant_id, invoice_id=invoice_id, content=form.content(currency)
            )
        except Conflict:
            return _too_late(invoice_id)
        now = _told(visit, unit, invoice_id)
        _note(visit, unit, "invoice.changed", invoice_id, before=was, after=now)
    return _back(invoice_id, _("Der Entwurf ist gespeichert."))


@pages.post("/invoices/<uuid:invoice_id>/discard", needs=Right.STAFF)
def discard(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """The draft goes away."""
    with visit.write() as unit:
        was = _told(visit, unit, invoice_id)
        try:
            invoices.discard(unit, tenant_id=visit.tenant_id, invoice_id=invoice_id)
        except Conflict:
            return _too_late(invoice_id)
        _note(visit, unit, "invoice.discarded", invoice_id, before=was)
    flash(_("Der Entwurf ist verworfen."), "success")
    return redirect(url_for("invoices.index"), 303)


@pages.post("/invoices/<uuid:invoice_id>/issue", needs=Right.STAFF)
def issue(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """The draft becomes an invoice with a number."""
    with visit.write() as unit:
        was = _told(visit, unit, invoice_id)
        if was["status"] == DRAFT and was["total_minor"] <= 0:
            flash(_("Die Rechnung hat keinen Betrag. Tragen Sie zuerst die Posten ein."), "error")
            return redirect(url_for("invoices.edit", invoice_id=invoice_id), 303)
        try:
            number = invoices.issue(
                unit, tenant_id=visit.tenant_id, invoice_id=invoice_id, today=_today(visit)
            )
        except Conflict:
            return _too_late(invoice_id)
        now = _told(visit, unit, invoice_id)
        _note(visit, unit, "invoice.issued", invoice_id, before=was, after=now)
    return _back(invoice_id, _("Die Rechnung %(number)s ist ausgestellt.", number=number))


@pages.post("/invoices/<uuid:invoice_id>/cancel", needs=Right.STAFF)
def cancel(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """The invoice is called off and keeps its number."""
    with visit.write() as unit:
        was = _told(visit, unit, invoice_id)
        try:
            invoices.cancel(unit, tenant_id=visit.tenant_id, invoice_id=invoice_id, now=visit.now)
        except Conflict:
            return _not_cancelled(invoice_id, was)
        now = _told(visit, unit, invoice_id)
        _note(visit, unit, "invoice.cancelled", invoice_id, before=was, after=now)
    return _back(invoice_id, _("Die Rechnung ist storniert. Ihre Nummer bleibt vergeben."))


@pages.post("/invoices/<uuid:invoice_id>/pay", needs=Right.STAFF)
def pay(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """Money arrived by another way."""
    form = _payment_form(visit)
    valid = form.accepts()
    with visit.write() as unit:
        was = _told(visit, unit, invoice_id)
        minor = _minor(form, was["currency"]) if valid else None
        if minor is not None and was["status"] == OPEN:
            payments.enter(
                unit,
                tenant_id=visit.tenant_id,
                invoice_id=invoice_id,
                minor=minor,
                method=form.method.data,
                paid_at=datetime.combine(form.paid_on.data or _today(visit), time(12), visit.zone),
                now=visit.now,
            )
            now = _told(visit, unit, invoice_id)
            _note(visit, unit, "invoice.paid", invoice_id, before=was, after=now | {"amount_minor": minor})
    if was["status"] != OPEN:
        return _too_late(invoice_id)
    if minor is None:
        return _shown(visit, invoice_id, form), 422
    return _back(invoice_id, _("Die Zahlung ist eingetragen."))


@pages.post("/invoices/<uuid:invoice_id>/link", needs=Right.STAFF)
def renew_link(visit: Visit, invoice_id: UUID) -> ResponseReturnValue:
    """Another link for the customer."""
    with visit.write() as unit:
        _invoice(visit, unit, invoice_id)
        try:
            invoices.rotate(unit, tenant_id=visit.tenant_id, invoice_id=invoice_id, now=visit.now)
        except Conflict:
            return _too_late(invoice_id)
        _note(visit, unit, "invoice.link_renewed", invoice_id)
    return _back(invoice_id, _("Der Link ist neu. Der alte führt nirgendwohin mehr."))


def _today(visit: Visit) -> Any:
    """The date where the tenant is."""
    return visit.now.astimezone(visit.zone).date()


def _invoice(visit: Visit, unit: Any, invoice_id: UUID) -> dict[str, Any]:
    return invoices.get(unit, visit.tenant_id, invoice_id, _today(visit)) or abort(404)


def _told(visit: Visit, unit: Any, invoice_id: UUID) -> dict[str, Any]:
    """What the audit log is told of an invoice: never its link."""
    invoice = _invoice(visit, unit, invoice_id)
    return {name: invoice[name] for name in ("number", "status", "total_minor", "paid_minor", "currency")}


def _note(visit: Visit, unit: Any, action: str, invoice_id: UUID, **changes: Any) -> None:
    visit.note(unit, action, kind="invoice", object_id=invoice_id, **changes)


def _customer_id() -> UUID | None:
    try:
        return UUID(request.values["customer"])
    except (KeyError, ValueError):
        return None


def _shown(visit: Visit, invoice_id: UUID, form: PaymentForm) -> str:
    with visit.read() as unit:
        invoice = _invoice(visit, unit, invoice_id)
        paid = payments.of_invoice(unit, visit.tenant_id, invoice)
        back = payments.reversals(unit, visit.tenant_id, invoice)
        gone = payments.gone_back(unit, visit.tenant_id, invoice)
        history = audit.about(unit, visit.tenant_id, invoice_id)
    if request.method == "GET":
        left = Money(invoice["left_minor"], invoice["currency"])
        form.amount.data = billing.written(left.amount, exponent(left.currency))
    return render_template(
        "invoices/show.html",
        invoice=invoice,
        bill=_stored_bill(invoice),
        price=billing.price,
        payments=paid,
        reversals=back,
        gone_minor=gone,
        disputed=any(one["kind"] == "dispute" and one["status"] == "open" for one in back),
        history=history,
        form=form,
        link=_link(visit, invoice["token"]),
        online=_online(visit),
        words=words,
        gross=GROSS,
    )


def _stored_bill(invoice: dict[str, Any]) -> Bill | None:
    """The sums by tax rate, as they were reckoned for the draft."""
    if not invoice["lines"]:
        return None
    return reckon(billing.positions_of(invoice), invoice["currency"], with_tax=invoice["prices"] == GROSS)


def _link(visit: Visit, token: str | None) -> str | None:
    if token is None:
        return None
    return visit.rooms.config.base_url.rstrip("/") + url_for("pay.show", token=token)


def _online(visit: Visit) -> bool:
    rooms = visit.rooms
    return Payments(rooms.registry, rooms.database, rooms.host).provider(visit.tenant.slug) is not None


def _payment_form(visit: Visit) -> PaymentForm:
    form = PaymentForm(request.form, data={"paid_on": _today(visit), "method": payments.METHODS[0]})
    form.method.choices = [SelectChoice(name, str(words.PAYMENT_METHOD[name])) for name in payments.METHODS]
    return form


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


def _only_changes_lines(form: InvoiceForm) -> bool:
    """Whether the form is only to be shown anew: with a line more, one less, or its sums."""
    wanted = request.form.get("do", "")
    if wanted == "add":
        form.add_line()
    elif wanted.startswith("remove:"):
        form.remove_line(wanted.removeprefix("remove:"))
    return wanted in ("add", "sums") or wanted.startswith("remove:")


def _acceptable(visit: Visit, form: InvoiceForm, currency: str) -> bool:
    form.prepare(invoicing.usual_rates(visit.tenant))
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
    form.prepare(invoicing.usual_rates(visit.tenant))
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


def _back(invoice_id: UUID, message: str, category: str = "success") -> ResponseReturnValue:
    flash(message, category)
    return redirect(url_for("invoices.show", invoice_id=invoice_id), 303)


def _too_late(invoice_id: UUID) -> ResponseReturnValue:
    message = _("Das geht nicht mehr: Die Rechnung hat inzwischen einen anderen Status.")
    return _back(invoice_id, message, "error")


def _not_cancelled(invoice_id: UUID, was: dict[str, Any]) -> ResponseReturnValue:
    if was["status"] != OPEN:
        return _too_late(invoice_id)
    message = _(
        "Für diese Rechnung ist schon Geld eingegangen oder unterwegs. "
        "Erstatten Sie es zuerst; stornieren lässt sie sich so nicht."
    )
    return _back(invoice_id, message, "error")


def _no_amount(visit: Visit, order_id: UUID) -> ResponseReturnValue:
    """Back to the order, if there is one."""
    with visit.read() as unit:
        if orders.get(unit, visit.tenant_id, order_id) is None:
            abort(404)
    flash(_("Die Bestellung nennt keinen Betrag. Legen Sie die Rechnung bitte von Hand an."), "error")
    return redirect(url_for("orders.show", order_id=order_id), 303)
